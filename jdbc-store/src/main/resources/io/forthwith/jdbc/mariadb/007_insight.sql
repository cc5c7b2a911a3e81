-- What belongs to a job beside its input: a JSON object of strings. The trace that the job belongs to, as W3C Trace Context writes it.
ALTER TABLE {job} ADD COLUMN {if_not_exists} metadata MEDIUMTEXT;
ALTER TABLE {job} ADD COLUMN {if_not_exists} trace_context TEXT;
ALTER TABLE {job_schedule} ADD COLUMN {if_not_exists} metadata MEDIUMTEXT;

-- With each heartbeat: whether something is wrong with the worker. Null for workers of older versions of the library.
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} degraded BOOLEAN;

-- How many attempts ended in each minute, and how: each worker writes its own rows, and hours that are over are added up, without a worker.
-- waits and runs: how many of them waited, and ran, for up to 1 ms, 2 ms, 4 ms and so on, separated by commas.
CREATE TABLE IF NOT EXISTS {job_minute} (
  minute_at DATETIME(6) NOT NULL,
  worker_id {id} NOT NULL,
  queue     VARCHAR(255) NOT NULL,
  type      VARCHAR(255) NOT NULL,
  outcome   VARCHAR(20) NOT NULL,
  jobs      BIGINT NOT NULL,
  waits     VARCHAR(1000) NOT NULL,
  runs      VARCHAR(1000) NOT NULL,
  PRIMARY KEY (minute_at, worker_id, queue, type, outcome)
) {table};
