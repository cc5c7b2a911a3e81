-- The schedules. next_at is the first time that has neither fired nor was skipped; null if a worker is to compute it. runs: the ids of runs
-- that were open when the schedule last fired.
CREATE TABLE IF NOT EXISTS {job_schedule} (
  name           VARCHAR(255) NOT NULL PRIMARY KEY,
  creation_id    CHAR(36),
  created_at     TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
  type           VARCHAR(255) NOT NULL,
  input_data     CHARACTER LARGE OBJECT,
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
  declared_at    TIMESTAMP(6) WITH TIME ZONE,
  retired_at     TIMESTAMP(6) WITH TIME ZONE,
  paused_at      TIMESTAMP(6) WITH TIME ZONE,
  paused_by      VARCHAR(255),
  paused_reason  VARCHAR(4000),
  anchor_at      TIMESTAMP(6) WITH TIME ZONE,
  fingerprint    VARCHAR(255),
  next_at        TIMESTAMP(6) WITH TIME ZONE,
  last_fired_at  TIMESTAMP(6) WITH TIME ZONE,
  fired          BIGINT DEFAULT 0 NOT NULL,
  skipped        BIGINT DEFAULT 0 NOT NULL,
  error_message  VARCHAR(4000),
  runs           VARCHAR(4000)
);
CREATE INDEX IF NOT EXISTS {index job_schedule_next} ON {job_schedule} (next_at, name);

-- The queues that are paused: no job of such a queue is claimed. A row pauses a queue, and to delete it resumes the queue.
CREATE TABLE IF NOT EXISTS {job_queue} (
  name          VARCHAR(255) PRIMARY KEY,
  paused_at     TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
  paused_by     VARCHAR(1000),
  paused_reason VARCHAR(4000)
);

-- What a worker serves: its queues and the types that it has processors for, as names separated by commas, with an ellipsis at the end if the
-- list was cut. Whether it leaves other types to other workers. How many jobs it runs at a time. With each heartbeat: how many jobs it holds, and
-- whether it is about to stop. The version of the library, and the schedules that the worker has brought along.
-- All are null for workers of older versions of the library.
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS queues VARCHAR(10000);
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS types VARCHAR(10000);
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS only_types BOOLEAN;
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS concurrency INTEGER;
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS running INTEGER;
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS stopping BOOLEAN;
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS library_version VARCHAR(1000);
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS schedule_owner VARCHAR(1000);
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS schedule_version BIGINT;
-- The time of the last heartbeat.
ALTER TABLE {job_worker} ADD COLUMN IF NOT EXISTS beat_at TIMESTAMP(6) WITH TIME ZONE;
