package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** An analysis that sees few running jobs makes the smaller index look cheaper, and the plan is kept. */
@DisplayName("On PostgreSQL, in a table that was analysed while few jobs ran, a claim")
class RunningJobsOfKeysTest {
    private static final int RUN_BEFORE = 8_000;
    private static final int RUNNING = 2_000;
    private static final int KEYS = 50;

    @Test
    @DisplayName("reads the running jobs of its keys, not those of others")
    void of_its_keys() {
        DataSource database = TestPostgres.newDatabase("running_of_keys");
        JdbcSchema.migrate(database);
        TestPostgres.quiet(database);
        JdbcJobStore store = JdbcJobStore.of(database);
        store.limits().orElseThrow().put(Limit.of("api").concurrency(2));
        UUID other = Jobs.worker(store);
        run(database, other, "old", RUN_BEFORE);
        Sql.run(
                database,
                "UPDATE job SET status = 'completed', worker_id = NULL, completed_at = now()"
                        + " WHERE id NOT IN (SELECT id FROM job LIMIT 2)");
        Sql.run(database, "ANALYZE job");
        run(database, other, "now", RUNNING);
        store.add(Jobs.encoded(IntStream.range(0, KEYS)
                .mapToObj(i -> Jobs.job().limit("api", "now" + i))
                .toArray(NewJob[]::new)));
        try (HikariDataSource one = ParkedJobsWithoutStatisticsTest.oneConnection(database)) {
            JdbcJobStore claiming = JdbcJobStore.of(one);
            UUID worker = Jobs.worker(claiming);
            long before = read(one);

            assertThat(Jobs.claim(claiming, worker, KEYS)).hasSize(KEYS);

            assertThat(read(one) - before)
                    .as("entries that the indexes of running jobs returned")
                    .isLessThanOrEqualTo(3 * KEYS);
        }
    }

    /** Each under a key of its own. */
    private static void run(DataSource database, UUID worker, String keys, int jobs) {
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, claim, attempt, worker_id, started_at, limits)"
                        + " SELECT gen_random_uuid(), 'old', 'processing', 1, 1, '" + worker + "', now(), 'api:"
                        + keys + "' || i - 1 FROM generate_series(1, " + jobs + ") AS i");
    }

    private static long read(DataSource database) {
        Sql.query(database, "SELECT pg_stat_force_next_flush()");
        return Long.parseLong(Sql.query(
                        database,
                        "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"
                                + " WHERE indexrelname IN ('job_running', 'job_limited')")
                .get(0)
                .get(0));
    }
}
