-- How long one attempt may take, and the language of messages to the user; null: as processor and worker say.
ALTER TABLE {job} ADD COLUMN time_limit_ms bigint;
ALTER TABLE {job} ADD COLUMN locale text;
-- Whether the job has begun a step that is to be undone if it fails; and, of a job that undoes steps, whose steps these are.
ALTER TABLE {job} ADD COLUMN has_undo boolean NOT NULL DEFAULT false;
ALTER TABLE {job} ADD COLUMN undoes uuid;

-- What has yet to be undone.
CREATE INDEX {index job_undo} ON {job} (undoes) WHERE undoes IS NOT NULL AND status <> 'completed';

-- The durable steps of jobs: noted down before they are done.
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
