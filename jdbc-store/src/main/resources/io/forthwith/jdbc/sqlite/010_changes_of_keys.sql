-- What somebody has changed of a key while a claim had it locked. is_open: it holds, and is not written into the row of the key yet.
-- version: grows with each change of the key.
CREATE TABLE IF NOT EXISTS {job_limit_change} (
  limit_key    TEXT NOT NULL PRIMARY KEY,
  version      INTEGER NOT NULL,
  is_open      INTEGER NOT NULL,
  changed_at   TEXT NOT NULL,
  rests_until  TEXT,
  paused_at    TEXT,
  paused_by    TEXT,
  pause_reason TEXT,
  is_own       INTEGER NOT NULL,
  concurrency  INTEGER,
  starts       INTEGER,
  period_us    INTEGER,
  burst        INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS {index job_limit_change_open} ON {job_limit_change} (limit_key) WHERE is_open = 1;
