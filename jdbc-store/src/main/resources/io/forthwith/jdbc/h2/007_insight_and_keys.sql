-- What belongs to a job beside its input: a JSON object of strings. The trace that the job belongs to, as W3C Trace Context writes it.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS metadata CHARACTER LARGE OBJECT;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS trace_context VARCHAR(1000);
ALTER TABLE {job_schedule} ADD COLUMN IF NOT EXISTS metadata CHARACTER LARGE OBJECT;

-- With each heartbeat: whether something is wrong with the worker. Null for workers of older versions of the library.
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS degraded BOOLEAN;

-- How many attempts ended in each minute, and how: each worker writes its own rows, and hours that are over are added up, without a worker.
-- waits and runs: how many of them waited, and ran, for up to 1 ms, 2 ms, 4 ms and so on, separated by commas.
CREATE TABLE IF NOT EXISTS {job_minute} (
  minute_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  worker_id CHAR(36) NOT NULL,
  queue     VARCHAR(255) NOT NULL,
  type      VARCHAR(255) NOT NULL,
  outcome   VARCHAR(20) NOT NULL,
  jobs      BIGINT NOT NULL,
  waits     VARCHAR(1000) NOT NULL,
  runs      VARCHAR(1000) NOT NULL,
  PRIMARY KEY (minute_at, worker_id, queue, type, outcome)
);

-- start_key: as unique_key, but the job has it only until a worker claims it for the first time. period_key: the job has this unique key for a
-- time; job_key says until when. expires_at: when the job fails unless it has started before; null for never.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS start_key VARCHAR(255);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS period_key VARCHAR(255);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS expires_at TIMESTAMP(6) WITH TIME ZONE;
ALTER TABLE {job_schedule} ADD COLUMN IF NOT EXISTS expires_after_ms BIGINT;

-- These two columns replace partial indexes, as open_key does.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS open_start_key VARCHAR(255)
  GENERATED ALWAYS AS (CASE WHEN claim = 0 THEN CASE status WHEN 'pending' THEN start_key WHEN 'waiting' THEN start_key END END);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS open_expiry TIMESTAMP(6) WITH TIME ZONE
  GENERATED ALWAYS AS (CASE WHEN attempt = 0 AND lost_workers = 0 AND postponements = 0
    THEN CASE status WHEN 'pending' THEN expires_at WHEN 'waiting' THEN expires_at END END);
CREATE UNIQUE INDEX IF NOT EXISTS {index job_start_key} ON {job} (type, open_start_key);
CREATE INDEX IF NOT EXISTS {index job_expiry} ON {job} (open_expiry);

-- The unique keys that jobs have for a time, whatever becomes of the jobs.
CREATE TABLE IF NOT EXISTS {job_key} (
  type       VARCHAR(255) NOT NULL,
  unique_key VARCHAR(255) NOT NULL,
  job_id     CHAR(36) NOT NULL,
  expires_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (type, unique_key)
);
CREATE INDEX IF NOT EXISTS {index job_key_expiry} ON {job_key} (expires_at);
