-- What later versions added to other databases is here from the start.
-- Times are UTC, as strftime('%Y-%m-%d %H:%M:%f', 'now') gives them; datetime('now') will do as well.

-- Every job, open or ended: one row that a person can read.
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
  -- How long one attempt may take, and the language of messages to the user; null: as processor and worker say.
  time_limit_ms          INTEGER,
  locale                 TEXT,
  -- Whether the job has begun a step that is to be undone if it fails; and, of a job that undoes steps, whose steps these are.
  has_undo               INTEGER DEFAULT FALSE NOT NULL,
  undoes                 TEXT,
  -- What ties a job to others: as a child, its place among the children of its parent, 0 if it runs after them; as a parent, whether it
  -- takes no more children (null: it is no parent), and what becomes of it when a child fails (null: it fails at once); what becomes of it
  -- when a job that it comes after fails (null: it comes after none); and whether others come after it.
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
  -- In any other spelling times would not sort as they should, and a job would be late, or never run.
  CONSTRAINT {constraint job_run_at_is_utc} CHECK ({is_time run_at}),
  CONSTRAINT {constraint job_created_at_is_utc} CHECK ({is_time created_at}),
  CONSTRAINT {constraint job_completed_at_is_utc} CHECK ({is_time completed_at})
) STRICT;

-- What is due next, in the order in which it is handed out.
CREATE INDEX IF NOT EXISTS {index job_ready} ON {job} (queue, priority, run_at, id) WHERE status = 'pending';
-- What a worker holds.
CREATE INDEX IF NOT EXISTS {index job_running} ON {job} (worker_id) WHERE status = 'processing';
CREATE UNIQUE INDEX IF NOT EXISTS {index job_unique} ON {job} (type, unique_key)
  WHERE unique_key IS NOT NULL AND status IN ('pending', 'processing', 'waiting');
-- Indexes that a plain job never enters.
CREATE INDEX IF NOT EXISTS {index job_suspect} ON {job} (lost_workers) WHERE status = 'pending' AND lost_workers > 0;
CREATE INDEX IF NOT EXISTS {index job_child} ON {job} (parent_id, position) WHERE parent_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS {index job_undo} ON {job} (undoes) WHERE undoes IS NOT NULL AND status <> 'completed';
CREATE INDEX IF NOT EXISTS {index job_user} ON {job} (user_id, id) WHERE user_id IS NOT NULL;
-- What is to be purged next.
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

-- The durable steps of jobs: noted down before they are done.
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

-- Which jobs come after which others, in the order in which they name them.
CREATE TABLE IF NOT EXISTS {job_predecessor} (
  job_id         TEXT NOT NULL,
  predecessor_id TEXT NOT NULL,
  place          INTEGER NOT NULL,
  PRIMARY KEY (job_id, predecessor_id)
) STRICT;
CREATE INDEX IF NOT EXISTS {index job_successor} ON {job_predecessor} (predecessor_id);
