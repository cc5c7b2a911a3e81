-- Metadata by which jobs are found: one row for each label of a job. Without a foreign key, which would cost each deletion of a job a look-up:
-- whoever deletes a job deletes its labels, and each purge looks for labels without a job.
CREATE TABLE IF NOT EXISTS {job_label} (
  job_id      uuid NOT NULL,
  name        text COLLATE "C" NOT NULL,
  label_value text COLLATE "C" NOT NULL,
  PRIMARY KEY (job_id, name)
);
-- To list the jobs with one label, newest first.
CREATE INDEX IF NOT EXISTS {index job_label_value} ON {job_label} (name, label_value, job_id);

-- To find the groups that nobody has closed. On a large table, create it CONCURRENTLY before the upgrade: then no enqueuing waits for it.
CREATE INDEX IF NOT EXISTS {index job_open_group} ON {job} (created_at, id) WHERE status = 'waiting' AND NOT sealed;

-- Which metadata are labels, and since when. Several processes may be the first to declare a name.
CREATE TABLE IF NOT EXISTS {job_label_name} (
  name        text COLLATE "C" NOT NULL,
  declared_by uuid NOT NULL,
  declared_at timestamptz NOT NULL,
  PRIMARY KEY (name, declared_by)
);
