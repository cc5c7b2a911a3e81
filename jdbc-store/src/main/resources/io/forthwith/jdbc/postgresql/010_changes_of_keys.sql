-- What somebody has changed of a key while a claim had it locked. is_open: it holds, and is not written into the row of the key yet.
-- version: grows with each change of the key.
CREATE TABLE IF NOT EXISTS {job_limit_change} (
  limit_key    text COLLATE "C" NOT NULL PRIMARY KEY,
  version      bigint NOT NULL,
  is_open      boolean NOT NULL,
  changed_at   timestamptz NOT NULL,
  rests_until  timestamptz,
  paused_at    timestamptz,
  paused_by    text,
  pause_reason text,
  is_own       boolean NOT NULL,
  concurrency  integer,
  starts       integer,
  period_us    bigint,
  burst        integer NOT NULL
);
CREATE INDEX IF NOT EXISTS {index job_limit_change_open} ON {job_limit_change} (limit_key) WHERE is_open;
