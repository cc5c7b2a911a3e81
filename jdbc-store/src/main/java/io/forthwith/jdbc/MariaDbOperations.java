package io.forthwith.jdbc;

/** Updates many jobs by one statement, and locks rows by their ids only. */
final class MariaDbOperations extends StandardOperations {
    MariaDbOperations(SqlDialect dialect) {
        super(dialect, new MariaDbJobUpdates(dialect), new MariaDbInserts(dialect));
    }

    @Override
    FreeJobs freeJobs(String jobs) {
        return new MariaDbFreeJobs(dialect(), jobs);
    }
}
