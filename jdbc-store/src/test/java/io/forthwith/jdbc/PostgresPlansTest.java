package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.insight.QueueState;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobSituation;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What the store's own statements read, counted by the server, in a table of 100,000 due, 100,000 deferred and 100,000 ended
 * jobs. Autovacuum is off, so that the planner knows exactly what each test wants it to know; the tests run in order, from a
 * planner that takes the table for empty to one that knows everything.
 */
@DisplayName("Plans on PostgreSQL")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("slow")
class PostgresPlansTest {
    /** Jobs of other types are kept for a shorter or a longer time. */
    private static final Retention OF_TYPES = Retention.DEFAULT
            .type("rare", Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(30)))
            .type("precious", Retention.DEFAULT.completed(Duration.ofDays(365)).failed(Duration.ofDays(365)));

    private static final int BATCH = 100;
    /** The server prepares a statement at its fifth run, and may make a generic plan at its sixth. */
    private static final int RUNS = 12;

    private DataSource database;
    private final ReadByClaims readByClaims = new ReadByClaims();

    @BeforeAll
    void fill() {
        database = TestPostgres.newDatabase("plans");
        JdbcSchema.migrate(database);
        TestPostgres.quiet(database);
        Sql.run(database, "ANALYZE job");
        insert("priority, run_at", "i % 10, now() - i * interval '1 second'");
        insert("priority, run_at", "i % 10, now() + interval '1 day' + i * interval '1 second'");
        insert(
                "priority, status, claim, completed_at, worker_id",
                "i % 10, CASE WHEN i % 50 = 0 THEN 'failed' ELSE 'completed' END, 1, now(), gen_random_uuid()");
    }

    private void insert(String columns, String values) {
        Sql.run(
                database,
                "INSERT INTO job (id, type, " + columns + ") SELECT gen_random_uuid(), 'plan', " + values
                        + " FROM generate_series(1, 100000) AS i");
    }

    @Test
    @Order(1)
    @DisplayName("read no more than needed when the planner takes the table for empty")
    void stale_statistics() throws SQLException {
        claimsAndSettlesCheaply("auto");
        claimsAndSettlesCheaply("force_generic_plan");
        claimsAndSettlesCheaply("force_custom_plan");
    }

    @Test
    @Order(2)
    @DisplayName("read no more than needed without statistics")
    void no_statistics() throws SQLException {
        Sql.run(database, "DELETE FROM pg_statistic WHERE starelid = 'job'::regclass");
        Sql.run(database, "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = 'job'::regclass");
        claimsAndSettlesCheaply("auto");
        claimsAndSettlesCheaply("force_generic_plan");
        claimsAndSettlesCheaply("force_custom_plan");
    }

    @Test
    @Order(3)
    @DisplayName("read no more than needed with statistics")
    void statistics() throws SQLException {
        Sql.run(database, "VACUUM ANALYZE job");
        claimsAndSettlesCheaply("auto");
        claimsAndSettlesCheaply("force_generic_plan");
        claimsAndSettlesCheaply("force_custom_plan");
    }

    @Test
    @Order(4)
    @DisplayName("of a purge that finds nothing old enough read next to nothing")
    void purges() throws SQLException {
        purgesCheaply(database, "force_custom_plan");
        purgesCheaply(database, "force_generic_plan");
    }

    @Test
    @Order(5)
    @DisplayName("of a look at a user's newest jobs and of one job read only those")
    void lists() throws SQLException {
        UUID id = UUID.randomUUID();
        Sql.run(database, "INSERT INTO job (id, type, user_id) VALUES ('" + id + "', 'plan', 'u')");
        try (One one = new One("auto")) {
            JdbcJobStore store = JdbcJobStore.of(one);
            Counts counts = one.counted(() -> {
                assertThat(store.find(id)).isPresent();
                assertThat(store.scan(JobQuery.all().user("u"))).hasSize(1);
                assertThat(store.scan(JobQuery.all().atMost(20))).hasSize(20);
            });
            assertThat(counts.sequentialScans()).isZero();
            assertThat(counts.blocks()).isLessThan(200);
        }
    }

    @Test
    @Order(6)
    @DisplayName("of the settlement of a large batch look every job up, also where the table could be read as a whole")
    void large_batch() throws SQLException {
        DataSource small = TestPostgres.newDatabase("plans_small");
        JdbcSchema.migrate(small);
        Sql.run(
                small,
                "INSERT INTO job (id, type) SELECT gen_random_uuid(), 'plan' FROM generate_series(1, 20000) AS i");
        Sql.run(small, "INSERT INTO job (id, type, status) VALUES ('" + new UUID(0, 1) + "', 'plan', 'waiting')");
        Sql.run(
                small,
                "INSERT INTO job (id, type, parent_id) SELECT gen_random_uuid(), 'plan', '" + new UUID(0, 1)
                        + "' FROM generate_series(1, 20000) AS i");
        try (One one = new One(small, "force_custom_plan")) {
            JdbcJobStore store = JdbcJobStore.of(one);
            UUID worker = Jobs.worker(store);
            for (Ends ends : Ends.values()) {
                List<Job> claimed = store.claim(new ClaimRequest(worker, List.of("default"), 1_000, Set.of(), 3));
                List<Settlement> settlements = ends.of(claimed);
                assertThat(settlements).hasSize(1_000);
                Counts settling = one.counted(() -> store.settle(settlements));
                assertThat(settling.sequentialScans()).isZero();
            }
        }
    }

    @Test
    @Order(7)
    @DisplayName(
            "of a purge that finds nothing old enough read next to nothing, also where new jobs have the room of purged ones")
    void purges_where_pages_are_reused() throws SQLException {
        DataSource reused = TestPostgres.newDatabase("plans_reused");
        JdbcSchema.migrate(reused);
        ended(reused, 100_000, "interval '40 days'", "completed");
        // Some old ones stay among the new ones.
        Sql.run(
                reused,
                "UPDATE job SET status = 'failed', created_at = now() - interval '9 days',"
                        + " completed_at = now() - interval '9 days' WHERE random() < 0.01");
        Sql.run(reused, "DELETE FROM job WHERE status = 'completed'");
        Sql.run(reused, "VACUUM ANALYZE job");
        ended(reused, 100_000, "interval '1 hour'", "completed");
        Sql.run(reused, "VACUUM ANALYZE job");
        for (String planCacheMode : List.of("force_custom_plan", "force_generic_plan")) {
            purgesCheaply(reused, planCacheMode);
        }
    }

    @Test
    @Order(8)
    @DisplayName("of purges find every old job in the end, wherever it is, with any kind of id")
    void purges_find_everything() throws SQLException {
        DataSource mixed = TestPostgres.newDatabase("plans_mixed");
        JdbcSchema.migrate(mixed);
        ended(mixed, 1_500, "interval '9 days'", "completed");
        ended(mixed, 100_000, "interval '1 hour'", "completed");
        ended(mixed, 1_500, "interval '9 days'", "cancelled");
        Sql.run(mixed, "UPDATE job SET id = uuid_in(md5(id::text)::cstring) WHERE random() < 0.5");
        JdbcJobStore store = JdbcJobStore.of(mixed);
        // A call walks 16 pages, the first one from a random page on, so the walk has come round after this many. The
        // three
        // calls that find a thousand may walk less.
        int round = Integer.parseInt(
                        Sql.query(mixed, "SELECT pg_relation_size('job') / current_setting('block_size')::bigint / 16")
                                .get(0)
                                .get(0))
                + 1;
        int looks = 0;
        for (int purged = 0;
                purged < 3_000;
                purged += store.purge(Retention.DEFAULT, 1_000).jobs()) {
            assertThat(++looks).as("looks, with %s purged", purged).isLessThanOrEqualTo(round + 3);
        }
        assertThat(Sql.query(mixed, "SELECT count(*) FROM job").get(0)).containsExactly("100000");
    }

    @Test
    @Order(9)
    @DisplayName(
            "of claims look once for each of their queues whether it is paused, beside any number of paused queues")
    void paused_queues() throws SQLException {
        Sql.run(database, "ALTER TABLE job_queue SET (autovacuum_enabled = false)");
        claimsBesidePausedQueues(0);
        Sql.run(database, "INSERT INTO job_queue (name) SELECT 'paused-' || i FROM generate_series(1, 20000) AS i");
        claimsBesidePausedQueues(0);
        Sql.run(database, "VACUUM ANALYZE job_queue");
        claimsBesidePausedQueues(0);
        Sql.run(database, "INSERT INTO job_queue (name) VALUES ('default')");
        claimsBesidePausedQueues(BATCH);
    }

    /** @param held how many jobs of a claim are missing because their queue is paused */
    private void claimsBesidePausedQueues(int held) throws SQLException {
        for (String planCacheMode : List.of("auto", "force_generic_plan", "force_custom_plan")) {
            try (One one = new One(planCacheMode)) {
                JdbcJobStore store = JdbcJobStore.of(one);
                UUID worker = Jobs.worker(store);
                for (List<String> queues : List.of(List.of("default"), List.of("other", "default", "third"))) {
                    List<String> alsoLimits = new ArrayList<>();
                    for (int run = 1; run <= RUNS; run++) {
                        Pages before = Pages.of(one, "job_queue");
                        Pages beforeOfLimits = Pages.of(one, "job_limit");
                        Counts claiming = one.counted(
                                () -> assertThat(store.claim(new ClaimRequest(worker, queues, BATCH, Set.of(), 3)))
                                        .hasSize(BATCH - held));
                        Pages read = Pages.of(one, "job_queue").since(before);
                        // Each statement that looks at the queues also looks once whether there is a limit.
                        long statements = Pages.of(one, "job_limit").since(beforeOfLimits).looks;
                        String what = "claim " + run + " of " + queues + ", " + planCacheMode;
                        assertThat(claiming.sequentialScans())
                                .as("sequential scans, " + what)
                                .isZero();
                        if (held == 0) {
                            readByClaims.add(claiming, what);
                        } else {
                            assertThat(claiming.readyEntries())
                                    .as("entries of the ready index, " + what)
                                    .isZero();
                        }
                        assertThat(statements).as("statements, " + what).isBetween(1L, 2L);
                        if (statements == 2) {
                            alsoLimits.add(what);
                        }
                        assertThat(read.looks()).as("looks, " + what).isLessThanOrEqualTo(queues.size() * statements);
                        assertThat(read.blocks())
                                .as("blocks, " + what)
                                .isLessThanOrEqualTo(10L * queues.size() * statements);
                    }
                    // The first claim of a store, and one every ten seconds, asks by a statement of its own whether
                    // jobs under limits are ready. The others do not.
                    assertThat(alsoLimits).as("two statements").hasSizeLessThan(RUNS);
                }
            }
        }
    }

    /** What the server has counted for a table: looks of any kind, and blocks of the table and its index. */
    private record Pages(long looks, long blocks) {
        static Pages of(One one, String table) throws SQLException {
            try (Statement statement = one.connection().createStatement()) {
                statement.execute("SELECT pg_stat_force_next_flush()");
            }
            List<String> row = Sql.query(one.connection(), """
                            SELECT t.seq_scan + t.idx_scan, io.heap_blks_hit + io.heap_blks_read + io.idx_blks_hit + io.idx_blks_read
                            FROM pg_stat_user_tables t JOIN pg_statio_user_tables io USING (relid) WHERE t.relname = '%s'""".formatted(table)).get(0);
            return new Pages(Long.parseLong(row.get(0)), Long.parseLong(row.get(1)));
        }

        Pages since(Pages before) {
            return new Pages(looks - before.looks, blocks - before.blocks);
        }
    }

    /** Jobs with ids of version 7 that ended some time ago. */
    private static void ended(DataSource database, int count, String ago, String status) {
        Sql.run(database, """
                INSERT INTO job (id, type, status, claim, created_at, completed_at)
                SELECT (lpad(to_hex((extract(epoch FROM now() - %1$s) * 1000)::bigint + i), 12, '0') || '7'
                    || substr(md5(random()::text), 1, 3) || '8' || substr(md5(i::text), 1, 15))::uuid,
                  'plan', '%2$s', 1, now() - %1$s, now() - %1$s FROM generate_series(1, %3$s) AS i""".formatted(ago, status, count));
    }

    private void claimsAndSettlesCheaply(String planCacheMode) throws SQLException {
        try (One one = new One(planCacheMode)) {
            JdbcJobStore store = JdbcJobStore.of(one);
            UUID worker = Jobs.worker(store);
            for (Ends ends : List.of(Ends.ALL_COMPLETE, Ends.SOME_FAIL, Ends.ALL_COMPLETE_AND_ARE_DELETED)) {
                List<String> queues = ends == Ends.SOME_FAIL ? List.of("other", "default") : List.of("default");
                for (int run = 1; run <= RUNS; run++) {
                    List<Job> claimed = new ArrayList<>();
                    Counts claiming = one.counted(
                            () -> claimed.addAll(store.claim(new ClaimRequest(worker, queues, BATCH, Set.of(), 3))));
                    assertThat(claimed).hasSize(BATCH);
                    claiming.assertCheap("claim " + run + " of " + queues + ", " + planCacheMode);
                    readByClaims.add(claiming, "claim " + run + " of " + queues + ", " + planCacheMode);
                    // Every other time: the tests that follow count what claims leave behind.
                    Ends end = ends == Ends.ALL_COMPLETE && run % 2 == 0 ? Ends.ALL_COMPLETE_WITHOUT_RESULTS : ends;
                    Counts settling = one.counted(
                            () -> assertThat(store.settle(end.of(claimed))).containsOnly(Settled.APPLIED));
                    settling.assertCheap("settlement " + run + ", " + end + ", " + planCacheMode);
                    assertThat(settling.readyEntries())
                            .as("entries of the ready index, settlement " + run + ", " + end + ", " + planCacheMode)
                            .isLessThanOrEqualTo(3L * BATCH);
                }
            }
        }
    }

    @Test
    @Order(9)
    @DisplayName("of a look for jobs that have been due for long read a few entries of each queue")
    void overdue() throws SQLException {
        insert("queue, run_at", "'queue ' || i % 50, now() - i * interval '1 second'");
        for (String planCacheMode : List.of("force_custom_plan", "force_generic_plan")) {
            try (One one = new One(planCacheMode)) {
                JdbcJobStore store = JdbcJobStore.of(one);
                for (int run = 1; run <= RUNS; run++) {
                    Counts looking = one.counted(() ->
                            assertThat(store.overdue(Duration.ofMinutes(1))).hasSizeGreaterThan(50));
                    assertThat(looking.sequentialScans()).isZero();
                    assertThat(looking.readyEntries())
                            .as("entries, run " + run + ", " + planCacheMode)
                            .isLessThan(51 * 12);
                }
            }
        }
    }

    @Test
    @Order(10)
    @DisplayName("of a look at how a job stands among a hundred thousand others read as many entries as are counted")
    void situation() throws SQLException {
        NewJob job = Jobs.job().priority(3);
        for (String planCacheMode : List.of("force_custom_plan", "force_generic_plan")) {
            try (One one = new One(planCacheMode)) {
                JdbcJobStore store = JdbcJobStore.of(one);
                store.add(Jobs.encoded(job));
                for (int run = 1; run <= RUNS; run++) {
                    Counts looking = one.counted(() -> assertThat(
                                    store.situation(job.id()).orElseThrow().ahead())
                            .isEqualTo(JobSituation.MOST));
                    assertThat(looking.sequentialScans()).isZero();
                    assertThat(looking.readyEntries())
                            .as("entries, run " + run + ", " + planCacheMode)
                            .isLessThan(3 * JobSituation.MOST);
                }
            }
        }
    }

    @Test
    @Order(11)
    @DisplayName(
            "of a look at the queues read as many entries of each as are counted, and of the oldest ones once more")
    void queues() throws SQLException {
        for (String planCacheMode : List.of("force_custom_plan", "force_generic_plan")) {
            try (One one = new One(planCacheMode)) {
                JdbcJobStore store = JdbcJobStore.of(one);
                for (int run = 1; run <= RUNS; run++) {
                    List<QueueState> states = new ArrayList<>();
                    Counts looking = one.counted(() -> states.addAll(store.queues()));
                    assertThat(states)
                            .filteredOn(queue -> queue.queue().equals(NewJob.DEFAULT_QUEUE))
                            .singleElement()
                            .satisfies(queue -> assertThat(List.of(
                                            queue.due().jobs(),
                                            queue.scheduled().jobs()))
                                    .allMatch(jobs -> jobs >= QueueState.MOST));
                    // The first look counts a thousand of each kind in 51 queues, the second one what the answer says.
                    int counted = states.stream()
                            .mapToInt(queue -> queue.due().jobs()
                                    + queue.scheduled().jobs()
                                    + queue.limited().jobs())
                            .sum();
                    assertThat(looking.sequentialScans()).isZero();
                    assertThat(looking.readyEntries())
                            .as("entries, run " + run + ", " + planCacheMode + ", " + counted + " jobs counted")
                            .isLessThan(55 * QueueState.MOST + counted);
                }
            }
        }
    }

    private enum Ends {
        ALL_COMPLETE,
        ALL_COMPLETE_WITHOUT_RESULTS,
        SOME_FAIL,
        ALL_COMPLETE_AND_ARE_DELETED;

        List<Settlement> of(List<Job> jobs) {
            return IntStream.range(0, jobs.size())
                    .mapToObj(i -> of(Claim.of(jobs.get(i)), i))
                    .toList();
        }

        private Settlement of(Claim claim, int i) {
            if (this == ALL_COMPLETE_AND_ARE_DELETED) {
                return Settlement.completeAndDelete(claim, null);
            }
            if (this == ALL_COMPLETE_WITHOUT_RESULTS) {
                return Settlement.complete(claim, null);
            }
            return this == SOME_FAIL && i % 4 == 0
                    ? Settlement.fail(claim, JobError.permanent("broken", "It broke"), Locale.ENGLISH)
                    : Settlement.complete(claim, "{\"n\":1}");
        }
    }

    private void purgesCheaply(DataSource of, String planCacheMode) throws SQLException {
        try (One one = new One(of, planCacheMode)) {
            JdbcJobStore store = JdbcJobStore.of(one);
            for (int run = 1; run <= RUNS; run++) {
                for (Retention retention : List.of(Retention.DEFAULT, OF_TYPES)) {
                    Counts purging = one.counted(() ->
                            assertThat(store.purge(retention, 1_000).jobs()).isZero());
                    assertThat(purging.blocks())
                            .as("blocks, purge " + run + ", " + planCacheMode + ", " + retention)
                            .isLessThan(550);
                }
            }
        }
    }

    /** The entries of the ready index that claims have read. One that starts at the first job reads those of earlier claims, for several of them together. */
    private static final class ReadByClaims {
        private long entries;
        private int claims;

        void add(Counts claiming, String what) {
            entries += claiming.readyEntries();
            claims++;
            assertThat(entries)
                    .as("entries of the ready index in " + claims + " claims, " + what)
                    .isLessThanOrEqualTo(3L * BATCH * claims);
        }
    }

    /** What the server has counted. */
    private record Counts(long sequentialScans, long readyEntries, long runningEntries, long blocks) {
        Counts since(Counts before) {
            return new Counts(
                    sequentialScans - before.sequentialScans,
                    readyEntries - before.readyEntries,
                    runningEntries - before.runningEntries,
                    blocks - before.blocks);
        }

        /** Per job: a few pages of each index and of the table; never the table. */
        void assertCheap(String what) {
            assertThat(sequentialScans).as("sequential scans, " + what).isZero();
            assertThat(runningEntries)
                    .as("entries of the running index, " + what)
                    .isZero();
            assertThat(blocks).as("blocks, " + what).isLessThan(40 * BATCH);
        }
    }

    /** One session, whose counters are read by itself. */
    private final class One extends SingleConnection {
        One(String planCacheMode) throws SQLException {
            this(database, planCacheMode);
        }

        One(DataSource of, String planCacheMode) throws SQLException {
            super(of.getConnection());
            try (Statement statement = connection().createStatement()) {
                statement.execute("SET plan_cache_mode = " + planCacheMode);
            }
            awaitNoOthers();
        }

        Counts counted(Runnable work) throws SQLException {
            Counts before = counts();
            work.run();
            return counts().since(before);
        }

        private Counts counts() throws SQLException {
            try (Statement statement = connection().createStatement()) {
                statement.execute("SELECT pg_stat_force_next_flush()");
            }
            Connection connection = connection();
            List<String> row = Sql.query(connection, """
                            SELECT t.seq_scan,
                              (SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'job_ready'),
                              (SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'job_running'),
                              io.heap_blks_hit + io.heap_blks_read + io.idx_blks_hit + io.idx_blks_read
                            FROM pg_stat_user_tables t JOIN pg_statio_user_tables io USING (relid) WHERE t.relname = 'job'""").get(0);
            List<Long> numbers = row.stream().map(Long::valueOf).toList();
            return new Counts(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
        }
    }
}
