-- Metadata by which jobs are found: one row for each label of a job. Without a foreign key, which would cost each deletion of a job a look-up:
-- whoever deletes a job deletes its labels, and each purge looks for labels without a job.
CREATE TABLE IF NOT EXISTS {job_label} (
  job_id      {id} NOT NULL,
  name        VARCHAR(64) NOT NULL,
  label_value VARCHAR(200) NOT NULL,
  PRIMARY KEY (job_id, name),
  -- To list the jobs with one label, newest first.
  INDEX {index job_label_value} (name, label_value, job_id)
) {table};

-- Which metadata are labels, and since when. Several processes may be the first to declare a name.
CREATE TABLE IF NOT EXISTS {job_label_name} (
  name        VARCHAR(64) NOT NULL,
  declared_by {id} NOT NULL,
  declared_at DATETIME(6) NOT NULL,
  PRIMARY KEY (name, declared_by)
) {table};
