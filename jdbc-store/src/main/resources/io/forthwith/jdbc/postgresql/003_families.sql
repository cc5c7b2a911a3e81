-- Families. position: of a child among the children of its parent; 0 for a finisher, which runs after them. sealed: whether a parent takes
-- no more children; null if the job is no parent. on_child_failure: what becomes of a parent when a child fails; null: it fails at once.
-- on_predecessor_failure: what becomes of a job when a predecessor fails; null if it has no predecessors. has_successors: whether the job
-- is a predecessor of others.
ALTER TABLE {job} ADD COLUMN position integer;
ALTER TABLE {job} ADD COLUMN sealed boolean;
ALTER TABLE {job} ADD COLUMN on_child_failure text;
ALTER TABLE {job} ADD COLUMN cancel_siblings boolean NOT NULL DEFAULT false;
ALTER TABLE {job} ADD COLUMN on_predecessor_failure text;
ALTER TABLE {job} ADD COLUMN has_successors boolean NOT NULL DEFAULT false;

-- Fills in the new columns for existing families.
UPDATE {job} AS job SET position = child.place
FROM (SELECT id, row_number() OVER (PARTITION BY parent_id ORDER BY id) AS place FROM {job} WHERE parent_id IS NOT NULL) AS child
WHERE job.id = child.id;
UPDATE {job} SET sealed = true WHERE id IN (SELECT parent_id FROM {job} WHERE parent_id IS NOT NULL);

DROP INDEX {old job_child};
CREATE INDEX {index job_child} ON {job} (parent_id, position) WHERE parent_id IS NOT NULL;

-- The predecessors of each job, in the order in which the job names them.
CREATE TABLE {job_predecessor} (
  job_id         uuid NOT NULL,
  predecessor_id uuid NOT NULL,
  place          integer NOT NULL,
  PRIMARY KEY (job_id, predecessor_id)
);
CREATE INDEX {index job_successor} ON {job_predecessor} (predecessor_id);
