package io.forthwith.jdbc.internal.mariadb;

import io.forthwith.jdbc.internal.operations.StandardOperations;
import io.forthwith.jdbc.internal.rows.JobPages;
import io.forthwith.jdbc.internal.rows.UnlockedJobs;
import io.forthwith.jdbc.internal.sql.SqlDialect;

/** Updates many jobs by one statement, and locks rows by their ids only. */
public final class MariaDbOperations extends StandardOperations {
    /**
     * Each look reads one entry of the index: a condition on its last columns would read all jobs that are not due. To
     * group by queue and priority would skip from one to the next, but without statistics it reads them all.
     */
    private static final String LANES = """
            SELECT p.id, l.priority FROM {ids} LEFT JOIN {job_queue} paused ON paused.name = p.id CROSS JOIN (%s) AS l
            WHERE paused.name IS NULL
              AND (SELECT 1 FROM {job} j WHERE j.status = 'pending' AND j.queue = p.id LIMIT 1) = 1
              AND (SELECT j.run_at FROM {job} j WHERE j.status = 'pending' AND j.queue = p.id
                AND j.priority = l.priority ORDER BY j.run_at LIMIT 1) <= {now}""".formatted(PRIORITIES);

    public MariaDbOperations(SqlDialect dialect) {
        super(dialect, new MariaDbJobUpdates(dialect), new MariaDbInserts(dialect), LANES);
    }

    @Override
    public JobPages pages() {
        return new MariaDbJobPages();
    }

    @Override
    public UnlockedJobs unlockedJobs(String jobs) {
        return new MariaDbUnlockedJobs(dialect(), jobs);
    }
}
