-- Acts on many jobs by hand: whoever is alive carries an open one on, part by part. kind and changes: what is done; query: which jobs, those until until_at;
-- cursor_id: it goes on below this id; parts: how many were done; left_out: how many jobs were left as they are, by reason.
CREATE TABLE IF NOT EXISTS {job_act} (
  id             TEXT NOT NULL PRIMARY KEY,
  kind           TEXT NOT NULL,
  changes        TEXT,
  locale         TEXT NOT NULL,
  query          TEXT NOT NULL,
  until_at       TEXT NOT NULL,
  total          INTEGER,
  is_total_exact INTEGER,
  who            TEXT NOT NULL,
  reason         TEXT,
  address        TEXT,
  state          TEXT NOT NULL,
  cursor_id      TEXT,
  parts          INTEGER NOT NULL,
  done           INTEGER NOT NULL,
  left_out       TEXT,
  created_at     TEXT NOT NULL,
  ended_at       TEXT,
  stopped_by     TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS {index job_act_open} ON {job_act} (parts, id) WHERE state = 'open';

-- Who has done what by hand, to which jobs or to what, and what has become of it. An entry of an act is written with the jobs that it is about.
CREATE TABLE IF NOT EXISTS {job_audit} (
  id       TEXT NOT NULL PRIMARY KEY,
  done_at  TEXT NOT NULL,
  who      TEXT NOT NULL,
  reason   TEXT,
  address  TEXT,
  what     TEXT NOT NULL,
  act_id   TEXT,
  subjects TEXT NOT NULL,
  answer   TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS {index job_audit_time} ON {job_audit} (done_at);
CREATE INDEX IF NOT EXISTS {index job_audit_who} ON {job_audit} (who, id);
