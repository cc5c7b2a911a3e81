package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobPage;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.count.OutcomeStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What searches and counts read on PostgreSQL, counted by the server, in a table of 40,000 jobs of a week that was analyzed and not vacuumed: as much as their budget of 1,000 jobs pays for,
 * however the server prepares statements.
 */
@Tag("slow")
@DisplayName("Searches and counts on PostgreSQL")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SearchPlansTest {
    private static final int ROWS = 40_000;
    private static final int BUDGET = 1_000;
    /** The server prepares a statement at its fifth run, and may make a generic plan at its sixth. */
    private static final int RUNS = 7;
    /**
     * Each row that is looked at counts as a block: once to find where the budget ends, if the table was not vacuumed, once to look at it, and some for indexes.
     * A walk through the whole table would be 40,000.
     */
    private static final long MOST_BLOCKS = 2_600;

    private static final int MINUTES = 10_080;
    private static final UUID GROUP = new UUID(0x7000, 0x8000000000000000L);

    private DataSource database;

    @BeforeAll
    void fill() {
        database = TestPostgres.newDatabase("search_plans");
        JdbcSchema.migrate(database);
        TestPostgres.quiet(database);
        Sql.run(database, "ALTER TABLE job_minute SET (autovacuum_enabled = false)");
        Sql.run(database, """
                INSERT INTO job (id, type, queue, user_id, status, created_at, run_at, worker_id, unique_key)
                SELECT CASE WHEN n %% 100 = 7 THEN gen_random_uuid() ELSE (substr(hex, 1, 8) || '-' || substr(hex, 9, 4)
                    || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid END,
                  'type' || n %% 20, 'q' || n %% 10, 'u' || n %% 100,
                  CASE WHEN n %% 5 = 3 THEN 'failed' WHEN n %% 10 = 4 THEN 'pending' ELSE 'completed' END, at, at, gen_random_uuid(),
                  CASE WHEN n %% 100 = 1 THEN 'k' || n / 100 %% 50 END
                FROM (SELECT n, now() - interval '7 days' + n * interval '15 seconds' AS at,
                    lpad(to_hex((extract(epoch FROM now() - interval '7 days' + n * interval '15 seconds') * 1000)::bigint), 12, '0') AS hex
                  FROM generate_series(1, %d) AS n) AS made""".formatted(ROWS));
        // A value that each second job has, one that a thousand have, and many that one has.
        Sql.run(database, """
                INSERT INTO job_label (job_id, name, label_value)
                SELECT id, name, CASE WHEN name = 'order' THEN 'o' || n WHEN n % 2 = 0 THEN 'large' ELSE 'small' || n % 20 END
                FROM (SELECT id, row_number() OVER (ORDER BY created_at) AS n FROM job) AS numbered,
                  (VALUES ('order'), ('tenant')) AS names (name)""");
        Sql.run(database, "ALTER TABLE job_label SET (autovacuum_enabled = false)");
        Sql.run(
                database,
                "INSERT INTO job (id, type, status, sealed) VALUES ('" + GROUP + "', 'group', 'waiting', true)");
        Sql.run(
                database,
                "INSERT INTO job (id, type, parent_id, position, status) SELECT gen_random_uuid(), 'child', '" + GROUP
                        + "', n, 'completed' FROM generate_series(1, 200) AS n");
    }

    private Map<String, JobQuery> queries() {
        JobQuery page = JobQuery.all().atMost(50);
        Instant hour = Instant.now().minus(Duration.ofHours(1));
        Map<String, JobQuery> queries = new LinkedHashMap<>();
        queries.put("newest", page);
        queries.put("no match", page.type("none"));
        queries.put("from the middle on", page.type("none").before(middle()));
        queries.put("one user", page.user("u5"));
        queries.put("one user, no match", page.user("u5").type("none"));
        queries.put("failed", page.status(JobStatus.FAILED));
        queries.put("failed, no match", page.status(JobStatus.FAILED).type("none"));
        queries.put("waiting", page.status(JobStatus.WAITING));
        queries.put("processing", page.status(JobStatus.PROCESSING));
        queries.put("one key", page.uniqueKey("k7"));
        queries.put("no such key", page.uniqueKey("none"));
        queries.put("children", page.parent(GROUP));
        queries.put("since an hour", page.since(hour));
        queries.put("since an hour, no match", page.since(hour).type("none"));
        queries.put("since an hour, failed", page.since(hour).status(JobStatus.FAILED));
        queries.put("an order", page.label("order", "o7"));
        queries.put("no such order", page.label("order", "none"));
        queries.put("a large tenant", page.label("tenant", "large"));
        queries.put("a large tenant, no match", page.label("tenant", "large").type("none"));
        queries.put("a large tenant, failed", page.label("tenant", "large").status(JobStatus.FAILED));
        queries.put("a large tenant, one user", page.label("tenant", "large").user("u5"));
        queries.put(
                "a small tenant, from the middle on",
                page.label("tenant", "small3").before(middle()));
        queries.put("one worker", page.worker(UUID.randomUUID()));
        queries.put("one worker, running", page.worker(UUID.randomUUID()).status(JobStatus.PROCESSING));
        queries.put("one key of a limit", page.limitKey(new LimitKey("tenant", "acme")));
        queries.put("ended since an hour", page.endedSince(hour));
        queries.put("ended since an hour, failed", page.endedSince(hour).status(JobStatus.FAILED));
        Instant days = Instant.now().minus(Duration.ofDays(3));
        queries.put("an hour three days ago", page.since(days).until(days.plus(Duration.ofHours(1))));
        queries.put(
                "an hour three days ago, no match",
                page.since(days).until(days.plus(Duration.ofHours(1))).type("none"));
        queries.put("ended three days ago", page.endedSince(days).endedUntil(days.plus(Duration.ofHours(1))));
        return queries;
    }

    private UUID middle() {
        return UUID.fromString(
                Sql.query(database, "SELECT id FROM job WHERE queue = 'q1' ORDER BY id OFFSET 2000 LIMIT 1")
                        .get(0)
                        .get(0));
    }

    @Test
    @DisplayName("read what their budget pays for, by every kind of plan")
    void bounded() throws SQLException {
        Sql.run(database, "ANALYZE job");
        Sql.run(database, "ANALYZE job_label");
        readLittle("auto");
        readLittle("force_generic_plan");
        readLittle("force_custom_plan");
    }

    @Test
    @DisplayName("of a label read no table as a whole, also when they look at a thousand of its jobs at a time")
    void manyAtOnce() throws SQLException {
        Sql.run(database, "ANALYZE job");
        Sql.run(database, "ANALYZE job_label");
        JobQuery large = JobQuery.all().label("tenant", "large");
        for (String mode : List.of("auto", "force_generic_plan", "force_custom_plan")) {
            try (One one = new One(mode)) {
                JdbcJobStore store = JdbcJobStore.of(one);
                for (int run = 1; run <= RUNS; run++) {
                    one.requireNoScan(mode, () -> store.search(large.type("none"), ROWS));
                    one.requireNoScan(mode, () -> store.countUpTo(large.type("type3"), ROWS, ROWS));
                }
            }
        }
    }

    @Test
    @DisplayName(
            "of an hour some days ago begin there: a budget that is much less than what came after finds all of them")
    void range() {
        Instant days = Instant.now().minus(Duration.ofDays(3));
        JobQuery hour =
                JobQuery.all().since(days).until(days.plus(Duration.ofHours(1))).atMost(1_000);

        JobPage page = JdbcJobStore.of(database).search(hour, BUDGET);

        assertThat(page.next()).isNull();
        assertThat(page.jobs()).hasSizeBetween(239, 241);
    }

    @Test
    @DisplayName("of failed jobs meet no others, however many there are of both")
    void failed() {
        JdbcJobStore store = JdbcJobStore.of(database);
        JobQuery failed = JobQuery.all().status(JobStatus.FAILED).atMost(50);

        JobPage first = store.search(failed, 50);

        assertThat(first.jobs()).extracting(job -> job.id().toString()).containsExactlyElementsOf(failedFrom(0));
        assertThat(store.search(first.next(), 50).jobs())
                .extracting(job -> job.id().toString())
                .containsExactlyElementsOf(failedFrom(50));
        assertThat(store.search(failed.type("type3"), 200).jobs()).hasSize(50);
    }

    @Test
    @DisplayName("of failed jobs of the last hour do not read those that failed before")
    void failedBefore() throws SQLException {
        DataSource kept = TestPostgres.newDatabase("failed_plans");
        JdbcSchema.migrate(kept);
        TestPostgres.quiet(kept);
        // Each on a page of its own, as in a table where most jobs complete.
        Sql.run(kept, "ALTER TABLE job SET (fillfactor = 10)");
        Sql.run(kept, """
                INSERT INTO job (id, type, status, created_at, run_at)
                SELECT (substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'mail', 'failed', at, at
                FROM (SELECT n, at, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS hex
                  FROM (SELECT n, now() - CASE WHEN n <= 20000 THEN interval '3 days' ELSE interval '1 minute' END AS at
                    FROM generate_series(1, 20050) AS n) AS times) AS made""");
        JobQuery lately = JobQuery.all()
                .status(JobStatus.FAILED)
                .since(Instant.now().minus(Duration.ofHours(1)))
                .atMost(100);
        for (String mode : List.of("auto", "force_generic_plan", "force_custom_plan")) {
            try (One one = new One(kept, mode)) {
                JdbcJobStore store = JdbcJobStore.of(one);
                for (int run = 1; run <= RUNS; run++) {
                    one.requireFew(
                            mode + ", run " + run,
                            () -> assertThat(store.search(lately, 20_000).jobs())
                                    .hasSize(50));
                }
            }
        }
    }

    private List<String> failedFrom(int offset) {
        return Sql.query(
                        database,
                        "SELECT id FROM job WHERE status = 'failed' ORDER BY id DESC LIMIT 50 OFFSET " + offset)
                .stream()
                .map(row -> row.get(0))
                .toList();
    }

    @Test
    @DisplayName("and sums of an hour read the minutes of that hour")
    void sums() throws SQLException {
        Sql.run(database, """
                INSERT INTO job_minute (minute_at, worker_id, queue, type, outcome, jobs, waits, runs)
                SELECT date_trunc('minute', now()) - interval '8 days' + n * interval '1 minute', gen_random_uuid(), 'q', 't',
                  'completed', 1, '1', '1' FROM generate_series(1, %d) AS n""".formatted(MINUTES));
        Sql.run(database, "ANALYZE job_minute");
        Instant from = Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofDays(2));
        try (One one = new One("auto")) {
            JdbcJobStore store = JdbcJobStore.of(one);
            OutcomeStore outcomes = store.outcomes().orElseThrow();
            for (int run = 1; run <= RUNS; run++) {
                one.requireHour(() -> assertThat(outcomes.read(from, from.plus(Duration.ofHours(1))))
                        .hasSize(60));
                one.requireHour(() -> assertThat(outcomes.readHours(from, from.plus(Duration.ofHours(1))))
                        .extracting(JobOutcomes::jobs)
                        .satisfies(jobs -> assertThat(
                                        jobs.stream().mapToLong(Long::longValue).sum())
                                .isEqualTo(60)));
            }
        }
    }

    private void readLittle(String planCacheMode) throws SQLException {
        Map<String, JobQuery> queries = queries();
        try (One one = new One(planCacheMode)) {
            JdbcJobStore store = JdbcJobStore.of(one);
            for (Map.Entry<String, JobQuery> each : queries.entrySet()) {
                JobQuery query = each.getValue();
                // As a client asks: each entry of a label costs two looks.
                int budget = query.label() == null ? BUDGET : BUDGET / 2;
                for (int run = 1; run <= RUNS; run++) {
                    String what = planCacheMode + ", run " + run + ", " + each.getKey();
                    one.requireFew("search: " + what, () -> store.search(query, budget));
                    one.requireFew("count: " + what, () -> store.countUpTo(query, 500, budget));
                }
            }
        }
    }

    private final class One extends SingleConnection {
        One(String planCacheMode) throws SQLException {
            this(database, planCacheMode);
        }

        One(DataSource other, String planCacheMode) throws SQLException {
            super(other.getConnection());
            awaitNoOthers();
            try (Statement statement = connection().createStatement()) {
                statement.execute("SET plan_cache_mode = " + planCacheMode);
            }
        }

        void requireFew(String what, Runnable work) throws SQLException {
            List<Long> before = counts("job");
            List<Long> labelsBefore = counts("job_label");
            work.run();
            List<Long> after = counts("job");
            List<Long> labelsAfter = counts("job_label");
            assertThat(after.get(0) - before.get(0))
                    .as("sequential scans of %s", what)
                    .isZero();
            assertThat(after.get(1) - before.get(1)).as("blocks of %s", what).isLessThan(MOST_BLOCKS);
            assertThat(labelsAfter.get(0) - labelsBefore.get(0))
                    .as("sequential scans of labels of %s", what)
                    .isZero();
            assertThat(labelsAfter.get(1) - labelsBefore.get(1))
                    .as("blocks of labels of %s", what)
                    .isLessThan(MOST_BLOCKS);
        }

        void requireNoScan(String mode, Runnable work) throws SQLException {
            long before = counts("job").get(0) + counts("job_label").get(0);
            work.run();
            assertThat(counts("job").get(0) + counts("job_label").get(0))
                    .as("sequential scans, %s", mode)
                    .isEqualTo(before);
        }

        void requireHour(Runnable work) throws SQLException {
            List<Long> before = counts("job_minute");
            work.run();
            List<Long> after = counts("job_minute");
            assertThat(after.get(0)).as("sequential scans").isEqualTo(before.get(0));
            assertThat(after.get(1) - before.get(1)).as("blocks of %d", MINUTES).isLessThan(70);
        }

        List<Long> counts(String table) throws SQLException {
            try (Statement statement = connection().createStatement()) {
                statement.execute("SELECT pg_stat_force_next_flush()");
            }
            Connection connection = connection();
            return Sql.query(connection, """
                            SELECT t.seq_scan, io.heap_blks_hit + io.heap_blks_read + io.idx_blks_hit + io.idx_blks_read
                            FROM pg_stat_user_tables t JOIN pg_statio_user_tables io USING (relid) WHERE t.relname = '%s'""".formatted(table)).get(0).stream()
                    .map(Long::valueOf)
                    .toList();
        }
    }
}
