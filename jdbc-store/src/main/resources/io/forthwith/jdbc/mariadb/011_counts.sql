-- Each write of counts, so that one that is repeated counts once; and, with an id made from the minute, each minute in which a worker had the turn to add up.
-- Of these writes, the rows of job_minute are added up, over all writes, when the minute is over: worker_id is the id of the write, or that of a sum.
CREATE TABLE IF NOT EXISTS {job_minute_write} (
  write_id   {id} NOT NULL PRIMARY KEY,
  written_at DATETIME(6) NOT NULL,
  INDEX {index job_minute_write_time} (written_at)
) {table};

-- Why attempts failed, in each minute. Added up as job_minute is. fingerprint: a hash of type, code, class and message; message: without numbers and ids.
-- attempts: how many failed; jobs: how many of them were the last of their job. sample_id: one of the jobs.
CREATE TABLE IF NOT EXISTS {job_failure_minute} (
  minute_at       DATETIME(6) NOT NULL,
  write_id        {id} NOT NULL,
  fingerprint     VARCHAR(32) NOT NULL,
  type            VARCHAR(255) NOT NULL,
  code            VARCHAR(255) NOT NULL,
  exception_class VARCHAR(255),
  message         VARCHAR(1000) NOT NULL,
  attempts        BIGINT NOT NULL,
  jobs            BIGINT NOT NULL,
  sample_id       VARCHAR(36) NOT NULL,
  first_at        DATETIME(6) NOT NULL,
  last_at         DATETIME(6) NOT NULL,
  PRIMARY KEY (minute_at, write_id, fingerprint)
) {table};

-- How many jobs waited in each queue, in the minutes of the last two hours. limited: a limit or a sequence held them up; waiting: they waited for other jobs.
-- Where a number is not exact, there were at least so many.
CREATE TABLE IF NOT EXISTS {job_depth} (
  minute_at          DATETIME(6) NOT NULL,
  queue              VARCHAR(255) NOT NULL,
  due                INTEGER NOT NULL,
  is_due_exact       BOOLEAN NOT NULL,
  scheduled          INTEGER NOT NULL,
  is_scheduled_exact BOOLEAN NOT NULL,
  limited            INTEGER NOT NULL,
  is_limited_exact   BOOLEAN NOT NULL,
  waiting            INTEGER NOT NULL,
  is_waiting_exact   BOOLEAN NOT NULL,
  PRIMARY KEY (minute_at, queue)
) {table};
