-- Limits. limits: those that the job is under, as name and key with a colon between; of several, or with costs, + and each with its cost.
-- parked_under: the key that holds the job up; run_at lies in the year 9000 then, so that no claim finds the job, and due_at has its real time.
-- parked_rank: 9 less the priority, for the order of the index.
ALTER TABLE {job} ADD COLUMN limits TEXT;
ALTER TABLE {job} ADD COLUMN parked_under TEXT;
ALTER TABLE {job} ADD COLUMN due_at TEXT;
ALTER TABLE {job} ADD COLUMN parked_rank INTEGER;

-- A job under no limit has no entry in these indexes.
CREATE INDEX IF NOT EXISTS {index job_limited} ON {job} (limits) WHERE limits IS NOT NULL AND status = 'processing';
CREATE INDEX IF NOT EXISTS {index job_parked} ON {job} (parked_under, queue, type, parked_rank, due_at, id)
  WHERE parked_under IS NOT NULL AND status = 'pending';

-- The limits of the jobs of a schedule, as in a job.
ALTER TABLE {job_schedule} ADD COLUMN limits TEXT;

-- What is declared for all keys of a limit. starts: how many jobs may start in period_us microseconds, burst: at one moment.
CREATE TABLE IF NOT EXISTS {job_limit} (
  name        TEXT NOT NULL PRIMARY KEY,
  concurrency INTEGER,
  starts      INTEGER,
  period_us   INTEGER,
  burst       INTEGER NOT NULL
) STRICT;

-- The keys that have been used or changed. used_until: until when the starts so far use up the rate, if they followed evenly. rests_until: until when no job
-- of the key starts. is_own: whether the columns after it hold for this key, and not what is declared.
CREATE TABLE IF NOT EXISTS {job_limit_key} (
  limit_key    TEXT NOT NULL PRIMARY KEY,
  used_until   TEXT,
  rests_until  TEXT,
  paused_at    TEXT,
  paused_by    TEXT,
  pause_reason TEXT,
  is_own       INTEGER NOT NULL,
  concurrency  INTEGER,
  starts       INTEGER,
  period_us    INTEGER,
  burst        INTEGER NOT NULL
) STRICT;

-- One row for each change after which a job of the key may start. The next claim acts on it and deletes it; one with a time
-- in due_at waits for that.
CREATE TABLE IF NOT EXISTS {job_limit_note} (
  id        TEXT NOT NULL PRIMARY KEY,
  limit_key TEXT NOT NULL,
  due_at    TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS {index job_limit_note_due} ON {job_limit_note} (due_at) WHERE due_at IS NOT NULL;

-- Sequences. sequence_place: lower places run first. sequence_failure: what becomes of the jobs behind it when it fails.
ALTER TABLE {job} ADD COLUMN sequence_key TEXT;
ALTER TABLE {job} ADD COLUMN sequence_place INTEGER;
ALTER TABLE {job} ADD COLUMN sequence_failure TEXT;
CREATE INDEX IF NOT EXISTS {index job_sequence} ON {job} (sequence_key, sequence_place)
  WHERE sequence_key IS NOT NULL AND status IN ('pending', 'processing', 'waiting', 'failed');
CREATE INDEX IF NOT EXISTS {index job_blocking} ON {job} (sequence_key, sequence_place)
  WHERE status = 'failed' AND sequence_failure = 'block';

-- Places in sequences begin with a number that is drawn here.
CREATE TABLE IF NOT EXISTS {job_number} (
  n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
) STRICT;
