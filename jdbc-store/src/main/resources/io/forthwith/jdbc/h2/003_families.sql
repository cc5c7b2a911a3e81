-- Families. position: of a child among the children of its parent; 0 for a finisher, which runs after them. sealed: whether a parent takes
-- no more children; null if the job is no parent. on_child_failure: what becomes of a parent when a child fails; null: it fails at once.
-- on_predecessor_failure: what becomes of a job when a predecessor fails; null if it has no predecessors. has_successors: whether the job
-- is a predecessor of others.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS position INTEGER;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS sealed BOOLEAN;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS on_child_failure VARCHAR(16);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS cancel_siblings BOOLEAN DEFAULT FALSE NOT NULL;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS on_predecessor_failure VARCHAR(16);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS has_successors BOOLEAN DEFAULT FALSE NOT NULL;

-- Fills in the new columns for existing families.
UPDATE {job} job SET position =
  (SELECT count(*) FROM {job} sibling WHERE sibling.parent_id = job.parent_id AND sibling.id <= job.id)
WHERE parent_id IS NOT NULL AND position IS NULL;
UPDATE {job} SET sealed = TRUE WHERE sealed IS NULL AND id IN (SELECT parent_id FROM {job} WHERE parent_id IS NOT NULL);

DROP INDEX IF EXISTS {old job_child};
CREATE INDEX IF NOT EXISTS {index job_child} ON {job} (parent_id, position);

-- The predecessors of each job, in the order in which the job names them.
CREATE TABLE IF NOT EXISTS {job_predecessor} (
  job_id         CHAR(36) NOT NULL,
  predecessor_id CHAR(36) NOT NULL,
  place          INTEGER NOT NULL,
  PRIMARY KEY (job_id, predecessor_id)
);
CREATE INDEX IF NOT EXISTS {index job_successor} ON {job_predecessor} (predecessor_id);
