package io.forthwith.jdbc.internal.mariadb;

import io.forthwith.jdbc.internal.operations.StandardOperations;
import io.forthwith.jdbc.internal.rows.UnlockedJobs;
import io.forthwith.jdbc.internal.sql.SqlDialect;

/** Updates many jobs by one statement, and locks rows by their ids only. */
public final class MariaDbOperations extends StandardOperations {
    public MariaDbOperations(SqlDialect dialect) {
        super(dialect, new MariaDbJobUpdates(dialect), new MariaDbInserts(dialect));
    }

    @Override
    public UnlockedJobs freeJobs(String jobs) {
        return new MariaDbUnlockedJobs(dialect(), jobs);
    }
}
