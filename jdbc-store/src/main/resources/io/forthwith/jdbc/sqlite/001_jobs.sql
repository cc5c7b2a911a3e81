-- This script also contains what later scripts add on other databases.
-- Times are UTC, as strftime('%Y-%m-%d %H:%M:%f', 'now') gives them; datetime('now') will do as well.

-- One row per job, open or ended, in a form that a person can read.
CREATE TABLE IF NOT EXISTS {job} (
  id                     TEXT NOT NULL PRIMARY KEY,
  parent_id              TEXT,
  user_id                TEXT,
  project_id             TEXT,
  type                   TEXT NOT NULL,
  queue                  TEXT DEFAULT 'default' NOT NULL,
  priority               INTEGER DEFAULT 5 NOT NULL,
  status                 TEXT DEFAULT 'pending' NOT NULL,
  run_at                 TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL,
  claim                  INTEGER DEFAULT 0 NOT NULL,
  worker_id              TEXT,
  attempt                INTEGER DEFAULT 0 NOT NULL,
  max_attempts           INTEGER,
  lost_workers           INTEGER DEFAULT 0 NOT NULL,
  postponements          INTEGER DEFAULT 0 NOT NULL,
  postponed_since        TEXT,
  unique_key             TEXT,
  progress               INTEGER DEFAULT 0 NOT NULL,
  current_step           INTEGER DEFAULT 0 NOT NULL,
  total_steps            INTEGER,
  progress_message       TEXT,
  input_data             TEXT,
  result_data            TEXT,
  error_message          TEXT,
  error_kind             TEXT,
  error_code             TEXT,
  created_at             TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL,
  started_at             TEXT,
  completed_at           TEXT,
  cancel_requested_at    TEXT,
  updated_at             TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL,
  -- The time limit of one attempt, and the language of messages to the user. Null: those of the processor and of the worker apply.
  time_limit_ms          INTEGER,
  locale                 TEXT,
  -- has_undo: whether the job has begun a step that is undone if the job fails. undoes: of an undo job, the job with the steps that it undoes.
  has_undo               INTEGER DEFAULT FALSE NOT NULL,
  undoes                 TEXT,
  -- Families. position: of a child among the children of its parent; 0 for a finisher, which runs after them. sealed: whether a parent takes
  -- no more children; null if the job is no parent. on_child_failure: what becomes of a parent when a child fails; null: it fails at once.
  -- on_predecessor_failure: what becomes of a job when a predecessor fails; null if it has no predecessors. has_successors: whether the job
  -- is a predecessor of others.
  position               INTEGER,
  sealed                 INTEGER,
  on_child_failure       TEXT,
  cancel_siblings        INTEGER DEFAULT FALSE NOT NULL,
  on_predecessor_failure TEXT,
  has_successors         INTEGER DEFAULT FALSE NOT NULL,
  CONSTRAINT {constraint job_status_known}
    CHECK (status IN ('pending', 'processing', 'waiting', 'completed', 'failed', 'cancelled')),
  CONSTRAINT {constraint job_priority_in_range} CHECK (priority BETWEEN 0 AND 9),
  CONSTRAINT {constraint job_progress_in_range} CHECK (progress BETWEEN 0 AND 100),
  -- Times in another format would sort wrongly. A job would then run late, or never.
  CONSTRAINT {constraint job_run_at_is_utc} CHECK ({is_time run_at}),
  CONSTRAINT {constraint job_created_at_is_utc} CHECK ({is_time created_at}),
  CONSTRAINT {constraint job_completed_at_is_utc} CHECK ({is_time completed_at})
) STRICT;

-- Pending jobs, in the order in which workers claim them.
CREATE INDEX IF NOT EXISTS {index job_ready} ON {job} (queue, priority, run_at, id) WHERE status = 'pending';
-- The running jobs of a worker.
CREATE INDEX IF NOT EXISTS {index job_running} ON {job} (worker_id) WHERE status = 'processing';
CREATE UNIQUE INDEX IF NOT EXISTS {index job_unique} ON {job} (type, unique_key)
  WHERE unique_key IS NOT NULL AND status IN ('pending', 'processing', 'waiting');
-- A plain job has no entry in these indexes.
CREATE INDEX IF NOT EXISTS {index job_suspect} ON {job} (lost_workers) WHERE status = 'pending' AND lost_workers > 0;
CREATE INDEX IF NOT EXISTS {index job_child} ON {job} (parent_id, position) WHERE parent_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS {index job_undo} ON {job} (undoes) WHERE undoes IS NOT NULL AND status <> 'completed';
CREATE INDEX IF NOT EXISTS {index job_user} ON {job} (user_id, id) WHERE user_id IS NOT NULL;
-- Ended jobs, in the order in which they are purged.
CREATE INDEX IF NOT EXISTS {index job_ended} ON {job} (completed_at) WHERE completed_at IS NOT NULL;

-- One row per running worker.
CREATE TABLE IF NOT EXISTS {job_worker} (
  id          TEXT NOT NULL PRIMARY KEY,
  name        TEXT NOT NULL,
  host        TEXT NOT NULL,
  pid         INTEGER NOT NULL,
  started_at  TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL,
  lease_until TEXT NOT NULL
) STRICT;

-- The failed attempts.
CREATE TABLE IF NOT EXISTS {job_failure} (
  job_id          TEXT NOT NULL,
  claim           INTEGER NOT NULL,
  attempt         INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  code            TEXT NOT NULL,
  message         TEXT NOT NULL,
  exception_class TEXT,
  trace           TEXT,
  worker_id       TEXT,
  started_at      TEXT,
  failed_at       TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL,
  PRIMARY KEY (job_id, claim)
) STRICT;

-- The durable steps of jobs. A row is written before its action runs.
CREATE TABLE IF NOT EXISTS {job_step} (
  job_id      TEXT NOT NULL,
  claim       INTEGER NOT NULL,
  name        TEXT NOT NULL,
  part        TEXT DEFAULT '' NOT NULL,
  position    INTEGER NOT NULL,
  has_undo    INTEGER NOT NULL,
  result_data TEXT,
  started_at  TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL,
  finished_at TEXT,
  undo_job_id TEXT,
  undone_at   TEXT,
  PRIMARY KEY (job_id, claim, name, part)
) STRICT;

-- The predecessors of each job, in the order in which the job names them.
CREATE TABLE IF NOT EXISTS {job_predecessor} (
  job_id         TEXT NOT NULL,
  predecessor_id TEXT NOT NULL,
  place          INTEGER NOT NULL,
  PRIMARY KEY (job_id, predecessor_id)
) STRICT;
CREATE INDEX IF NOT EXISTS {index job_successor} ON {job_predecessor} (predecessor_id);
