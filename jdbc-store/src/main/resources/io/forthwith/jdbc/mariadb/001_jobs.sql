-- MariaDB and MySQL commit after every statement of this kind, so each one can be run again after a crash between two of them.
-- This script also contains what later scripts add on other databases.
-- Times are UTC in every session, also if its time zone is another one.

-- One row per job, open or ended, in a form that a person can read.
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
  -- These two columns replace partial indexes. A null value neither collides nor is found, and they are null for rows that do not matter.
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
  -- The time limit of one attempt, and the language of messages to the user. Null: those of the processor and of the worker apply.
  time_limit_ms          BIGINT,
  locale                 VARCHAR(64),
  -- has_undo: whether the job has begun a step that is undone if the job fails. undoes: of an undo job, the job with the steps that it undoes.
  has_undo               BOOLEAN DEFAULT FALSE NOT NULL,
  undoes                 {id},
  -- Families. position: of a child among the children of its parent; 0 for a finisher, which runs after them. sealed: whether a parent takes
  -- no more children; null if the job is no parent. on_child_failure: what becomes of a parent when a child fails; null: it fails at once.
  -- on_predecessor_failure: what becomes of a job when a predecessor fails; null if it has no predecessors. has_successors: whether the job
  -- is a predecessor of others.
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
  -- Pending jobs, in the order in which workers claim them.
  INDEX {index job_ready} (status, queue, priority, run_at, id),
  -- The running jobs of a worker.
  INDEX {index job_running} (status, worker_id),
  UNIQUE INDEX {index job_unique} (type, open_key),
  INDEX {index job_suspect} (suspicion),
  INDEX {index job_child} (parent_id, position),
  INDEX {index job_undo} (undoes),
  INDEX {index job_user} (user_id, id),
  -- Ended jobs, in the order in which they are purged.
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

-- The durable steps of jobs. A row is written before its action runs.
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

-- The predecessors of each job, in the order in which the job names them.
CREATE TABLE IF NOT EXISTS {job_predecessor} (
  job_id         {id} NOT NULL,
  predecessor_id {id} NOT NULL,
  place          INTEGER NOT NULL,
  PRIMARY KEY (job_id, predecessor_id),
  INDEX {index job_successor} (predecessor_id)
) {table};
