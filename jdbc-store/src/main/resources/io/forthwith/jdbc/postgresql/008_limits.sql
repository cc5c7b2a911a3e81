-- Limits. limits: those that the job is under, as name and key with a colon between; of several, or with costs, + and each with its cost.
-- parked_under: the key that holds the job up; run_at lies in the year 9000 then, so that no claim finds the job, and due_at has its real time.
-- parked_rank: 9 less the priority, for the order of the index.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS limits text COLLATE "C";
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS parked_under text COLLATE "C";
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS due_at timestamptz;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS parked_rank smallint;

-- A job under no limit has no entry in these indexes. On a large table, create them CONCURRENTLY before the upgrade, with the columns: then no
-- enqueuing waits for them.
CREATE INDEX IF NOT EXISTS {index job_limited} ON {job} (limits) WHERE limits IS NOT NULL AND status = 'processing';
CREATE INDEX IF NOT EXISTS {index job_parked} ON {job} (parked_under, queue, type, parked_rank, due_at, id)
  WHERE parked_under IS NOT NULL AND status = 'pending';

-- The limits of the jobs of a schedule, as in a job.
ALTER TABLE {job_schedule} ADD COLUMN IF NOT EXISTS limits text COLLATE "C";

-- What is declared for all keys of a limit. starts: how many jobs may start in period_us microseconds, burst: at one moment.
CREATE TABLE {job_limit} (
  name        text NOT NULL PRIMARY KEY,
  concurrency integer,
  starts      integer,
  period_us   bigint,
  burst       integer NOT NULL
);

-- The keys that have been used or changed. used_until: until when the starts so far use up the rate, if they followed evenly. rests_until: until when no job
-- of the key starts. is_own: whether the columns after it hold for this key, and not what is declared.
CREATE TABLE {job_limit_key} (
  limit_key    text COLLATE "C" NOT NULL PRIMARY KEY,
  used_until   timestamptz,
  rests_until  timestamptz,
  paused_at    timestamptz,
  paused_by    text,
  pause_reason text,
  is_own       boolean NOT NULL,
  concurrency  integer,
  starts       integer,
  period_us    bigint,
  burst        integer NOT NULL
);

-- One row for each change after which a job of the key may start. The next claim acts on it and deletes it; one with a time
-- in due_at waits for that.
CREATE TABLE {job_limit_note} (
  id        uuid NOT NULL PRIMARY KEY,
  limit_key text COLLATE "C" NOT NULL,
  due_at    timestamptz
);
CREATE INDEX {index job_limit_note_due} ON {job_limit_note} (due_at) WHERE due_at IS NOT NULL;

-- Sequences. sequence_place: lower places run first. sequence_failure: what becomes of the jobs behind it when it fails.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS sequence_key text COLLATE "C";
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS sequence_place bigint;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS sequence_failure text;
CREATE INDEX IF NOT EXISTS {index job_sequence} ON {job} (sequence_key, sequence_place)
  WHERE sequence_key IS NOT NULL AND status IN ('pending', 'processing', 'waiting', 'failed');
CREATE INDEX IF NOT EXISTS {index job_blocking} ON {job} (sequence_key, sequence_place)
  WHERE status = 'failed' AND sequence_failure = 'block';

-- Places in sequences begin with a number that is drawn here.
CREATE TABLE {job_number} (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
