-- MariaDB and MySQL commit after every statement of this kind, so each one can be run again after a crash between two of them. What later
-- versions added to other databases is here from the start.
-- Times are UTC, whatever the time zone of a session.

-- Every job, open or ended: one row that a person can read.
CREATE TABLE IF NOT EXISTS {job} (
  id                     {id} NOT NULL PRIMARY KEY,
  parent_id              {id},
  user_id                VARCHAR(255),
  project_id             VARCHAR(255),
  type                   VARCHAR(255) NOT NULL,
  queue                  VARCHAR(255) DEFAULT 'default' NOT NULL,
  priority               SMALLINT DEFAULT 5 NOT NULL,
  status                 VARCHAR(16) DEFAULT 'pending' NOT NULL,
  run_at                 DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL,
  claim                  BIGINT DEFAULT 0 NOT NULL,
  worker_id              {id},
  attempt                SMALLINT DEFAULT 0 NOT NULL,
  max_attempts           SMALLINT,
  lost_workers           SMALLINT DEFAULT 0 NOT NULL,
  postponements          INTEGER DEFAULT 0 NOT NULL,
  postponed_since        DATETIME(6),
  unique_key             VARCHAR(255),
  -- These two stand in for partial indexes: they are null, and so do not collide and are not found, unless it matters.
  open_key               VARCHAR(255)
    GENERATED ALWAYS AS (CASE WHEN status IN ('pending', 'processing', 'waiting') THEN unique_key END) STORED,
  suspicion              SMALLINT
    GENERATED ALWAYS AS (CASE WHEN status = 'pending' AND lost_workers > 0 THEN lost_workers END) STORED,
  progress               SMALLINT DEFAULT 0 NOT NULL,
  current_step           INTEGER DEFAULT 0 NOT NULL,
  total_steps            INTEGER,
  progress_message       VARCHAR(1000),
  input_data             LONGTEXT,
  result_data            LONGTEXT,
  error_message          VARCHAR(4000),
  error_kind             VARCHAR(16),
  error_code             VARCHAR(255),
  created_at             DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL,
  started_at             DATETIME(6),
  completed_at           DATETIME(6),
  cancel_requested_at    DATETIME(6),
  updated_at             DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL,
  -- How long one attempt may take, and the language of messages to the user; null: as processor and worker say.
  time_limit_ms          BIGINT,
  locale                 VARCHAR(64),
  -- Whether the job has begun a step that is to be undone if it fails; and, of a job that undoes steps, whose steps these are.
  has_undo               BOOLEAN DEFAULT FALSE NOT NULL,
  undoes                 {id},
  -- What ties a job to others: as a child, its place among the children of its parent, 0 if it runs after them; as a parent, whether it
  -- takes no more children (null: it is no parent), and what becomes of it when a child fails (null: it fails at once); what becomes of it
  -- when a job that it comes after fails (null: it comes after none); and whether others come after it.
  position               INTEGER,
  sealed                 BOOLEAN,
  on_child_failure       VARCHAR(16),
  cancel_siblings        BOOLEAN DEFAULT FALSE NOT NULL,
  on_predecessor_failure VARCHAR(16),
  has_successors         BOOLEAN DEFAULT FALSE NOT NULL,
  CONSTRAINT {constraint job_status_known}
    CHECK (status IN ('pending', 'processing', 'waiting', 'completed', 'failed', 'cancelled')),
  CONSTRAINT {constraint job_priority_in_range} CHECK (priority BETWEEN 0 AND 9),
  CONSTRAINT {constraint job_progress_in_range} CHECK (progress BETWEEN 0 AND 100),
  -- What is due next, in the order in which it is handed out.
  INDEX {index job_ready} (status, queue, priority, run_at, id),
  -- What a worker holds.
  INDEX {index job_running} (status, worker_id),
  UNIQUE INDEX {index job_unique} (type, open_key),
  INDEX {index job_suspect} (suspicion),
  INDEX {index job_child} (parent_id, position),
  INDEX {index job_undo} (undoes),
  INDEX {index job_user} (user_id, id),
  -- What is to be purged next.
  INDEX {index job_ended} (completed_at)
) {table};

-- One row per running worker.
CREATE TABLE IF NOT EXISTS {job_worker} (
  id          {id} NOT NULL PRIMARY KEY,
  name        VARCHAR(1000) NOT NULL,
  host        VARCHAR(1000) NOT NULL,
  pid         BIGINT NOT NULL,
  started_at  DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL,
  lease_until DATETIME(6) NOT NULL
) {table};

-- The failed attempts.
CREATE TABLE IF NOT EXISTS {job_failure} (
  job_id          {id} NOT NULL,
  claim           BIGINT NOT NULL,
  attempt         INTEGER NOT NULL,
  kind            VARCHAR(16) NOT NULL,
  code            VARCHAR(255) NOT NULL,
  message         VARCHAR(4000) NOT NULL,
  exception_class VARCHAR(1000),
  trace           LONGTEXT,
  worker_id       {id},
  started_at      DATETIME(6),
  failed_at       DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL,
  PRIMARY KEY (job_id, claim)
) {table};

-- The durable steps of jobs: noted down before they are done.
CREATE TABLE IF NOT EXISTS {job_step} (
  job_id      {id} NOT NULL,
  claim       BIGINT NOT NULL,
  name        VARCHAR(64) NOT NULL,
  part        VARCHAR(64) DEFAULT '' NOT NULL,
  position    INTEGER NOT NULL,
  has_undo    BOOLEAN NOT NULL,
  result_data LONGTEXT,
  started_at  DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL,
  finished_at DATETIME(6),
  undo_job_id {id},
  undone_at   DATETIME(6),
  PRIMARY KEY (job_id, claim, name, part)
) {table};

-- Which jobs come after which others, in the order in which they name them.
CREATE TABLE IF NOT EXISTS {job_predecessor} (
  job_id         {id} NOT NULL,
  predecessor_id {id} NOT NULL,
  place          INTEGER NOT NULL,
  PRIMARY KEY (job_id, predecessor_id),
  INDEX {index job_successor} (predecessor_id)
) {table};
