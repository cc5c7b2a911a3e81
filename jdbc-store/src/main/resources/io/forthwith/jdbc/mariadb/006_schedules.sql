-- The schedules. next_at is the first time that has neither fired nor was skipped; null if a worker is to compute it. runs: the ids of runs
-- that were open when the schedule last fired.
CREATE TABLE IF NOT EXISTS {job_schedule} (
  name           VARCHAR(255) NOT NULL PRIMARY KEY,
  creation_id    {id},
  created_at     DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL,
  type           VARCHAR(255) NOT NULL,
  input_data     LONGTEXT,
  cron           VARCHAR(255),
  period         VARCHAR(255),
  zone           VARCHAR(255) DEFAULT 'UTC' NOT NULL,
  clock_gap      VARCHAR(255),
  clock_overlap  VARCHAR(255),
  catch_up       VARCHAR(255) DEFAULT 'LATEST' NOT NULL,
  if_running     VARCHAR(255) DEFAULT 'SKIP' NOT NULL,
  jitter         VARCHAR(255),
  queue          VARCHAR(255) DEFAULT 'default' NOT NULL,
  priority       SMALLINT DEFAULT 5 NOT NULL,
  user_id        VARCHAR(255),
  project_id     VARCHAR(255),
  max_attempts   SMALLINT,
  time_limit_ms  BIGINT,
  locale         VARCHAR(255),
  owner          VARCHAR(255),
  version        BIGINT DEFAULT 0 NOT NULL,
  declared_at    DATETIME(6),
  retired_at     DATETIME(6),
  paused_at      DATETIME(6),
  paused_by      VARCHAR(255),
  paused_reason  VARCHAR(4000),
  anchor_at      DATETIME(6),
  fingerprint    VARCHAR(255),
  next_at        DATETIME(6),
  last_fired_at  DATETIME(6),
  fired          BIGINT DEFAULT 0 NOT NULL,
  skipped        BIGINT DEFAULT 0 NOT NULL,
  error_message  VARCHAR(4000),
  runs           LONGTEXT,
  INDEX {index job_schedule_next} (next_at, name)
) {table};

-- The queues that are paused: no job of such a queue is claimed. A row pauses a queue, and to delete it resumes the queue.
CREATE TABLE IF NOT EXISTS {job_queue} (
  name          VARCHAR(255) NOT NULL PRIMARY KEY,
  paused_at     DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL,
  paused_by     VARCHAR(1000),
  paused_reason VARCHAR(4000)
) {table};

-- What a worker serves: its queues and the types that it has processors for, as names separated by commas, with an ellipsis at the end if the
-- list was cut. Whether it leaves other types to other workers. How many jobs it runs at a time. With each heartbeat: how many jobs it holds, and
-- whether it is about to stop. The version of the library, and the schedules that the worker has brought along.
-- All are null for workers of older versions of the library.
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} queues TEXT;
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} types TEXT;
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} only_types BOOLEAN;
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} concurrency INTEGER;
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} running INTEGER;
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} stopping BOOLEAN;
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} library_version VARCHAR(1000);
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} schedule_owner VARCHAR(1000);
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} schedule_version BIGINT;
-- The time of the last heartbeat.
ALTER TABLE {job_worker} ADD COLUMN {if_not_exists} beat_at DATETIME(6);
