-- What somebody has changed of a key while a claim had it locked. is_open: it holds, and is not written into the row of the key yet.
-- version: grows with each change of the key.
CREATE TABLE IF NOT EXISTS {job_limit_change} (
  limit_key    VARCHAR(255) NOT NULL PRIMARY KEY,
  version      BIGINT NOT NULL,
  is_open      BOOLEAN NOT NULL,
  changed_at   TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  rests_until  TIMESTAMP(6) WITH TIME ZONE,
  paused_at    TIMESTAMP(6) WITH TIME ZONE,
  paused_by    VARCHAR(1000),
  pause_reason VARCHAR(4000),
  is_own       BOOLEAN NOT NULL,
  concurrency  INTEGER,
  starts       INTEGER,
  period_us    BIGINT,
  burst        INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS {index job_limit_change_open} ON {job_limit_change} (is_open);
