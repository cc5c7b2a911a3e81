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
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, sealed, updated_at) VALUES ('" + parent
                        + "', 'plan', 'waiting', true, now() + interval '1 hour')");
        Sql.run(
                database,
                "INSERT INTO job (id, type, parent_id, position) SELECT gen_random_uuid(), 'plan', '" + parent
                        + "', i FROM generate_series(1, " + CHILDREN + ") AS i");
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
                JdbcJobStore store = JdbcJobStore.of(one);
                UUID worker = Jobs.worker(store);
                for (int run = 1; run <= RUNS; run++) {
                    List<Job> claimed = store.claim(new ClaimRequest(worker, List.of("default"), BATCH, Set.of(), 3));
                    assertThat(claimed).hasSize(BATCH);
                    long before = blocks(one);
                    store.settle(Jobs.completed(claimed));
                    assertThat(blocks(one) - before)
                            .as("blocks, run " + run + ", " + planCacheMode + " after " + statistics)
                            .isLessThan(60 * BATCH);
                }
            }
        }
        assertThat(JdbcJobStore.of(database).find(parent).orElseThrow().status())
                .isEqualTo(JobStatus.WAITING);
    }

    @Test
    @DisplayName("read a page of children at the cost of the page")
    void pages() throws SQLException {
        try (SingleConnection one = new SingleConnection(database.getConnection())) {
            JdbcJobStore store = JdbcJobStore.of(one);
            for (int run = 1; run <= RUNS; run++) {
                long before = blocks(one);
                assertThat(store.children(parent, CHILDREN / 2, 100)).hasSize(100);
                assertThat(blocks(one) - before).as("blocks, run " + run).isLessThan(1_000);
            }
        }
    }

    private static long blocks(SingleConnection one) throws SQLException {
        try (Statement statement = one.connection().createStatement()) {
            statement.execute("SELECT pg_stat_force_next_flush()");
        }
        return Long.parseLong(Sql.query(one.connection(), """
                        SELECT sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read)
                        FROM pg_statio_user_tables WHERE relname IN ('job', 'job_predecessor')""").get(0).get(0));
    }
}
