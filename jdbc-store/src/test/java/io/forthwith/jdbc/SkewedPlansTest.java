package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobQuery;
import io.forthwith.store.RetryResult;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the store's own statements read, and by which indexes, in a table in which nothing is spread evenly: all due jobs have the lowest
 * priority or are in one of several queues, one user has nine tenths of the rows and another has three, and a hundred among the due are
 * at their last try. With and without statistics, and with the plans that are made for values and for none.
 */
@DisplayName("Plans on PostgreSQL, in a skewed table:")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SkewedPlansTest {
    private static final int BATCH = 100;
    private static final int RUNS = 3;
    private static final int SUSPECTS = 100;
    private static final int HELD = 1_000;
    private static final int WORKERS = 10;
    private static final int FAILED = 200;
    private static final Duration LEASE = Duration.ofMinutes(10);

    private DataSource database;
    private DataSource analyzed;
    private long tableBlocks;

    @BeforeAll
    void fill() {
        database = TestPostgres.newDatabase("skewed_plans");
        JdbcSchema.migrate(database);
        Sql.run(database, "ALTER TABLE job SET (autovacuum_enabled = false)");
        insert(100_000, "user_id, project_id, type, status, claim, error_code, completed_at, created_at", """
                CASE WHEN i % 10 > 0 THEN 'big' WHEN i % 30000 = 0 THEN 'small' ELSE 'u' || i % 5000 END,
                CASE WHEN i % 10 > 0 THEN 'big' ELSE 'p' || i % 5000 END, CASE WHEN i % 1000 = 0 THEN 'rare' ELSE 'plan' END,
                CASE WHEN i % 500 = 0 THEN 'failed' WHEN i % 10000 = 3 THEN 'cancelled' ELSE 'completed' END, 1,
                CASE WHEN i % 500 = 0 THEN 'e' || i % 7 END, now(), now() - interval '1 hour'""");
        insert(30_000, "type, priority, run_at", "'plan', 0, now() - i * interval '1 second'");
        insert(30_000, "type, priority, queue, run_at", "'plan', 5, 'busy', now() - i * interval '1 second'");
        insert(30_000, "type, priority, run_at", "'plan', 9, now() + interval '1 day' + i * interval '1 second'");
        insert(SUSPECTS, "type, priority, run_at, lost_workers", "'plan', 0, now() - interval '1 day', 2");
        insert(HELD * WORKERS, "type, status, claim, attempt, worker_id", "'plan', 'processing', 1, 1, " + worker("i"));
        Sql.run(
                database,
                "INSERT INTO job_worker (id, name, host, pid, lease_until) SELECT " + worker("i")
                        + ", 'live', 'here', 1, now() + interval '1 day' FROM generate_series(1, " + WORKERS
                        + ") AS i");
        analyzed = TestPostgres.copy("skewed_plans", "skewed_plans_analyzed");
        Sql.run(analyzed, "VACUUM ANALYZE job");
        tableBlocks = Long.parseLong(Sql.query(database, "SELECT pg_relation_size('job') / 8192")
                .get(0)
                .get(0));
    }

    /** Ids in the order of time, as the library draws them. */
    private void insert(int rows, String columns, String values) {
        Sql.run(
                database,
                "INSERT INTO job (id, " + columns + ") SELECT ('01' || lpad(to_hex(c.before + i), 30, '0'))::uuid, "
                        + values + " FROM (SELECT count(*) AS before FROM job) AS c, generate_series(1, " + rows
                        + ") AS i");
    }

    private static String worker(String number) {
        return "lpad(to_hex(" + number + " % " + WORKERS + "), 32, '0')::uuid";
    }

    static Stream<Arguments> planners() {
        return Stream.of(false, true)
                .flatMap(hasStatistics -> Stream.of("force_generic_plan", "force_custom_plan")
                        .map(mode -> Arguments.of(hasStatistics, mode)));
    }

    @ParameterizedTest
    @MethodSource("planners")
    @DisplayName("a claim reads what it hands out, and each suspect once")
    void claims(boolean hasStatistics, String mode) throws SQLException {
        try (PlannedSession session = open(hasStatistics, mode)) {
            JdbcJobStore store = JdbcJobStore.of(session);
            for (List<String> queues : List.of(List.of("default"), List.of("a", "busy", "c"))) {
                UUID worker = Jobs.worker(store);
                check(
                        session,
                        "claim of " + queues,
                        25 * BATCH,
                        index("job_ready", "job_suspect", "job_pkey"),
                        () -> assertThat(store.claim(new ClaimRequest(worker, queues, BATCH, Set.of("plan"), 3)))
                                .hasSize(BATCH));
            }
            UUID worker = Jobs.worker(store);
            for (List<String> queues : List.of(List.of("empty"), List.of("d", "e", "f"))) {
                check(
                        session,
                        "claim of " + queues,
                        5 * SUSPECTS,
                        index("job_ready"),
                        () -> assertThat(store.claim(new ClaimRequest(worker, queues, BATCH, Set.of("plan"), 3)))
                                .isEmpty());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("planners")
    @DisplayName("what a worker holds is read by its id")
    void held(boolean hasStatistics, String mode) throws SQLException {
        try (PlannedSession session = open(hasStatistics, mode)) {
            JdbcJobStore store = JdbcJobStore.of(session);
            UUID worker = new UUID(0, 1);
            check(
                    session,
                    "held",
                    2 * HELD,
                    index("job_running"),
                    () -> assertThat(store.held(worker)).hasSize(HELD));
            check(session, "beat", 2 * HELD, index("job_running"), () -> store.beat(worker, LEASE));
        }
    }

    @ParameterizedTest
    @MethodSource("planners")
    @DisplayName("a take-over reads nothing of what live workers hold, and a few blocks for each job that it takes")
    void takeOver(boolean hasStatistics, String mode) throws SQLException {
        try (PlannedSession session = open(hasStatistics, mode)) {
            JdbcJobStore store = JdbcJobStore.of(session);
            TakeOverRequest request = new TakeOverRequest(9, Duration.ofDays(1), Locale.ENGLISH);
            check(
                    session,
                    "take-over of nothing",
                    20 * WORKERS,
                    index("job_running"),
                    () -> assertThat(store.takeOver(request)).isEmpty());
            UUID dead = UUID.randomUUID();
            give(session, dead);
            give(session, UUID.randomUUID());
            session.execute("INSERT INTO job_worker (id, name, host, pid, lease_until) VALUES ('" + dead
                    + "', 'dead', 'here', 1, now() - interval '1 hour')");
            PlannedSession.Counts counts =
                    session.counted(() -> assertThat(store.takeOver(request)).hasSize(2 * HELD));
            assertThat(counts.sequentialScans()).isZero();
            assertThat(counts.blocks()).isLessThan(2 * 40 * HELD);
        }
    }

    /** Has a worker hold jobs that are due later than those which the other tests claim. */
    private static void give(PlannedSession session, UUID worker) throws SQLException {
        session.execute("UPDATE job SET status = 'processing', claim = 1, attempt = 1, worker_id = '" + worker
                + "' WHERE id IN (SELECT id FROM job WHERE status = 'pending' AND queue = 'busy' ORDER BY run_at DESC LIMIT "
                + HELD + ")");
    }

    @ParameterizedTest
    @MethodSource("planners")
    @DisplayName(
            "lists by user, parent, undone steps and unfinished or failed status read that; others walk the table once")
    void lists(boolean hasStatistics, String mode) throws SQLException {
        JobQuery all = JobQuery.all();
        UUID middle = UUID.fromString("01000000-0000-0000-0000-00000000c350");
        try (PlannedSession session = open(hasStatistics, mode)) {
            JdbcJobStore store = JdbcJobStore.of(session);
            Looking lists = (query, blocks, indexes) ->
                    check(session, "list of " + query, blocks, indexes, () -> store.list(query));
            for (JobQuery first : List.of(all, all.before(middle))) {
                lists.look(first, 100, index("job_pkey"));
                lists.look(first.user("big"), 300, index("job_user"));
                lists.look(first.user("small"), 30, index("job_user"));
                lists.look(first.user("small").status(JobStatus.COMPLETED), 30, index("job_user"));
                lists.look(first.status(JobStatus.FAILED), 3 * FAILED, index("job_failed"));
                lists.look(first.status(JobStatus.FAILED).errorCode("e3"), 3 * FAILED, index("job_failed"));
                lists.look(first.status(JobStatus.PROCESSING), 2 * HELD * WORKERS, index());
            }
            lists.look(all.parent(middle), 30, index("job_child"));
            lists.look(all.undos().status(JobStatus.PENDING), 30, index("job_undo"));
            for (JobQuery other : List.of(
                    all.project("p10"),
                    all.type("rare"),
                    all.type("none"),
                    all.queue("busy"),
                    all.errorCode("e3"),
                    all.status(JobStatus.CANCELLED),
                    all.status(JobStatus.WAITING))) {
                assertThat(session.counted(() -> store.list(other)).blocks())
                        .as("blocks, list of " + other)
                        .isLessThan(4 * tableBlocks);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("planners")
    @DisplayName("counts by user and by unfinished or failed status read that")
    void counts(boolean hasStatistics, String mode) throws SQLException {
        JobQuery all = JobQuery.all();
        try (PlannedSession session = open(hasStatistics, mode)) {
            JdbcJobStore store = JdbcJobStore.of(session);
            Looking counts = (query, blocks, indexes) ->
                    check(session, "count of " + query, blocks, indexes, () -> store.count(query));
            counts.look(all.user("small"), 30, index("job_user"));
            counts.look(all.status(JobStatus.FAILED), 3 * FAILED, index("job_failed"));
            counts.look(all.status(JobStatus.PROCESSING), 2 * HELD * WORKERS, index("job_running"));
            counts.look(all.queue("busy").status(JobStatus.PENDING), (int) tableBlocks, index("job_ready"));
            assertThat(session.counted(() -> store.count(all)).blocks()).isLessThan(2 * tableBlocks);
        }
    }

    @ParameterizedTest
    @MethodSource("planners")
    @DisplayName("jobs that are added, cancelled, retried and deleted are found by their ids and keys")
    void byId(boolean hasStatistics, String mode) throws SQLException {
        try (PlannedSession session = open(hasStatistics, mode)) {
            JdbcJobStore store = JdbcJobStore.of(session);
            check(session, "add of half that is there", 40 * BATCH, index(), () -> addsHalf(store));
            check(session, "add, cancel, find, retry, cancel", 200, index("job_pkey"), () -> comesAndGoes(store));
            UUID worker = Jobs.worker(store);
            check(session, "deletion", 40 * BATCH, index("job_pkey"), () -> {
                List<Job> claimed = store.claim(new ClaimRequest(worker, List.of("busy"), BATCH, Set.of(), 3));
                List<Settlement> deletions = claimed.stream()
                        .map(job -> Settlement.completeAndDelete(Claim.of(job), null))
                        .toList();
                assertThat(store.settle(deletions)).hasSize(BATCH);
                assertThat(store.find(claimed.get(0).id())).isEmpty();
            });
        }
    }

    private static void addsHalf(JdbcJobStore store) {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            NewJob job = NewJob.of(Jobs.TYPE, "").delay(Duration.ofDays(2));
            jobs.add(i % 2 == 0 ? job.id(UUID.fromString("01000000-0000-0000-0000-%012x".formatted(i + 1))) : job);
        }
        List<EncodedJob> encoded =
                jobs.stream().map(job -> new EncodedJob(job, "{}")).toList();
        assertThat(store.add(encoded))
                .filteredOn(added -> added.outcome() == Added.Outcome.ID_EXISTS)
                .hasSize(BATCH / 2);
    }

    private static void comesAndGoes(JdbcJobStore store) {
        NewJob job = NewJob.of(Jobs.TYPE, "").delay(Duration.ofDays(2)).uniqueKey("k");
        assertThat(store.add(Jobs.encoded(job)).get(0).outcome()).isEqualTo(Added.Outcome.ADDED);
        NewJob rival = NewJob.of(Jobs.TYPE, "").uniqueKey("k");
        assertThat(store.add(Jobs.encoded(rival))).containsExactly(new Added(job.id(), Added.Outcome.KEY_TAKEN));
        assertThat(store.cancel(job.id(), Locale.ENGLISH)).isEqualTo(CancelResult.CANCELLED);
        assertThat(store.retry(job.id()).outcome()).isEqualTo(RetryResult.Outcome.RETRIED);
        assertThat(store.cancel(job.id(), Locale.ENGLISH)).isEqualTo(CancelResult.CANCELLED);
    }

    @ParameterizedTest
    @MethodSource("planners")
    @DisplayName("a page of jobs to be retried reads a few blocks for each")
    void retryPage(boolean hasStatistics, String mode) throws SQLException {
        try (PlannedSession session = open(hasStatistics, mode)) {
            JdbcJobStore store = JdbcJobStore.of(session);
            JobQuery failed = JobQuery.all().status(JobStatus.FAILED).limit(20);
            check(
                    session,
                    "retry of a page",
                    20 * FAILED,
                    index("job_failed"),
                    () -> assertThat(store.retryPage(failed).retried()).isEqualTo(20));
        }
    }

    @FunctionalInterface
    private interface Looking {
        void look(JobQuery query, int blocks, String... indexes) throws SQLException;
    }

    private static String[] index(String... names) {
        return names;
    }

    /** Several runs, since a plan may change after the first ones: without reading the whole table, and by these indexes. */
    private static void check(PlannedSession session, String what, int most, String[] indexes, Runnable work)
            throws SQLException {
        for (int run = 1; run <= RUNS; run++) {
            PlannedSession.Counts counts = session.counted(work);
            assertThat(counts.sequentialScans()).as("sequential scans, " + what).isZero();
            assertThat(counts.blocks()).as("blocks, " + what).isLessThan(most);
        }
        String plans = String.join("\n", session.plansOf(work));
        assertThat(plans).as("plans, " + what).doesNotContainPattern("Seq Scan on public\\.job\\b(?!_)");
        Consumer<String> isUsed = index ->
                assertThat(plans).as("plans, " + what).containsPattern("( using|Index Scan on) " + index + "\\b");
        assertThat(Arrays.asList(indexes)).allSatisfy(isUsed);
    }

    private PlannedSession open(boolean hasStatistics, String mode) throws SQLException {
        return new PlannedSession(hasStatistics ? analyzed : database, mode);
    }
}
