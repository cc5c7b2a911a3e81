package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.ClaimRequest;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the statements about families read on PostgreSQL, as the server counts it: a family of 50,000 among many jobs of other kinds,
 * with the worst statistics and plans there are.
 */
@DisplayName("The statements about a large family")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FamilyPlansTest {
    private static final int CHILDREN = 50_000;
    private static final int BATCH = 50;
    private static final int RUNS = 8;

    private DataSource database;
    private final UUID parent = new UUID(0, 1);

    @BeforeAll
    void fill() {
        database = TestPostgres.newDatabase("family_plans");
        JdbcSchema.migrate(database);
        TestPostgres.quiet(database);
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, sealed, updated_at) VALUES ('" + parent
                        + "', 'plan', 'waiting', true, now() + interval '1 hour')");
        Sql.run(
                database,
                "INSERT INTO job (id, type, parent_id, position, status) SELECT gen_random_uuid(), 'plan', '" + parent
                        + "', i, CASE WHEN i < 40000 THEN 'completed' ELSE 'pending' END FROM generate_series(1, "
                        + CHILDREN + ") AS i");
        // Many small families, so that statistics expect every family to be small.
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, parent_id, position, completed_at) SELECT gen_random_uuid(), 'plan',"
                        + " 'completed', gen_random_uuid(), 1, now() FROM generate_series(1, 50000) AS i");
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "force_generic_plan", "force_custom_plan"})
    @DisplayName("read a few rows for each child that completes")
    void settle(String planCacheMode) throws SQLException {
        for (String statistics : List.of("DELETE FROM pg_statistic WHERE starelid = 'job'::regclass", "ANALYZE job")) {
            Sql.run(database, statistics);
            try (SingleConnection one = new SingleConnection(database.getConnection())) {
                try (Statement statement = one.connection().createStatement()) {
                    statement.execute("SET plan_cache_mode = " + planCacheMode);
                }
                one.awaitNoOthers();
                JdbcJobStore store = JdbcJobStore.of(one);
                UUID worker = Jobs.worker(store);
                for (int run = 1; run <= RUNS; run++) {
                    List<Job> claimed = store.claim(new ClaimRequest(worker, List.of("default"), BATCH, Set.of(), 3));
                    assertThat(claimed).hasSize(BATCH);
                    long before = rows(one);
                    String earlier = byIndex(one);
                    store.settle(Jobs.completed(claimed));
                    long after = rows(one);
                    assertThat(after - before)
                            .as(() -> "rows read, " + planCacheMode + " after " + statistics + "; before: " + earlier
                                    + ", after: " + byIndex(one))
                            .isLessThan(20 * BATCH);
                }
            }
        }
        assertThat(JdbcJobStore.of(database).find(parent).orElseThrow().status())
                .isEqualTo(JobStatus.WAITING);
    }

    @Test
    @DisplayName("read a page of children at the cost of the page")
    void pages() throws SQLException {
        Sql.run(database, "DELETE FROM pg_statistic WHERE starelid = 'job'::regclass");
        try (SingleConnection one = new SingleConnection(database.getConnection())) {
            one.awaitNoOthers();
            JdbcJobStore store = JdbcJobStore.of(one);
            for (int run = 1; run <= RUNS; run++) {
                long before = rows(one);
                assertThat(store.children(parent, CHILDREN / 2, 100)).hasSize(100);
                assertThat(rows(one) - before).as("rows, run " + run).isLessThan(1_000);
            }
        }
    }

    /** What a failure needs to say: which table was read as a whole, or which index. */
    private static String byIndex(SingleConnection one) {
        try {
            return Sql.query(one.connection(), """
                    SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE seq_tup_read > 0
                    UNION ALL
                    SELECT indexrelname, idx_tup_read FROM pg_stat_user_indexes WHERE idx_tup_read > 0
                    ORDER BY 1""").toString();
        } catch (SQLException failed) {
            throw new AssertionError(failed);
        }
    }

    private static long rows(SingleConnection one) throws SQLException {
        try (Statement statement = one.connection().createStatement()) {
            statement.execute("SELECT pg_stat_force_next_flush()");
        }
        return Long.parseLong(Sql.query(one.connection(), """
                        SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE indexrelname = 'job_child')
                        FROM pg_stat_user_tables WHERE relname IN ('job', 'job_predecessor')""").get(0).get(0));
    }
}
