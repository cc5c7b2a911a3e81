-- What ties a job to others: as a child, its place among the children of its parent, 0 if it runs after them; as a parent, whether it takes
-- no more children (null: it is no parent), and what becomes of it when a child fails (null: it fails at once); what becomes of it when a
-- job that it comes after fails (null: it comes after none); and whether others come after it.
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS position INTEGER;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS sealed BOOLEAN;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS on_child_failure VARCHAR(16);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS cancel_siblings BOOLEAN DEFAULT FALSE NOT NULL;
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS on_predecessor_failure VARCHAR(16);
ALTER TABLE {job} ADD COLUMN IF NOT EXISTS has_successors BOOLEAN DEFAULT FALSE NOT NULL;

-- The families there are already.
UPDATE {job} job SET position =
  (SELECT count(*) FROM {job} sibling WHERE sibling.parent_id = job.parent_id AND sibling.id <= job.id)
WHERE parent_id IS NOT NULL AND position IS NULL;
UPDATE {job} SET sealed = TRUE WHERE sealed IS NULL AND id IN (SELECT parent_id FROM {job} WHERE parent_id IS NOT NULL);

DROP INDEX IF EXISTS {old job_child};
CREATE INDEX IF NOT EXISTS {index job_child} ON {job} (parent_id, position);

-- Which jobs come after which others, in the order in which they name them.
CREATE TABLE IF NOT EXISTS {job_predecessor} (
  job_id         CHAR(36) NOT NULL,
  predecessor_id CHAR(36) NOT NULL,
  place          INTEGER NOT NULL,
  PRIMARY KEY (job_id, predecessor_id)
);
CREATE INDEX IF NOT EXISTS {index job_successor} ON {job_predecessor} (predecessor_id);
