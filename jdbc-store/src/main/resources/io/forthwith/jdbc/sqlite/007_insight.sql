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
