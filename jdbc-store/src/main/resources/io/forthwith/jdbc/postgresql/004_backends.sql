-- The session by which the process of a worker listens, while it does, and when the worker last beat: once the session is gone and no beat
-- comes, the process is gone too.
ALTER TABLE {job_worker} ADD COLUMN backend_pid integer;
ALTER TABLE {job_worker} ADD COLUMN backend_start timestamptz;
ALTER TABLE {job_worker} ADD COLUMN beat_at timestamptz;
