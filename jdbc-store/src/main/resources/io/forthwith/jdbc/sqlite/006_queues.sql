-- The queues that are paused: no job of such a queue is claimed. A row pauses a queue, and to delete it resumes the queue.
CREATE TABLE IF NOT EXISTS {job_queue} (
  name          TEXT NOT NULL PRIMARY KEY,
  paused_at     TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL,
  paused_by     TEXT,
  paused_reason TEXT
) STRICT;
