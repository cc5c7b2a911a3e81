-- The types that each worker has a processor for. A worker leaves jobs of a type that it does not know to living workers that serve the queue and the type.
-- A worker of a library of a version before has no rows: it counts as not serving a type.
CREATE TABLE IF NOT EXISTS {job_worker_type} (
  worker_id CHAR(36) NOT NULL,
  type      VARCHAR(255) NOT NULL,
  PRIMARY KEY (worker_id, type)
);
CREATE INDEX IF NOT EXISTS {index job_worker_type_type} ON {job_worker_type} (type, worker_id);
