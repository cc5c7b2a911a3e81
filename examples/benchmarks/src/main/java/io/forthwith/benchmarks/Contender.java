package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * A job library, set up for throughput as its own documentation advises. Immutable.
 *
 * <p>The measuring process makes the tables, enqueues and verifies; {@link #start} is called in a process of its own.
 * Jobs are numbered from zero, and running job <i>n</i> means calling {@link Work#run} with <i>n</i>.
 */
interface Contender {
    String name();

    /** How many jobs a round has, where the others have this many: fewer, if it takes minutes for more. */
    default int jobs(int asked) {
        return asked;
    }

    /** What it was told, in words for the report. */
    String settings(Load load);

    /** How many connections a worker's pool has at the most. */
    int connections(Load load);

    /** How many jobs are drained in a round to which so many are enqueued; more, if others were there before. */
    default long drained(int jobs) {
        return jobs;
    }

    /** Makes its tables, by its own scripts, in an empty schema. */
    void createTables(DataSource database) throws Exception;

    /** Enqueues {@code count} jobs, numbered from {@code first}, in bulk, the way it does that best. */
    void enqueue(DataSource database, int first, int count) throws Exception;

    /** What enqueues one by one. */
    Producer producer(DataSource database) throws Exception;

    /** Whether it differs from another contender only in its {@link #producer}, and has no figures of its own for the rest. */
    default boolean isOnlyOneByOne() {
        return false;
    }

    /** Starts a worker in this process; closing what this returns stops it. */
    AutoCloseable start(DataSource database, Load load, Work work) throws Exception;

    /** A cheap query for whether any job is not done yet. */
    String hasOpenJobs();

    /** A query for how many jobs it has, while none of them is done. */
    String countJobs();

    /** Whether there may be several processes of it, which wait for more when there is nothing to do. */
    default boolean hasWorkers() {
        return true;
    }

    /** Leaves its tables as they are to be before jobs are enqueued: anew, and empty. */
    default void reset(BenchmarkDatabase database) throws Exception {
        database.clear();
        try (HikariDataSource pool = Pools.open(database.url(), Pools.FEW)) {
            createTables(pool);
        }
    }

    /** Fails unless its tables say that this many jobs are done, and each of them once. */
    void verify(BenchmarkDatabase database, int jobs) throws SQLException;
}
