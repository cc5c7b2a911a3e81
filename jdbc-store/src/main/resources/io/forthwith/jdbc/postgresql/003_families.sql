-- What ties a job to others: as a child, its place among the children of its parent, 0 if it runs after them; as a parent, whether it takes
-- no more children (null: it is no parent), and what becomes of it when a child fails (null: it fails at once); what becomes of it when a
-- job that it comes after fails (null: it comes after none); and whether others come after it.
ALTER TABLE {job} ADD COLUMN position integer;
ALTER TABLE {job} ADD COLUMN sealed boolean;
ALTER TABLE {job} ADD COLUMN on_child_failure text;
ALTER TABLE {job} ADD COLUMN cancel_siblings boolean NOT NULL DEFAULT false;
ALTER TABLE {job} ADD COLUMN on_predecessor_failure text;
ALTER TABLE {job} ADD COLUMN has_successors boolean NOT NULL DEFAULT false;

-- The families there are already.
UPDATE {job} AS job SET position = child.place
FROM (SELECT id, row_number() OVER (PARTITION BY parent_id ORDER BY id) AS place FROM {job} WHERE parent_id IS NOT NULL) AS child
WHERE job.id = child.id;
UPDATE {job} SET sealed = true WHERE id IN (SELECT parent_id FROM {job} WHERE parent_id IS NOT NULL);

DROP INDEX {old job_child};
CREATE INDEX {index job_child} ON {job} (parent_id, position) WHERE parent_id IS NOT NULL;

-- Which jobs come after which others, in the order in which they name them.
CREATE TABLE {job_predecessor} (
  job_id         uuid NOT NULL,
  predecessor_id uuid NOT NULL,
  place          integer NOT NULL,
  PRIMARY KEY (job_id, predecessor_id)
);
CREATE INDEX {index job_successor} ON {job_predecessor} (predecessor_id);
