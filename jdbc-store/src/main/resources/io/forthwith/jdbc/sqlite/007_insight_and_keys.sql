-- What belongs to a job beside its input: a JSON object of strings. The trace that the job belongs to, as W3C Trace Context writes it.
ALTER TABLE {job} ADD COLUMN metadata TEXT;
ALTER TABLE {job} ADD COLUMN trace_context TEXT;
ALTER TABLE {job_schedule} ADD COLUMN metadata TEXT;

-- With each heartbeat: whether something is wrong with the worker. Null for workers of older versions of the library.
ALTER TABLE {job_worker} ADD COLUMN degraded INTEGER;

-- How many attempts ended in each minute, and how: each worker writes its own rows, and hours that are over are added up, without a worker.
-- waits and runs: how many of them waited, and ran, for up to 1 ms, 2 ms, 4 ms and so on, separated by commas.
CREATE TABLE IF NOT EXISTS {job_minute} (
  minute_at TEXT NOT NULL,
  worker_id TEXT NOT NULL,
  queue     TEXT NOT NULL,
  type      TEXT NOT NULL,
  outcome   TEXT NOT NULL,
  jobs      INTEGER NOT NULL,
  waits     TEXT NOT NULL,
  runs      TEXT NOT NULL,
  PRIMARY KEY (minute_at, worker_id, queue, type, outcome)
) STRICT;

-- start_key: as unique_key, but the job has it only until a worker claims it for the first time. period_key: the job has this unique key for a
-- time; job_key says until when. expires_at: when the job fails unless it has started before; null for never.
ALTER TABLE {job} ADD COLUMN start_key TEXT;
ALTER TABLE {job} ADD COLUMN period_key TEXT;
ALTER TABLE {job} ADD COLUMN expires_at TEXT;
ALTER TABLE {job_schedule} ADD COLUMN expires_after_ms INTEGER;

-- A job without such a key or a deadline has no entry in these indexes.
CREATE UNIQUE INDEX IF NOT EXISTS {index job_start_key} ON {job} (type, start_key)
  WHERE start_key IS NOT NULL AND status IN ('pending', 'waiting') AND claim = 0;
CREATE INDEX IF NOT EXISTS {index job_expiry} ON {job} (expires_at)
  WHERE expires_at IS NOT NULL AND status IN ('pending', 'waiting') AND attempt = 0 AND lost_workers = 0 AND postponements = 0;

-- The unique keys that jobs have for a time, whatever becomes of the jobs.
CREATE TABLE IF NOT EXISTS {job_key} (
  type       TEXT NOT NULL,
  unique_key TEXT NOT NULL,
  job_id     TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (type, unique_key)
) STRICT;
CREATE INDEX IF NOT EXISTS {index job_key_expiry} ON {job_key} (expires_at);
