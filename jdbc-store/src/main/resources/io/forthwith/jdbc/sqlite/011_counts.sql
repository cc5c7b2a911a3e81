-- Each write of counts, so that one that is repeated counts once; and, with an id made from the minute, each minute in which a worker had the turn to add up.
-- Of these writes, the rows of job_minute are added up, over all writes, when the minute is over: worker_id is the id of the write, or that of a sum.
CREATE TABLE IF NOT EXISTS {job_minute_write} (
  write_id   TEXT NOT NULL PRIMARY KEY,
  written_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS {index job_minute_write_time} ON {job_minute_write} (written_at);

-- Why attempts failed, in each minute. Added up as job_minute is. fingerprint: a hash of type, code, class and message; message: without numbers and ids.
-- attempts: how many failed; jobs: how many of them were the last of their job. sample_id: one of the jobs.
CREATE TABLE IF NOT EXISTS {job_failure_minute} (
  minute_at       TEXT NOT NULL,
  write_id        TEXT NOT NULL,
  fingerprint     TEXT NOT NULL,
  type            TEXT NOT NULL,
  code            TEXT NOT NULL,
  exception_class TEXT,
  message         TEXT NOT NULL,
  attempts        INTEGER NOT NULL,
  jobs            INTEGER NOT NULL,
  sample_id       TEXT NOT NULL,
  first_at        TEXT NOT NULL,
  last_at         TEXT NOT NULL,
  PRIMARY KEY (minute_at, write_id, fingerprint)
) STRICT;

-- How many jobs waited in each queue, in the minutes of the last two hours. limited: a limit or a sequence held them up; waiting: they waited for other jobs.
-- Where a number is not exact, there were at least so many.
CREATE TABLE IF NOT EXISTS {job_depth} (
  minute_at          TEXT NOT NULL,
  queue              TEXT NOT NULL,
  due                INTEGER NOT NULL,
  is_due_exact       INTEGER NOT NULL,
  scheduled          INTEGER NOT NULL,
  is_scheduled_exact INTEGER NOT NULL,
  limited            INTEGER NOT NULL,
  is_limited_exact   INTEGER NOT NULL,
  waiting            INTEGER NOT NULL,
  is_waiting_exact   INTEGER NOT NULL,
  PRIMARY KEY (minute_at, queue)
) STRICT;

-- The jobs that wait for others, to count them.
CREATE INDEX IF NOT EXISTS {index job_waiting} ON {job} (queue) WHERE status = 'waiting';
