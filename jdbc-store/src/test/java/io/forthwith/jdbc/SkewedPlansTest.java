package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.Retention;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the store's own statements read, counted by the server, where nothing is average: one user, worker, parent, predecessor and job
 * has nearly everything, others have a handful. A plan for any values expects something in between, and is wrong about all of them.
 */
@DisplayName("In a large and skewed table")
@Tag("slow")
class SkewedPlansTest extends SkewedTable {
    @ParameterizedTest(name = "{0}, statistics: {1}")
    @CsvSource({
        "force_generic_plan, true",
        "force_custom_plan, true",
        "force_generic_plan, false",
        "force_custom_plan, false"
    })
    @DisplayName("every statement reads no more than it needs")
    void reads(String planCacheMode, boolean withStatistics) throws Exception {
        // The server itself reads a block more now and then.
        BestOfThree.of(() -> readsNoMore(planCacheMode, withStatistics));
    }

    private void readsNoMore(String planCacheMode, boolean withStatistics) throws Exception {
        prepare(withStatistics);
        SoftAssertions assertions = new SoftAssertions();
        try (One one = new One(planCacheMode, assertions)) {
            JdbcJobStore store = JdbcJobStore.of(one);
            work(one, store);
            steps(one, store);
            takeOvers(one, store);
            lists(one, store);
            families(one, store);
            if (withStatistics) {
                needsStatistics(one, store);
            }
        }
        BestOfThree.inTime(assertions::assertAll);
    }

    private void prepare(boolean withStatistics) {
        Sql.run(database, "VACUUM ANALYZE");
        if (!withStatistics) {
            Sql.run(database, "DELETE FROM pg_statistic WHERE starelid::regclass::text LIKE 'job%'");
            Sql.run(
                    database,
                    "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname LIKE 'job%' AND relkind = 'r'");
        }
    }

    private void work(One one, JdbcJobStore store) throws SQLException {
        UUID worker = Jobs.worker(store);
        for (String queues : List.of("default", "other default", "default rare other absent", "rare")) {
            List<Job> claimed = new ArrayList<>();
            int limit = queues.equals("rare") ? 1 : BATCH;
            one.reads(
                    25 * BATCH,
                    "a claim of " + queues,
                    () -> claimed.addAll(store.claim(
                            new ClaimRequest(worker, List.of(queues.split(" ")), limit, Set.of("plan"), 3))));
            assertThat(claimed).hasSize(limit);
            one.reads(
                    20 * BATCH,
                    "a report",
                    () -> store.report(claimed.stream()
                            .map(job -> new ProgressReport(Claim.of(job), JobProgress.atStep(1, 2, null)))
                            .toList()));
            one.reads(5 * BATCH, "a beat", () -> store.beat(worker, Duration.ofMinutes(10), WorkerLoad.NONE));
            one.reads(
                    20 * BATCH,
                    "the overdue",
                    () -> assertThat(store.overdue(Duration.ZERO)).isNotEmpty());
            one.reads(
                    5 * BATCH,
                    "what is held",
                    () -> assertThat(store.held(worker)).hasSize(limit));
            one.reads(25 * BATCH, "a mixed settlement", () -> store.settle(mixed(claimed)));
        }
        List<Job> kept = new ArrayList<>();
        one.reads(25 * BATCH, "a claim", () -> kept.addAll(Jobs.claim(store, worker, BATCH)));
        one.reads(25 * BATCH, "completing", () -> store.settle(Jobs.completed(kept)));
        List<Job> deleted = new ArrayList<>();
        one.reads(25 * BATCH, "a claim", () -> deleted.addAll(Jobs.claim(store, worker, BATCH)));
        one.reads(
                25 * BATCH,
                "completing and deleting",
                () -> store.settle(deleted.stream()
                        .map(job -> Settlement.completeAndDelete(Claim.of(job), null))
                        .toList()));
        store.deregister(worker);
    }

    private void steps(One one, JdbcJobStore store) throws SQLException {
        UUID worker = Jobs.worker(store);
        Claim claim = Claim.of(Jobs.claim(store, worker, 1).get(0));
        StepName name = new StepName("charge", "");
        one.reads(
                3 * BATCH,
                "beginning a step",
                () -> assertThat(store.beginStep(claim, name, true).outcome()).isEqualTo(Settled.APPLIED));
        one.reads(
                3 * BATCH,
                "finishing a step",
                () -> assertThat(store.finishStep(claim, name, "{}")).isEqualTo(Settled.APPLIED));
        one.reads(5 * BATCH, "failing with a step to undo", () -> store.settle(List.of(settlement(claim, 0))));
        one.reads(
                5 * BATCH,
                "retrying what is not undone yet",
                () -> assertThat(store.retry(claim.jobId()).outcome()).isEqualTo(ActResult.Outcome.UNDO_OPEN));
        one.reads(
                3 * BATCH,
                "reading steps",
                () -> assertThat(store.steps(FEW_STEPS)).hasSize(4));
        store.deregister(worker);
    }

    private static List<Settlement> mixed(List<Job> jobs) {
        return IntStream.range(0, jobs.size())
                .mapToObj(i -> settlement(Claim.of(jobs.get(i)), i % 4))
                .toList();
    }

    private static Settlement settlement(Claim claim, int kind) {
        return switch (kind) {
            case 0 -> Settlement.fail(claim, JobError.permanent("torn", "It broke"), Locale.ENGLISH);
            case 1 -> Settlement.retry(claim, JobError.retryable("torn", "It broke"), Duration.ofDays(1));
            case 2 -> Settlement.completeAndDelete(claim, null);
            default -> Settlement.complete(claim, "{}");
        };
    }

    private void takeOvers(One one, JdbcJobStore store) throws SQLException {
        TakeOverRequest request = new TakeOverRequest(3, Duration.ofSeconds(1), Locale.ENGLISH);
        one.reads(
                60,
                "a take-over from nobody",
                () -> assertThat(store.takeOver(request)).isEmpty());
        UUID worker = Jobs.worker(store);
        assertThat(Jobs.claim(store, worker, BATCH)).hasSize(BATCH);
        one.execute("UPDATE job_worker SET lease_until = now() - interval '1 day' WHERE id = '" + worker + "'");
        one.reads(
                40 * BATCH,
                "a take-over from one worker",
                () -> assertThat(store.takeOver(request)).hasSize(BATCH));
        one.execute("UPDATE job SET status = 'processing', claim = claim + 1,"
                + " worker_id = CASE WHEN queue = 'rare' THEN gen_random_uuid() END"
                + " WHERE id IN (SELECT id FROM job WHERE status = 'pending' AND queue IN ('rare', 'other')"
                + " AND run_at <= now() ORDER BY queue DESC, lost_workers LIMIT 30)");
        one.reads(
                40 * 30,
                "a take-over of orphans",
                () -> assertThat(store.takeOver(request)).hasSize(30));
    }

    private void lists(One one, JdbcJobStore store) throws SQLException {
        Map<String, JobQuery> queries = new LinkedHashMap<>();
        queries.put("all", JobQuery.all());
        queries.put("the few of a user", JobQuery.all().user("few"));
        queries.put("the many of a user", JobQuery.all().user("many"));
        queries.put("the completed of a user", JobQuery.all().user("few").status(JobStatus.COMPLETED));
        queries.put("nobody's", JobQuery.all().user("nobody"));
        queries.put("the few children", JobQuery.all().parent(SMALL_PARENT));
        queries.put(
                "the few failed children", JobQuery.all().parent(SMALL_PARENT).status(JobStatus.FAILED));
        queries.put("no children", JobQuery.all().parent(LATE));
        UUID middle = UUID.fromString("01900000-0000-7000-8000-" + String.format("%012x", lastId / 2));
        for (Map.Entry<String, JobQuery> each : queries.entrySet()) {
            JobQuery query = each.getValue().atMost(BATCH);
            one.reads(3 * BATCH, "a list of " + each.getKey(), () -> store.scan(query));
            one.reads(3 * BATCH, "a list, further on, of " + each.getKey(), () -> store.scan(query.before(middle)));
        }
        for (String few : List.of("the few of a user", "nobody's", "the few children")) {
            one.reads(3 * BATCH, "a count of " + few, () -> store.countByScan(queries.get(few)));
        }
        JobQuery failed = JobQuery.all().user("few").status(JobStatus.FAILED);
        // By the index of users, or by that of the failed.
        one.reads(BACKLOG / 5, "a list of the failed of a user", () -> store.scan(failed));
        one.reads(BACKLOG / 5, "a list, further on, of the failed of a user", () -> store.scan(failed.before(middle)));
        one.reads(BACKLOG / 5, "a count of the failed of a user", () -> store.countByScan(failed));
        int family = CHILDREN / 5;
        one.reads(
                family,
                "a list of the many children",
                () -> store.scan(JobQuery.all().parent(LARGE_PARENT)));
        one.reads(
                family,
                "a list of failed children",
                () -> store.scan(JobQuery.all().parent(LARGE_PARENT).status(JobStatus.FAILED)));
    }

    private void families(One one, JdbcJobStore store) throws SQLException {
        one.reads(
                3 * BATCH,
                "a page of many children",
                () -> assertThat(store.children(LARGE_PARENT, CHILDREN / 2, BATCH))
                        .hasSize(BATCH));
        one.reads(
                3 * BATCH,
                "a page of few children",
                () -> assertThat(store.children(SMALL_PARENT, 0, BATCH)).hasSize(3));
        one.reads(
                3 * BATCH,
                "a page of no children",
                () -> assertThat(store.children(LATE, 0, BATCH)).isEmpty());
        one.reads(
                3 * BATCH,
                "predecessors",
                () -> assertThat(store.predecessors(LATE)).hasSize(2));
        one.reads(
                3 * BATCH,
                "failures",
                () -> assertThat(store.failures(FEW_STEPS)).hasSize(4));
        one.reads(
                10 * BATCH,
                "retrying a small family",
                () -> assertThat(store.retry(SMALL_PARENT).outcome()).isEqualTo(ActResult.Outcome.DONE));
        UUID worker = Jobs.worker(store);
        one.execute("UPDATE job SET status = 'processing', claim = claim + 1, started_at = now(), worker_id = '"
                + worker + "' WHERE parent_id = '" + SMALL_PARENT + "' AND position = 2");
        one.reads(
                15 * BATCH,
                "failing a child",
                () -> store.settle(store.held(worker).stream()
                        .map(claim -> settlement(claim, 0))
                        .toList()));
        store.deregister(worker);
        assertThat(store.find(SMALL_PARENT).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        one.reads(
                10 * BATCH,
                "retrying what comes after others",
                () -> assertThat(store.retry(LATE).outcome()).isEqualTo(ActResult.Outcome.NOT_FAILED));
        assertThat(store.retry(SMALL_PARENT).outcome()).isEqualTo(ActResult.Outcome.DONE);
        one.reads(
                10 * BATCH,
                "cancelling a small family",
                () -> assertThat(store.cancel(SMALL_PARENT, Locale.ENGLISH)).isEqualTo(ActResult.DONE));
        one.reads(
                10 * BATCH,
                "adding to a predecessor",
                () -> store.add(List.of(new EncodedJob(Jobs.job().after(RARELY_FOLLOWED), "{}"))));
    }

    /** What has ended long ago is found by an index of ranges, which the planner leaves alone until it knows how the table is ordered. */
    private void needsStatistics(One one, JdbcJobStore store) throws SQLException {
        int failed = BACKLOG / 5;
        one.reads(
                failed,
                "retrying a page",
                () -> assertThat(store.retryPage(JobQuery.all()
                                        .errorCode("broken")
                                        .status(JobStatus.FAILED)
                                        .atMost(5))
                                .done())
                        .isEqualTo(5));
        one.reads(
                failed,
                "a count of all failed",
                () -> store.countByScan(JobQuery.all().status(JobStatus.FAILED)));
        one.reads(
                20,
                "an expiry of nothing",
                () -> assertThat(store.expire(BATCH, Locale.ENGLISH).jobs()).isZero());
        one.reads(
                60,
                "a purge of nothing",
                () -> assertThat(store.purge(Retention.DEFAULT.completed(NEVER).failed(NEVER), BATCH)
                                .jobs())
                        .isZero());
        one.reads(
                16 * BATCH,
                "a purge of completed jobs",
                () -> assertThat(store.purge(Retention.DEFAULT.completed(YEAR).failed(NEVER), BATCH)
                                .jobs())
                        .isEqualTo(BATCH));
        one.reads(
                20 * BATCH + 7 * KEPT_BACK,
                "a purge of failed jobs",
                () -> assertThat(store.purge(Retention.DEFAULT.completed(NEVER).failed(YEAR), BATCH)
                                .jobs())
                        .isEqualTo(BATCH));
        one.reads(
                7 * KEPT_BACK,
                "a purge of jobs that are kept for their parent",
                () -> assertThat(store.purge(Retention.DEFAULT.completed(NEVER).failed(Duration.ofDays(700)), BATCH)
                                .jobs())
                        .isZero());
    }

    /** One session, whose counters are read by itself. */
    private final class One extends SingleConnection {
        private final Thread owner = Thread.currentThread();
        private final SoftAssertions assertions;

        One(String planCacheMode, SoftAssertions assertions) throws SQLException {
            super(database.getConnection());
            this.assertions = assertions;
            try (Statement statement = connection().createStatement()) {
                statement.execute("SET plan_cache_mode = " + planCacheMode);
            }
            awaitNoOthers();
        }

        /** Notifications are sent by another thread. */
        @Override
        public Connection getConnection() {
            try {
                return Thread.currentThread() == owner ? super.getConnection() : database.getConnection();
            } catch (SQLException failed) {
                throw new IllegalStateException(failed);
            }
        }

        /** Here, since another session would report what it has read when it ends, and it would count as ours. */
        void execute(String statement) throws SQLException {
            try (Statement run = connection().createStatement()) {
                run.execute(statement);
            }
        }

        void reads(int mostBlocks, String what, Runnable work) throws SQLException {
            List<Long> before = counts();
            work.run();
            List<Long> after = counts();
            assertions
                    .assertThat(after.get(0) - before.get(0))
                    .as("scans of whole tables, " + what)
                    .isZero();
            assertions
                    .assertThat(after.get(1) - before.get(1))
                    .as("blocks, " + what)
                    .isLessThanOrEqualTo(mostBlocks);
        }

        /** Tables that hold a few rows for each worker, or for each act of a person, are read as a whole; their blocks count. */
        private List<Long> counts() throws SQLException {
            try (Statement statement = connection().createStatement()) {
                statement.execute("SELECT pg_stat_force_next_flush()");
            }
            return Sql.query(connection(), """
                            SELECT sum(t.seq_scan) FILTER (WHERE t.relname NOT IN ('job_worker', 'job_worker_type', 'job_act')),
                              sum(io.heap_blks_hit + io.heap_blks_read + io.idx_blks_hit + io.idx_blks_read)
                            FROM pg_stat_user_tables t JOIN pg_statio_user_tables io USING (relid)
                            WHERE t.relname <> 'job_schema'""").get(0).stream()
                    .map(Long::valueOf)
                    .toList();
        }
    }
}
