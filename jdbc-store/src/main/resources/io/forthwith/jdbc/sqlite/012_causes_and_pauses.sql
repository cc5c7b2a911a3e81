-- What failed attempts have in common: the type of their jobs, and a hash of code, class and message. Null in rows of libraries of a version before.
ALTER TABLE {job_failure} ADD COLUMN type TEXT;
ALTER TABLE {job_failure} ADD COLUMN cause TEXT;

-- To list the attempts with one cause, newest first.
CREATE INDEX IF NOT EXISTS {index job_failure_cause} ON {job_failure} (cause, type, failed_at) WHERE cause IS NOT NULL;

-- To list the keys that are paused.
CREATE INDEX IF NOT EXISTS {index job_limit_key_paused} ON {job_limit_key} (limit_key) WHERE paused_at IS NOT NULL;
