-- What somebody has changed of a key while a claim had it locked. is_open: it holds, and is not written into the row of the key yet.
-- version: grows with each change of the key.
CREATE TABLE IF NOT EXISTS {job_limit_change} (
  limit_key    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version      BIGINT NOT NULL,
  is_open      BOOLEAN NOT NULL,
  changed_at   DATETIME(6) NOT NULL,
  rests_until  DATETIME(6),
  paused_at    DATETIME(6),
  paused_by    VARCHAR(1000),
  pause_reason VARCHAR(4000),
  is_own       BOOLEAN NOT NULL,
  concurrency  INTEGER,
  starts       INTEGER,
  period_us    BIGINT,
  burst        INTEGER NOT NULL,
  INDEX {index job_limit_change_open} (is_open)
) {table};
