-- start_key: as unique_key, but the job has it only until a worker claims it for the first time. period_key: the job has this unique key for a
-- time; job_key says until when. expires_at: when the job fails unless it has started before; null for never.
ALTER TABLE {job} ADD COLUMN {if_not_exists} start_key VARCHAR(255);
ALTER TABLE {job} ADD COLUMN {if_not_exists} period_key VARCHAR(255);
ALTER TABLE {job} ADD COLUMN {if_not_exists} expires_at DATETIME(6);
ALTER TABLE {job_schedule} ADD COLUMN {if_not_exists} expires_after_ms BIGINT;

-- These two columns replace partial indexes, as open_key does.
ALTER TABLE {job} ADD COLUMN {if_not_exists} open_start_key VARCHAR(255)
  GENERATED ALWAYS AS (CASE WHEN status IN ('pending', 'waiting') AND claim = 0 THEN start_key END) VIRTUAL;
ALTER TABLE {job} ADD COLUMN {if_not_exists} open_expiry DATETIME(6)
  GENERATED ALWAYS AS (CASE WHEN status IN ('pending', 'waiting') AND attempt = 0 AND lost_workers = 0 AND postponements = 0
    THEN expires_at END) VIRTUAL;
CREATE UNIQUE INDEX {if_not_exists} {index job_start_key} ON {job} (type, open_start_key);
CREATE INDEX {if_not_exists} {index job_expiry} ON {job} (open_expiry);

-- The unique keys that jobs have for a time, whatever becomes of the jobs.
CREATE TABLE IF NOT EXISTS {job_key} (
  type       VARCHAR(255) NOT NULL,
  unique_key VARCHAR(255) NOT NULL,
  job_id     {id} NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  PRIMARY KEY (type, unique_key),
  INDEX {index job_key_expiry} (expires_at)
) {table};
