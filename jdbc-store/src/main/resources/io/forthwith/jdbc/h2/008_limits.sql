-- Limits. limits: those that the job is under, as name and key with a colon between; of several, or with costs, + and each with its cost.
-- parked_under: the key that holds the job up; run_at lies in the year 9000 then, so that no claim finds the job, and due_at has its real time.
-- parked_rank: 9 less the priority, for the order of the index. held_limits replaces a partial index, as open_key does.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS limits VARCHAR(1200);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS parked_under VARCHAR(255);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS due_at TIMESTAMP(6) WITH TIME ZONE;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS parked_rank SMALLINT;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS held_limits VARCHAR(1200)
  GENERATED ALWAYS AS (CASE status WHEN 'processing' THEN limits END);
CREATE INDEX IF NOT EXISTS {index job_limited} ON {job} (held_limits);
CREATE INDEX IF NOT EXISTS {index job_parked} ON {job} (parked_under, queue, type, parked_rank, due_at, id);

-- The limits of the jobs of a schedule, as in a job.
ALTER TABLE {job_schedule} ADD COLUMN IF NOT EXISTS limits VARCHAR(1000);

-- What is declared for all keys of a limit. starts: how many jobs may start in period_us microseconds, burst: at one moment.
CREATE TABLE IF NOT EXISTS {job_limit} (
  name        VARCHAR(255) NOT NULL PRIMARY KEY,
  concurrency INTEGER,
  starts      INTEGER,
  period_us   BIGINT,
  burst       INTEGER NOT NULL
);

-- The keys that have been used or changed. used_until: until when the starts so far use up the rate, if they followed evenly. rests_until: until when no job
-- of the key starts. is_own: whether the columns after it hold for this key, and not what is declared.
CREATE TABLE IF NOT EXISTS {job_limit_key} (
  limit_key    VARCHAR(255) NOT NULL PRIMARY KEY,
  used_until   TIMESTAMP(6) WITH TIME ZONE,
  rests_until  TIMESTAMP(6) WITH TIME ZONE,
  paused_at    TIMESTAMP(6) WITH TIME ZONE,
  paused_by    VARCHAR(1000),
  pause_reason VARCHAR(4000),
  is_own       BOOLEAN NOT NULL,
  concurrency  INTEGER,
  starts       INTEGER,
  period_us    BIGINT,
  burst        INTEGER NOT NULL
);

-- One row for each change after which a job of the key may start. The next claim acts on it and deletes it; one with a time
-- in due_at waits for that.
CREATE TABLE IF NOT EXISTS {job_limit_note} (
  id        CHAR(36) NOT NULL PRIMARY KEY,
  limit_key VARCHAR(255) NOT NULL,
  due_at    TIMESTAMP(6) WITH TIME ZONE
);
CREATE INDEX IF NOT EXISTS {index job_limit_note_due} ON {job_limit_note} (due_at);

-- Sequences. sequence_place: lower places run first. sequence_failure: what becomes of the jobs behind it when it fails. open_sequence replaces a partial index.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS sequence_key VARCHAR(128);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS sequence_place BIGINT;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS sequence_failure VARCHAR(20);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS open_sequence VARCHAR(128)
  GENERATED ALWAYS AS (CASE status WHEN 'completed' THEN NULL WHEN 'cancelled' THEN NULL ELSE sequence_key END);
CREATE INDEX IF NOT EXISTS {index job_sequence} ON {job} (open_sequence, sequence_place);

-- Places in sequences begin with a number that is drawn here.
CREATE TABLE IF NOT EXISTS {job_number} (
  n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
