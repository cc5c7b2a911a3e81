-- What belongs to a job beside its input: a JSON object of strings. The trace that the job belongs to, as W3C Trace Context writes it.
ALTER TABLE {job} ADD COLUMN metadata text;
ALTER TABLE {job} ADD COLUMN trace_context text;
ALTER TABLE {job_schedule} ADD COLUMN metadata text;

-- The few jobs whose ids do not grow with time. A search by time reads these apart, and stops early among the others. On a large table, create
-- this index CONCURRENTLY before the upgrade: then no enqueuing waits for it.
CREATE INDEX IF NOT EXISTS {index job_other_id} ON {job} (id) WHERE get_byte(uuid_send(id), 6) >> 4 <> 7;

-- With each heartbeat: whether something is wrong with the worker. Null for workers of older versions of the library.
ALTER TABLE {job_worker} ADD COLUMN degraded boolean;

-- How many attempts ended in each minute, and how: each worker writes its own rows, and hours that are over are added up, without a worker.
-- waits and runs: how many of them waited, and ran, for up to 1 ms, 2 ms, 4 ms and so on, separated by commas.
CREATE TABLE {job_minute} (
  minute_at timestamptz NOT NULL,
  worker_id uuid NOT NULL,
  queue     text NOT NULL,
  type      text NOT NULL,
  outcome   text NOT NULL,
  jobs      bigint NOT NULL,
  waits     text NOT NULL,
  runs      text NOT NULL,
  PRIMARY KEY (minute_at, worker_id, queue, type, outcome)
);

-- start_key: as unique_key, but the job has it only until a worker claims it for the first time. period_key: the job has this unique key for a
-- time; job_key says until when. expires_at: when the job fails unless it has started before; null for never.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS start_key text;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS period_key text;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS expires_at timestamptz;
ALTER TABLE {job_schedule} ADD COLUMN expires_after_ms bigint;

-- A job without such a key or a deadline has no entry in these indexes. On a large table, create them CONCURRENTLY before the upgrade,
-- with the columns: then no enqueuing waits for them.
CREATE UNIQUE INDEX IF NOT EXISTS {index job_start_key} ON {job} (type, start_key)
  WHERE start_key IS NOT NULL AND status IN ('pending', 'waiting') AND claim = 0;
CREATE INDEX IF NOT EXISTS {index job_expiry} ON {job} (expires_at)
  WHERE expires_at IS NOT NULL AND status IN ('pending', 'waiting') AND attempt = 0 AND lost_workers = 0 AND postponements = 0;

-- By a unique key, people find the jobs that were enqueued with it.
CREATE INDEX IF NOT EXISTS {index job_any_key} ON {job} (coalesce(unique_key, start_key, period_key))
  WHERE coalesce(unique_key, start_key, period_key) IS NOT NULL;

-- The unique keys that jobs have for a time, whatever becomes of the jobs.
CREATE TABLE {job_key} (
  type       text NOT NULL,
  unique_key text NOT NULL,
  job_id     uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (type, unique_key)
);
CREATE INDEX {index job_key_expiry} ON {job_key} (expires_at);
