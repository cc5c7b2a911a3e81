-- The database session of the last heartbeat of the worker, and what tells whether the server has ended sessions by itself since then. As
-- long as that has not changed, and neither of the two sessions is there, the process of the worker has ended.
ALTER TABLE {job_worker} ADD COLUMN beat_pid integer;
ALTER TABLE {job_worker} ADD COLUMN beat_start timestamptz;
ALTER TABLE {job_worker} ADD COLUMN server_epoch text;
