package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settlement;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * PostgreSQL plans a prepared statement anew at every run as long as this promises to be cheaper than a plan for any values. For a
 * claim it takes longer than claiming.
 */
@DisplayName("On PostgreSQL the plan is made once, and kept,")
@Tag("slow")
class ReusedPlansTest {
    private static final int RUNS = 30;

    @ParameterizedTest(
            name = "of claims of {0} and of their settlement, queues: {1}, statistics: {2}, registered types only: {3}")
    @CsvSource({
        "100, default, true, false",
        "100, default, false, false",
        "500, default, true, false",
        "500, default, false, false",
        "10, default, true, false",
        "1, default, true, false",
        "100, default other, true, false",
        "100, default other, false, false",
        "100, default, true, true",
        "100, default other, true, true"
    })
    void once(int limit, String queues, boolean withStatistics, boolean onlyTypes) throws SQLException {
        DataSource database = TestPostgres.newDatabase("reused_plans");
        JdbcSchema.migrate(database);
        TestPostgres.quiet(database);
        Sql.run(
                database,
                "INSERT INTO job (id, type, priority) SELECT gen_random_uuid(), 'plan', 0"
                        + " FROM generate_series(1, 50000) AS i");
        Sql.run(database, withStatistics ? "VACUUM ANALYZE job" : "SELECT 1");
        try (SingleConnection one = new SingleConnection(database.getConnection())) {
            JdbcJobStore store = JdbcJobStore.of(one);
            UUID worker = Jobs.worker(store);
            for (int run = 1; run <= RUNS; run++) {
                List<Job> claimed = store.claim(
                        new ClaimRequest(worker, List.of(queues.split(" ")), limit, Set.of("plan"), 3, onlyTypes));
                assertThat(claimed).hasSize(limit);
                store.settle(claimed.stream()
                        .map(job -> Settlement.complete(Claim.of(job), null))
                        .toList());
            }
            List<String> plannedAnew = Sql.query(one.connection(), """
                            SELECT custom_plans || ' of ' || custom_plans + generic_plans || ' runs: ' || statement
                            FROM pg_prepared_statements
                            WHERE custom_plans > 5""").stream()
                    .map(row -> row.get(0))
                    .toList();
            assertThat(plannedAnew).isEmpty();
        }
    }
}
