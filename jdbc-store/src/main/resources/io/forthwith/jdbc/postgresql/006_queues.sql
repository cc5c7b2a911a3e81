-- The queues that are paused: no job of such a queue is claimed. A row pauses a queue, and to delete it resumes the queue.
CREATE TABLE {job_queue} (
  name          text PRIMARY KEY,
  paused_at     timestamptz NOT NULL DEFAULT now(),
  paused_by     text,
  paused_reason text
);
