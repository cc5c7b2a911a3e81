-- What failed attempts have in common: the type of their jobs, and a hash of code, class and message. Null in rows of libraries of a version before.
ALTER TABLE {job_failure} ADD COLUMN {if_not_exists} type VARCHAR(255);
ALTER TABLE {job_failure} ADD COLUMN {if_not_exists} cause VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin;

-- To list the attempts with one cause, newest first.
CREATE INDEX {if_not_exists} {index job_failure_cause} ON {job_failure} (cause, type, failed_at);

-- To list the keys that are paused.
CREATE INDEX {if_not_exists} {index job_limit_key_paused} ON {job_limit_key} (paused_at, limit_key);
