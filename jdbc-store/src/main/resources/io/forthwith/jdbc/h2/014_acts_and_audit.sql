-- Acts on many jobs by hand: whoever is alive carries an open one on, part by part. kind and changes: what is done; query: which jobs, those until until_at;
-- cursor_id: it goes on below this id; parts: how many were done; left_out: how many jobs were left as they are, by reason.
CREATE TABLE IF NOT EXISTS {job_act} (
  id             CHAR(36) NOT NULL PRIMARY KEY,
  kind           VARCHAR(100) NOT NULL,
  changes        VARCHAR(10000),
  locale         VARCHAR(100) NOT NULL,
  query          VARCHAR(10000) NOT NULL,
  until_at       TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  total          BIGINT,
  is_total_exact BOOLEAN,
  who            VARCHAR(255) NOT NULL,
  reason         VARCHAR(10000),
  address        VARCHAR(255),
  state          VARCHAR(100) NOT NULL,
  cursor_id      CHAR(36),
  parts          BIGINT NOT NULL,
  done           BIGINT NOT NULL,
  left_out       VARCHAR(10000),
  created_at     TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  ended_at       TIMESTAMP(6) WITH TIME ZONE,
  stopped_by     VARCHAR(255)
);
CREATE INDEX IF NOT EXISTS {index job_act_open} ON {job_act} (state, parts, id);

-- Who has done what by hand, to which jobs or to what, and what has become of it. An entry of an act is written with the jobs that it is about.
CREATE TABLE IF NOT EXISTS {job_audit} (
  id       CHAR(36) NOT NULL PRIMARY KEY,
  done_at  TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  who      VARCHAR(255) NOT NULL,
  reason   VARCHAR(10000),
  address  VARCHAR(255),
  what     VARCHAR(10000) NOT NULL,
  act_id   CHAR(36),
  subjects CHARACTER LARGE OBJECT NOT NULL,
  answer   VARCHAR(10000) NOT NULL
);
CREATE INDEX IF NOT EXISTS {index job_audit_time} ON {job_audit} (done_at);
CREATE INDEX IF NOT EXISTS {index job_audit_who} ON {job_audit} (who, id);
