-- Acts on many jobs by hand: whoever is alive carries an open one on, part by part. kind and changes: what is done; query: which jobs, those until until_at;
-- cursor_id: it goes on below this id; parts: how many were done; left_out: how many jobs were left as they are, by reason.
CREATE TABLE IF NOT EXISTS {job_act} (
  id             {id} NOT NULL PRIMARY KEY,
  kind           VARCHAR(100) NOT NULL,
  changes        TEXT,
  locale         VARCHAR(100) NOT NULL,
  query          TEXT NOT NULL,
  until_at       DATETIME(6) NOT NULL,
  total          BIGINT,
  is_total_exact BOOLEAN,
  who            VARCHAR(255) NOT NULL,
  reason         TEXT,
  address        VARCHAR(255),
  state          VARCHAR(100) NOT NULL,
  cursor_id      {id},
  parts          BIGINT NOT NULL,
  done           BIGINT NOT NULL,
  left_out       TEXT,
  created_at     DATETIME(6) NOT NULL,
  ended_at       DATETIME(6),
  stopped_by     VARCHAR(255),
  INDEX {index job_act_open} (state, parts, id)
) {table};

-- Who has done what by hand, to which jobs or to what, and what has become of it. An entry of an act is written with the jobs that it is about.
CREATE TABLE IF NOT EXISTS {job_audit} (
  id       {id} NOT NULL PRIMARY KEY,
  done_at  DATETIME(6) NOT NULL,
  who      VARCHAR(255) NOT NULL,
  reason   TEXT,
  address  VARCHAR(255),
  what     TEXT NOT NULL,
  act_id   {id},
  subjects MEDIUMTEXT NOT NULL,
  answer   TEXT NOT NULL,
  INDEX {index job_audit_time} (done_at),
  INDEX {index job_audit_who} (who, id)
) {table};
