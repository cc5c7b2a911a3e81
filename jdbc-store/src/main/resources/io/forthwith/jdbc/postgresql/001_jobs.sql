-- One row per job, open or ended, in a form that a person can read.
CREATE TABLE {job} (
  id                  uuid PRIMARY KEY,
  parent_id           uuid,
  user_id             text,
  project_id          text,
  type                text NOT NULL,
  queue               text NOT NULL DEFAULT 'default',
  priority            smallint NOT NULL DEFAULT 5,
  status              text NOT NULL DEFAULT 'pending',
  run_at              timestamptz NOT NULL DEFAULT now(),
  claim               bigint NOT NULL DEFAULT 0,
  worker_id           uuid,
  attempt             smallint NOT NULL DEFAULT 0,
  max_attempts        smallint,
  lost_workers        smallint NOT NULL DEFAULT 0,
  postponements       integer NOT NULL DEFAULT 0,
  postponed_since     timestamptz,
  unique_key          text,
  progress            smallint NOT NULL DEFAULT 0,
  current_step        integer NOT NULL DEFAULT 0,
  total_steps         integer,
  progress_message    text,
  input_data          jsonb,
  result_data         jsonb,
  error_message       text,
  error_kind          text,
  error_code          text,
  created_at          timestamptz NOT NULL DEFAULT now(),
  started_at          timestamptz,
  completed_at        timestamptz,
  cancel_requested_at timestamptz,
  updated_at          timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT {constraint job_status_known}
    CHECK (status IN ('pending', 'processing', 'waiting', 'completed', 'failed', 'cancelled')),
  CONSTRAINT {constraint job_priority_in_range} CHECK (priority BETWEEN 0 AND 9),
  CONSTRAINT {constraint job_progress_in_range} CHECK (progress BETWEEN 0 AND 100)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- Pending jobs, in the order in which workers claim them.
CREATE INDEX {index job_ready} ON {job} (queue, priority DESC, run_at, id) WHERE status = 'pending';
-- The running jobs of a worker.
CREATE INDEX {index job_running} ON {job} (worker_id) WHERE status = 'processing';
CREATE UNIQUE INDEX {index job_unique} ON {job} (type, unique_key)
  WHERE unique_key IS NOT NULL AND status IN ('pending', 'processing', 'waiting');
-- A plain job has no entry in these indexes.
CREATE INDEX {index job_suspect} ON {job} (lost_workers) WHERE status = 'pending' AND lost_workers > 0;
CREATE INDEX {index job_child} ON {job} (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX {index job_failed} ON {job} (created_at) WHERE status = 'failed';
CREATE INDEX {index job_user} ON {job} (user_id, id) WHERE user_id IS NOT NULL;
-- Finds the ended jobs that are old enough to purge. Costs an insert almost nothing.
CREATE INDEX {index job_created} ON {job} USING brin (created_at) WITH (autosummarize = on);

-- One row per running worker.
CREATE TABLE {job_worker} (
  id          uuid PRIMARY KEY,
  name        text NOT NULL,
  host        text NOT NULL,
  pid         bigint NOT NULL,
  started_at  timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- The failed attempts.
CREATE TABLE {job_failure} (
  job_id          uuid NOT NULL,
  claim           bigint NOT NULL,
  attempt         integer NOT NULL,
  kind            text NOT NULL,
  code            text NOT NULL,
  message         text NOT NULL,
  exception_class text,
  trace           text,
  worker_id       uuid,
  started_at      timestamptz,
  failed_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (job_id, claim)
);
