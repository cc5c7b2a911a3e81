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
