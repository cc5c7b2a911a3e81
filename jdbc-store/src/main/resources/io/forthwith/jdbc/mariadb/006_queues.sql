-- The queues that are paused: no job of such a queue is claimed. A row pauses a queue, and to delete it resumes the queue.
CREATE TABLE IF NOT EXISTS {job_queue} (
  name          VARCHAR(255) NOT NULL PRIMARY KEY,
  paused_at     DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL,
  paused_by     VARCHAR(1000),
  paused_reason VARCHAR(4000)
) {table};
