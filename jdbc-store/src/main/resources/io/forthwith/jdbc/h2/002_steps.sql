-- The time limit of one attempt, and the language of messages to the user. Null: those of the processor and of the worker apply.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS time_limit_ms BIGINT;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS locale VARCHAR(64);
-- has_undo: whether the job has begun a step that is undone if the job fails. undoes: of an undo job, the job with the steps that it undoes.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS has_undo BOOLEAN DEFAULT FALSE NOT NULL;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS undoes CHAR(36);

CREATE INDEX IF NOT EXISTS {index job_undo} ON {job} (undoes);

-- The durable steps of jobs. A row is written before its action runs.
CREATE TABLE IF NOT EXISTS {job_step} (
  job_id      CHAR(36) NOT NULL,
  claim       BIGINT NOT NULL,
  name        VARCHAR(64) NOT NULL,
  part        VARCHAR(64) DEFAULT '' NOT NULL,
  position    INTEGER NOT NULL,
  has_undo    BOOLEAN NOT NULL,
  result_data CHARACTER LARGE OBJECT,
  started_at  TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
  finished_at TIMESTAMP(6) WITH TIME ZONE,
  undo_job_id CHAR(36),
  undone_at   TIMESTAMP(6) WITH TIME ZONE,
  PRIMARY KEY (job_id, claim, name, part)
);
