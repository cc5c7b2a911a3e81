-- Each write of counts, so that one that is repeated counts once; and, with an id made from the minute, each minute in which a worker had the turn to add up.
-- Of these writes, the rows of job_minute are added up, over all writes, when the minute is over: worker_id is the id of the write, or that of a sum.
CREATE TABLE IF NOT EXISTS {job_minute_write} (
  write_id   uuid NOT NULL PRIMARY KEY,
  written_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS {index job_minute_write_time} ON {job_minute_write} (written_at);

-- Why attempts failed, in each minute. Added up as job_minute is. fingerprint: a hash of type, code, class and message; message: without numbers and ids.
-- attempts: how many failed; jobs: how many of them were the last of their job. sample_id: one of the jobs.
CREATE TABLE IF NOT EXISTS {job_failure_minute} (
  minute_at       timestamptz NOT NULL,
  write_id        uuid NOT NULL,
  fingerprint     text NOT NULL,
  type            text NOT NULL,
  code            text NOT NULL,
  exception_class text,
  message         text NOT NULL,
  attempts        bigint NOT NULL,
  jobs            bigint NOT NULL,
  sample_id       text NOT NULL,
  first_at        timestamptz NOT NULL,
  last_at         timestamptz NOT NULL,
  PRIMARY KEY (minute_at, write_id, fingerprint)
);

-- How many jobs waited in each queue, in the minutes of the last two hours. limited: a limit or a sequence held them up; waiting: they waited for other jobs.
-- Where a number is not exact, there were at least so many.
CREATE TABLE IF NOT EXISTS {job_depth} (
  minute_at          timestamptz NOT NULL,
  queue              text NOT NULL,
  due                integer NOT NULL,
  is_due_exact       boolean NOT NULL,
  scheduled          integer NOT NULL,
  is_scheduled_exact boolean NOT NULL,
  limited            integer NOT NULL,
  is_limited_exact   boolean NOT NULL,
  waiting            integer NOT NULL,
  is_waiting_exact   boolean NOT NULL,
  PRIMARY KEY (minute_at, queue)
);

-- The jobs that wait for others, to count them. On a large table, create it CONCURRENTLY before the upgrade: then no enqueuing waits for it.
CREATE INDEX IF NOT EXISTS {index job_waiting} ON {job} (queue) WHERE status = 'waiting';
