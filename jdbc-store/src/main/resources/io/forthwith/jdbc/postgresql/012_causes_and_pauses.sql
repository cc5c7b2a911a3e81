-- To list the failed jobs, newest first, however many there are. On a large table, create it CONCURRENTLY before the upgrade: then no enqueuing waits for it.
CREATE INDEX IF NOT EXISTS {index job_failed_id} ON {job} (id) WHERE status = 'failed';

-- What failed attempts have in common: the type of their jobs, and a hash of code, class and message. Null in rows of libraries of a version before.
ALTER TABLE {job_failure} ADD COLUMN IF NOT EXISTS type text;
ALTER TABLE {job_failure} ADD COLUMN IF NOT EXISTS cause text;

-- To list the attempts with one cause, newest first. On a large table, create it CONCURRENTLY before the upgrade, with the columns: then no failing job waits for it.
CREATE INDEX IF NOT EXISTS {index job_failure_cause} ON {job_failure} (cause, type, failed_at) WHERE cause IS NOT NULL;

-- To list the keys that are paused.
CREATE INDEX IF NOT EXISTS {index job_limit_key_paused} ON {job_limit_key} (limit_key) WHERE paused_at IS NOT NULL;
