package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import io.forthwith.store.EncodedJob;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A plan is kept, and without statistics it follows from the sizes that the indexes had when it was made. */
@DisplayName("On PostgreSQL, in a table without statistics, a claim reads few rows of many that are parked")
class ParkedJobsWithoutStatisticsTest {
    private static final int AT_A_TIME = 5;
    private static final int PARKED = 12_000;
    private static final int BATCH = 300;
    private static final int MOST_READ = 100;

    @Test
    @DisplayName("under a limit, planned when many were parked and few were ready")
    void limit() {
        assertFewRead(0, job -> job.limit("api", "key"));
    }

    @Test
    @DisplayName("in sequences, planned when none was parked beside many that had ended")
    void sequences() {
        int[] number = {0};
        assertFewRead(20, job -> job.sequence("s" + number[0]++ % AT_A_TIME));
    }

    private static void assertFewRead(int runsBefore, UnaryOperator<NewJob> waiting) {
        DataSource database = TestPostgres.newDatabase("without_statistics");
        JdbcSchema.migrate(database);
        TestPostgres.quiet(database);
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, completed_at) SELECT gen_random_uuid(), 'old', 'completed', now()"
                        + " FROM generate_series(1, 20000) AS i");
        try (HikariDataSource one = oneConnection(database)) {
            JdbcJobStore store = JdbcJobStore.of(one);
            store.limits().orElseThrow().put(Limit.of("api").concurrency(AT_A_TIME));
            UUID worker = Jobs.worker(store);
            for (int run = 0; run < runsBefore; run++) {
                store.add(jobs(2 * AT_A_TIME, waiting));
                settle(store, Jobs.claim(store, worker, 2 * AT_A_TIME));
            }
            store.add(jobs(PARKED, waiting));
            // Each claim parks a part of the jobs that have to wait.
            for (int run = 0; run < 20; run++) {
                settle(store, Jobs.claim(store, worker, BATCH));
            }
            long before = read(one);

            assertThat(Jobs.claim(store, worker, 2 * AT_A_TIME)).hasSize(AT_A_TIME);

            assertThat(read(one) - before)
                    .as("entries and pages of indexes that were read")
                    .isLessThan(MOST_READ);
        }
    }

    private static List<EncodedJob> jobs(int count, UnaryOperator<NewJob> waiting) {
        return Jobs.encoded(
                Stream.generate(() -> waiting.apply(Jobs.job())).limit(count).toArray(NewJob[]::new));
    }

    private static void settle(JdbcJobStore store, List<Job> jobs) {
        assertThat(jobs).hasSize(AT_A_TIME);
        store.settle(Jobs.completed(jobs));
    }

    static HikariDataSource oneConnection(DataSource database) {
        HikariDataSource pool = new HikariDataSource();
        pool.setDataSource(database);
        pool.setMaximumPoolSize(1);
        // The thread that notifies other processes waits for a connection as long, also when the pool has been closed.
        pool.setConnectionTimeout(5_000);
        return pool;
    }

    /** Entries that indexes have returned, and pages of the index of parked jobs, of which a scan for an id returns none. */
    private static long read(DataSource database) {
        Sql.query(database, "SELECT pg_stat_force_next_flush()");
        return Long.parseLong(Sql.query(database, """
                        SELECT sum(idx_tup_read) + sum(idx_blks_hit + idx_blks_read) FILTER (WHERE indexrelname = 'job_parked')
                        FROM pg_stat_user_indexes JOIN pg_statio_user_indexes USING (indexrelid, indexrelname)
                        WHERE pg_stat_user_indexes.relname = 'job'""").get(0).get(0));
    }
}
