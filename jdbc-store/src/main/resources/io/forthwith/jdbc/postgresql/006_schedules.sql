-- The schedules. next_at is the first time that has neither fired nor was skipped; null if a worker is to compute it. runs: the ids of runs
-- that were open when the schedule last fired.
CREATE TABLE {job_schedule} (
  name           text COLLATE "C" NOT NULL PRIMARY KEY,
  creation_id    uuid,
  created_at     timestamptz NOT NULL DEFAULT now(),
  type           text NOT NULL,
  input_data     text,
  cron           text,
  period         text,
  zone           text DEFAULT 'UTC' NOT NULL,
  clock_gap      text,
  clock_overlap  text,
  catch_up       text DEFAULT 'LATEST' NOT NULL,
  if_running     text DEFAULT 'SKIP' NOT NULL,
  jitter         text,
  queue          text DEFAULT 'default' NOT NULL,
  priority       smallint DEFAULT 5 NOT NULL,
  user_id        text,
  project_id     text,
  max_attempts   smallint,
  time_limit_ms  bigint,
  locale         text,
  owner          text,
  version        bigint DEFAULT 0 NOT NULL,
  declared_at    timestamptz,
  retired_at     timestamptz,
  paused_at      timestamptz,
  paused_by      text,
  paused_reason  text,
  anchor_at      timestamptz,
  fingerprint    text,
  next_at        timestamptz,
  last_fired_at  timestamptz,
  fired          bigint DEFAULT 0 NOT NULL,
  skipped        bigint DEFAULT 0 NOT NULL,
  error_message  text,
  runs           text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX {index job_schedule_next} ON {job_schedule} (next_at, name);

-- The queues that are paused: no job of such a queue is claimed. A row pauses a queue, and to delete it resumes the queue.
CREATE TABLE {job_queue} (
  name          text PRIMARY KEY,
  paused_at     timestamptz NOT NULL DEFAULT now(),
  paused_by     text,
  paused_reason text
);

-- What a worker serves: its queues and the types that it has processors for, as names separated by commas, with an ellipsis at the end if the
-- list was cut. Whether it leaves other types to other workers. How many jobs it runs at a time. With each heartbeat: how many jobs it holds, and
-- whether it is about to stop. The version of the library, and the schedules that the worker has brought along.
-- All are null for workers of older versions of the library.
ALTER TABLE {job_worker} ADD COLUMN queues text;
ALTER TABLE {job_worker} ADD COLUMN types text;
ALTER TABLE {job_worker} ADD COLUMN only_types boolean;
ALTER TABLE {job_worker} ADD COLUMN concurrency integer;
ALTER TABLE {job_worker} ADD COLUMN running integer;
ALTER TABLE {job_worker} ADD COLUMN stopping boolean;
ALTER TABLE {job_worker} ADD COLUMN library_version text;
ALTER TABLE {job_worker} ADD COLUMN schedule_owner text;
ALTER TABLE {job_worker} ADD COLUMN schedule_version bigint;
