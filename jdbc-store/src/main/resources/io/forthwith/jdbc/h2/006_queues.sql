-- The queues that are paused: no job of such a queue is claimed. A row pauses a queue, and to delete it resumes the queue.
CREATE TABLE IF NOT EXISTS {job_queue} (
  name          VARCHAR(255) PRIMARY KEY,
  paused_at     TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
  paused_by     VARCHAR(1000),
  paused_reason VARCHAR(4000)
);
