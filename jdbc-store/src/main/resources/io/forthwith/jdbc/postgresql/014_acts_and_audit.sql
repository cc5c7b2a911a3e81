-- Acts on many jobs by hand: whoever is alive carries an open one on, part by part. kind and changes: what is done; query: which jobs, those until until_at;
-- cursor_id: it goes on below this id; parts: how many were done; left_out: how many jobs were left as they are, by reason.
CREATE TABLE IF NOT EXISTS {job_act} (
  id             uuid NOT NULL PRIMARY KEY,
  kind           text NOT NULL,
  changes        text,
  locale         text NOT NULL,
  query          text NOT NULL,
  until_at       timestamptz NOT NULL,
  total          bigint,
  is_total_exact boolean,
  who            text NOT NULL,
  reason         text,
  address        text,
  state          text NOT NULL,
  cursor_id      uuid,
  parts          bigint NOT NULL,
  done           bigint NOT NULL,
  left_out       text,
  created_at     timestamptz NOT NULL,
  ended_at       timestamptz,
  stopped_by     text
);
CREATE INDEX IF NOT EXISTS {index job_act_open} ON {job_act} (parts, id) WHERE state = 'open';

-- Who has done what by hand, to which jobs or to what, and what has become of it. An entry of an act is written with the jobs that it is about.
CREATE TABLE IF NOT EXISTS {job_audit} (
  id       uuid NOT NULL PRIMARY KEY,
  done_at  timestamptz NOT NULL,
  who      text NOT NULL,
  reason   text,
  address  text,
  what     text NOT NULL,
  act_id   uuid,
  subjects text NOT NULL,
  answer   text NOT NULL
);
CREATE INDEX IF NOT EXISTS {index job_audit_time} ON {job_audit} (done_at);
CREATE INDEX IF NOT EXISTS {index job_audit_who} ON {job_audit} (who, id);
