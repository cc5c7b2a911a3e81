package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.limit.LimitKey;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** InnoDB counts what it reads, row by row, for each session: whatever plan it takes, a search must not read more than its budget pays for. */
@Tag("slow")
@DisplayName("On MariaDB, in a table of 40,000 jobs of a week,")
class MariaDbSearchPlansTest {
    private static final int ROWS = 40_000;
    private static final int BUDGET = 1_000;

    /** Each row that is looked at is read by an index and then as a whole, and once more to find where the budget ends. */
    private static final long MOST_READ = 3L * BUDGET + 200;

    /** A search for jobs of some statuses first counts up to 5,000 of them, to see whether it is cheaper to sort them than to walk through all jobs. */
    private static final long TO_DECIDE = 2 * 5_000;

    private static final int MINUTES = 10_080;
    private static final UUID GROUP = new UUID(0x7000, 0x8000000000000000L);

    private static DataSource filled() {
        DataSource database = TestMariaDb.newDatabase("search_plans");
        JdbcSchema.migrate(database);
        // The server would count the rows anew after such changes, and perhaps choose other plans in the middle of the
        // test.
        Sql.run(database, "ALTER TABLE job STATS_AUTO_RECALC = 0");
        Sql.run(database, "ALTER TABLE job_minute STATS_AUTO_RECALC = 0");
        Sql.run(database, """
                INSERT INTO job (id, type, queue, user_id, status, created_at, run_at, worker_id)
                SELECT IF(seq %% 100 = 7, UUID(),
                    CONCAT(SUBSTR(hex, 1, 8), '-', SUBSTR(hex, 9, 4), '-7000-8000-', LPAD(HEX(seq), 12, '0'))),
                  CONCAT('type', seq %% 20), CONCAT('q', seq %% 10), CONCAT('u', seq %% 100),
                  CASE WHEN seq %% 5 = 3 THEN 'failed' WHEN seq %% 10 = 4 THEN 'pending' ELSE 'completed' END, made, made, UUID()
                FROM (SELECT seq, UTC_TIMESTAMP(6) - INTERVAL 7 DAY + INTERVAL seq * 15 SECOND AS made,
                    LPAD(HEX((UNIX_TIMESTAMP(UTC_TIMESTAMP()) - 604800 + seq * 15) * 1000), 12, '0') AS hex
                  FROM seq_1_to_%d) AS numbered""".formatted(ROWS));
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, sealed) VALUES ('" + GROUP + "', 'group', 'waiting', TRUE)");
        Sql.run(
                database,
                "INSERT INTO job (id, type, parent_id, position, status) SELECT UUID(), 'child', '" + GROUP
                        + "', seq, 'completed' FROM seq_1_to_200");
        Sql.run(
                database,
                "INSERT INTO job_minute (minute_at, worker_id, queue, type, outcome, jobs, waits, runs)"
                        + " SELECT FROM_UNIXTIME(FLOOR(UNIX_TIMESTAMP() / 60) * 60) - INTERVAL 8 DAY + INTERVAL seq MINUTE, UUID(), 'q', 't', 'completed',"
                        + " 1, '1', '1' FROM seq_1_to_" + MINUTES);
        Sql.run(database, "ALTER TABLE job_label STATS_AUTO_RECALC = 0");
        Sql.run(database, """
                INSERT INTO job_label (job_id, name, label_value)
                SELECT id, 'order', CONCAT('o', ROW_NUMBER() OVER (ORDER BY created_at)) FROM job
                UNION ALL SELECT id, 'tenant', IF(queue IN ('q1', 'q3', 'q5', 'q7'), 'large', CONCAT('small', type)) FROM job""");
        Sql.run(database, "ANALYZE TABLE job, job_minute, job_label");
        return database;
    }

    private static Map<String, JobQuery> queries() {
        JobQuery page = JobQuery.all().atMost(50);
        Map<String, JobQuery> queries = new LinkedHashMap<>();
        queries.put("newest", page);
        queries.put("no match", page.type("none"));
        queries.put("one user", page.user("u5"));
        queries.put("one user, no match", page.user("u5").type("none"));
        queries.put("failed", page.status(JobStatus.FAILED));
        queries.put("failed, no match", page.status(JobStatus.FAILED).type("none"));
        queries.put("waiting", page.status(JobStatus.WAITING));
        queries.put("processing", page.status(JobStatus.PROCESSING));
        queries.put("children", page.parent(GROUP));
        queries.put("an order", page.label("order", "o7"));
        queries.put("a large tenant", page.label("tenant", "large"));
        queries.put("a large tenant, no match", page.label("tenant", "large").type("none"));
        queries.put("one worker", page.worker(UUID.randomUUID()));
        queries.put("one key of a limit", page.limitKey(new LimitKey("tenant", "acme")));
        queries.put("ended since an hour", page.endedSince(Instant.now().minus(Duration.ofHours(1))));
        queries.put("until an hour ago", page.until(Instant.now().minus(Duration.ofHours(1))));
        queries.put("since an hour", page.since(Instant.now().minus(Duration.ofHours(1))));
        return queries;
    }

    @Test
    @DisplayName(
            "searches and counts read what their budget pays for, and sums of an hour read the minutes of that hour")
    void bounded() throws SQLException {
        DataSource database = filled();
        try (SingleConnection connection = new SingleConnection(database.getConnection())) {
            JdbcJobStore store = JdbcJobStore.of(connection);
            Map<String, Long> read = new LinkedHashMap<>();
            queries().forEach((what, query) -> {
                read.put("search: " + what, rowsRead(connection, () -> store.search(query, BUDGET)));
                read.put("count: " + what, rowsRead(connection, () -> store.countUpTo(query, 500, BUDGET)));
            });
            assertThat(read)
                    .allSatisfy((what, rows) -> assertThat(rows)
                            .isLessThan(what.startsWith("search: failed") ? MOST_READ + TO_DECIDE : MOST_READ));

            Instant hourAgo = Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofDays(2));
            long minutes = rowsRead(
                    connection,
                    () -> assertThat(store.outcomes().orElseThrow().read(hourAgo, hourAgo.plus(Duration.ofHours(1))))
                            .hasSize(60));
            assertThat(minutes).isBetween(60L, 130L);
        }
    }

    private static long rowsRead(SingleConnection connection, Runnable work) {
        long before = handlerReads(connection);
        work.run();
        return handlerReads(connection) - before;
    }

    private static long handlerReads(SingleConnection connection) {
        try {
            return Sql.query(connection.connection(), "SHOW SESSION STATUS LIKE 'Handler_read%'").stream()
                    .mapToLong(row -> Long.parseLong(row.get(1)))
                    .sum();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
