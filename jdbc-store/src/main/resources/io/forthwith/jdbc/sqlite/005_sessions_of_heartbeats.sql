-- Nothing to add: here the lease alone tells that a worker has died.
SELECT 1;
