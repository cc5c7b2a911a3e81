-- The time limit of one attempt, and the language of messages to the user. Null: those of the processor and of the worker apply.
ALTER TABLE {job} ADD COLUMN time_limit_ms bigint;
ALTER TABLE {job} ADD COLUMN locale text;
-- has_undo: whether the job has begun a step that is undone if the job fails. undoes: of an undo job, the job with the steps that it undoes.
ALTER TABLE {job} ADD COLUMN has_undo boolean NOT NULL DEFAULT false;
ALTER TABLE {job} ADD COLUMN undoes uuid;

-- The undo jobs that have not completed.
CREATE INDEX {index job_undo} ON {job} (undoes) WHERE undoes IS NOT NULL AND status <> 'completed';

-- The durable steps of jobs. A row is written before its action runs.
CREATE TABLE {job_step} (
  job_id      uuid NOT NULL,
  claim       bigint NOT NULL,
  name        text NOT NULL,
  part        text NOT NULL DEFAULT '',
  position    integer NOT NULL,
  has_undo    boolean NOT NULL,
  result_data jsonb,
  started_at  timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  undo_job_id uuid,
  undone_at   timestamptz,
  PRIMARY KEY (job_id, claim, name, part)
);
