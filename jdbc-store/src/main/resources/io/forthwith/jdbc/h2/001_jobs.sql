-- H2 commits after every statement of this kind, so each one can be run again after a crash between two of them.
-- Stored expressions use neither IN nor a chain of ORs, which H2 turns into IN: H2 evaluates IN with the session that created
-- the table, and that session is closed later.

-- One row per job, open or ended, in a form that a person can read.
CREATE TABLE IF NOT EXISTS {job} (
  id                  CHAR(36) PRIMARY KEY,
  parent_id           CHAR(36),
  user_id             VARCHAR(255),
  project_id          VARCHAR(255),
  type                VARCHAR(255) NOT NULL,
  queue               VARCHAR(255) DEFAULT 'default' NOT NULL,
  priority            SMALLINT DEFAULT 5 NOT NULL,
  status              VARCHAR(16) DEFAULT 'pending' NOT NULL,
  run_at              TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
  claim               BIGINT DEFAULT 0 NOT NULL,
  worker_id           CHAR(36),
  attempt             SMALLINT DEFAULT 0 NOT NULL,
  max_attempts        SMALLINT,
  lost_workers        SMALLINT DEFAULT 0 NOT NULL,
  postponements       INTEGER DEFAULT 0 NOT NULL,
  postponed_since     TIMESTAMP(6) WITH TIME ZONE,
  unique_key          VARCHAR(255),
  -- These two columns replace partial indexes. A null value neither collides nor is found, and they are null for rows that do not matter.
  open_key            VARCHAR(255)
    GENERATED ALWAYS AS
      (CASE status WHEN 'pending' THEN unique_key WHEN 'processing' THEN unique_key WHEN 'waiting' THEN unique_key END),
  suspicion           SMALLINT
    GENERATED ALWAYS AS (CASE WHEN status = 'pending' AND lost_workers > 0 THEN lost_workers END),
  progress            SMALLINT DEFAULT 0 NOT NULL,
  current_step        INTEGER DEFAULT 0 NOT NULL,
  total_steps         INTEGER,
  progress_message    VARCHAR(1000),
  -- Text, because H2 would store the literal '{}' in a JSON column as a JSON string.
  input_data          CHARACTER LARGE OBJECT,
  result_data         CHARACTER LARGE OBJECT,
  error_message       VARCHAR(4000),
  error_kind          VARCHAR(16),
  error_code          VARCHAR(255),
  created_at          TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
  started_at          TIMESTAMP(6) WITH TIME ZONE,
  completed_at        TIMESTAMP(6) WITH TIME ZONE,
  cancel_requested_at TIMESTAMP(6) WITH TIME ZONE,
  updated_at          TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
  CONSTRAINT {constraint job_status_known}
    CHECK (CASE status WHEN 'pending' THEN TRUE WHEN 'processing' THEN TRUE WHEN 'waiting' THEN TRUE
      WHEN 'completed' THEN TRUE WHEN 'failed' THEN TRUE WHEN 'cancelled' THEN TRUE ELSE FALSE END),
  CONSTRAINT {constraint job_priority_in_range} CHECK (priority BETWEEN 0 AND 9),
  CONSTRAINT {constraint job_progress_in_range} CHECK (progress BETWEEN 0 AND 100)
);

-- Pending jobs, in the order in which workers claim them.
CREATE INDEX IF NOT EXISTS {index job_ready} ON {job} (status, queue, priority, run_at, id);
-- The running jobs of a worker.
CREATE INDEX IF NOT EXISTS {index job_running} ON {job} (status, worker_id);
CREATE UNIQUE INDEX IF NOT EXISTS {index job_unique} ON {job} (type, open_key);
CREATE INDEX IF NOT EXISTS {index job_suspect} ON {job} (suspicion);
CREATE INDEX IF NOT EXISTS {index job_child} ON {job} (parent_id);
CREATE INDEX IF NOT EXISTS {index job_user} ON {job} (user_id, id);

-- One row per running worker.
CREATE TABLE IF NOT EXISTS {job_worker} (
  id          CHAR(36) PRIMARY KEY,
  name        VARCHAR(1000) NOT NULL,
  host        VARCHAR(1000) NOT NULL,
  pid         BIGINT NOT NULL,
  started_at  TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
  lease_until TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

-- The failed attempts.
CREATE TABLE IF NOT EXISTS {job_failure} (
  job_id          CHAR(36) NOT NULL,
  claim           BIGINT NOT NULL,
  attempt         INTEGER NOT NULL,
  kind            VARCHAR(16) NOT NULL,
  code            VARCHAR(255) NOT NULL,
  message         VARCHAR(4000) NOT NULL,
  exception_class VARCHAR(1000),
  trace           CHARACTER LARGE OBJECT,
  worker_id       CHAR(36),
  started_at      TIMESTAMP(6) WITH TIME ZONE,
  failed_at       TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
  PRIMARY KEY (job_id, claim)
);
