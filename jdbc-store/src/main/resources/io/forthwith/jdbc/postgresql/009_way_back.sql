-- The way back. open_from: the oldest version of the library that may work on the schema once this script is applied; NULL: only one that knows
-- the script. Versions before 9 do not know the column and take every newer schema for closed.
ALTER TABLE {job_schema} ADD COLUMN IF NOT EXISTS open_from integer;
