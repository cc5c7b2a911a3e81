-- The schedules. next_at is the first time that has neither fired nor was skipped; null if a worker is to compute it. runs: the ids of runs
-- that were open when the schedule last fired.
CREATE TABLE IF NOT EXISTS {job_schedule} (
  name           TEXT NOT NULL PRIMARY KEY,
  creation_id    TEXT,
  created_at     TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL,
  type           TEXT NOT NULL,
  input_data     TEXT,
  cron           TEXT,
  period         TEXT,
  zone           TEXT DEFAULT 'UTC' NOT NULL,
  clock_gap      TEXT,
  clock_overlap  TEXT,
  catch_up       TEXT DEFAULT 'LATEST' NOT NULL,
  if_running     TEXT DEFAULT 'SKIP' NOT NULL,
  jitter         TEXT,
  queue          TEXT DEFAULT 'default' NOT NULL,
  priority       INTEGER DEFAULT 5 NOT NULL,
  user_id        TEXT,
  project_id     TEXT,
  max_attempts   INTEGER,
  time_limit_ms  INTEGER,
  locale         TEXT,
  owner          TEXT,
  version        INTEGER DEFAULT 0 NOT NULL,
  declared_at    TEXT,
  retired_at     TEXT,
  paused_at      TEXT,
  paused_by      TEXT,
  paused_reason  TEXT,
  anchor_at      TEXT,
  fingerprint    TEXT,
  next_at        TEXT,
  last_fired_at  TEXT,
  fired          INTEGER DEFAULT 0 NOT NULL,
  skipped        INTEGER DEFAULT 0 NOT NULL,
  error_message  TEXT,
  runs           TEXT,
  CONSTRAINT {constraint job_schedule_next_at_is_utc} CHECK ({is_time next_at})
) STRICT;
CREATE INDEX IF NOT EXISTS {index job_schedule_next} ON {job_schedule} (next_at, name);

-- The queues that are paused: no job of such a queue is claimed. A row pauses a queue, and to delete it resumes the queue.
CREATE TABLE IF NOT EXISTS {job_queue} (
  name          TEXT NOT NULL PRIMARY KEY,
  paused_at     TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL,
  paused_by     TEXT,
  paused_reason TEXT
) STRICT;

-- What a worker serves: its queues and the types that it has processors for, as names separated by commas, with an ellipsis at the end if the
-- list was cut. Whether it leaves other types to other workers. How many jobs it runs at a time. With each heartbeat: how many jobs it holds, and
-- whether it is about to stop. The version of the library, and the schedules that the worker has brought along.
-- All are null for workers of older versions of the library.
ALTER TABLE {job_worker} ADD COLUMN queues TEXT;
ALTER TABLE {job_worker} ADD COLUMN types TEXT;
ALTER TABLE {job_worker} ADD COLUMN only_types INTEGER;
ALTER TABLE {job_worker} ADD COLUMN concurrency INTEGER;
ALTER TABLE {job_worker} ADD COLUMN running INTEGER;
ALTER TABLE {job_worker} ADD COLUMN stopping INTEGER;
ALTER TABLE {job_worker} ADD COLUMN library_version TEXT;
ALTER TABLE {job_worker} ADD COLUMN schedule_owner TEXT;
ALTER TABLE {job_worker} ADD COLUMN schedule_version INTEGER;
-- The time of the last heartbeat.
ALTER TABLE {job_worker} ADD COLUMN beat_at TEXT;
