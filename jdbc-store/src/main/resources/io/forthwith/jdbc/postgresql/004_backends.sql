-- The database session in which the process of a worker listens, and the time of the last heartbeat of the worker. If the session has
-- ended and no heartbeat comes, the process has ended too.
ALTER TABLE {job_worker} ADD COLUMN backend_pid integer;
ALTER TABLE {job_worker} ADD COLUMN backend_start timestamptz;
ALTER TABLE {job_worker} ADD COLUMN beat_at timestamptz;
