package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.UuidV7;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.JobStore;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.label.LabelStore;
import io.forthwith.store.limit.LimitStore;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * All calls of a store at once, while somebody from outside has locked rows of one kind for ever. The lock is let go only when all have answered.
 *
 * <p>Each call has rows of its own, of which the other one has locked one and left one. It answers for the second as if nothing was locked. For the first it does not wait, or as
 * long as it says. With {@code -Dthorough=true} it runs on every database that locks rows, and asserts how long the calls have taken.
 */
@DisplayName("While somebody keeps rows locked, every call of a store answers")
@Timeout(Patience.SECONDS_OF_A_TEST)
class CallsBesideLocksTest {
    private static final boolean IS_THOROUGH = Boolean.getBoolean("thorough");
    private static final int THREADS = 20;
    private static final Duration STATEMENT = Duration.ofSeconds(2);
    private static final Author ADA = new Author("ada", null, null);
    private static final String RUN = "run";
    private static final StepName STEP = new StepName("pay", "");
    private static final LimitKey HELD_KEY = new LimitKey("api", "held");
    private static final LimitKey FREE_KEY = new LimitKey("api", "free");
    private static final String HELD_QUEUE = "held-queue";
    private static final List<String> HELD_SCHEDULES = List.of("held", "held-too", "held-due");

    /** The rows that are locked. */
    private enum Row {
        JOB(""),
        GROUP(""),
        UNIQUE_KEY(""),
        LIMIT("SELECT name FROM job_limit FOR UPDATE"),
        LIMIT_KEY("SELECT limit_key FROM job_limit_key WHERE limit_key = '" + HELD_KEY.text() + "' FOR UPDATE"),
        CHANGE("SELECT limit_key FROM job_limit_change FOR UPDATE"),
        NOTE("SELECT id FROM job_limit_note WHERE limit_key = '" + HELD_KEY.text() + "' FOR UPDATE"),
        QUEUE("SELECT name FROM job_queue WHERE name = '" + HELD_QUEUE + "' FOR UPDATE"),
        SCHEDULE(""),
        WORKER("SELECT id FROM job_worker WHERE name = 'held' FOR UPDATE"),
        MINUTE("SELECT minute_at FROM job_minute FOR UPDATE"),
        ACT("SELECT id FROM job_act WHERE reason = 'held' FOR UPDATE");

        private final String sql;

        Row(String sql) {
            this.sql = sql;
        }
    }

    /** How long a call waits for what is locked. */
    private enum Wait {
        /** Not, or for a moment. */
        NO(Duration.ofSeconds(1)),
        /** It answers after a second that something is locked. */
        A_SECOND(Duration.ofMillis(1_700)),
        /** As long as a statement may take; then it throws. */
        A_STATEMENT(STATEMENT.plusSeconds(2));

        private final Duration longest;

        Wait(Duration longest) {
            this.longest = longest;
        }
    }

    /**
     * A call.
     *
     * @param longest how long it may take
     * @param waits for which rows it waits so long; for others it does not wait
     * @param body what is asked, and what must be true of the answer
     */
    private record Call(String method, Wait longest, Set<Row> waits, Callable<?> body) {}

    /** A database in which every call has rows of its own. */
    private static final class World {
        private final DataSource database;
        private final JdbcJobStore store;
        private final Row row;
        private final UUID living;
        private final UUID heldWorker;
        private final List<UUID> held = new ArrayList<>();
        private final List<NewJob> toRun = new ArrayList<>();
        private final Map<UUID, Job> running = new HashMap<>();
        private final List<Call> calls = new ArrayList<>();

        World(DataSource database, Row row) {
            this.database = database;
            this.row = row;
            this.store = JdbcJobStore.of(database).queryTimeout(STATEMENT);
            this.living = Jobs.worker(store);
            this.heldWorker = UUID.randomUUID();
            store.register(ReadModelFactory.workerInfo(heldWorker, "held", "localhost", 1), Duration.ofMinutes(10));
        }

        LimitStore limits() {
            return store.limits().orElseThrow();
        }

        ScheduleStore schedules() {
            return store.schedules().orElseThrow();
        }

        OutcomeStore outcomes() {
            return store.outcomes().orElseThrow();
        }

        /** A job that is locked, or one of whose relatives or keys is, when it is the turn of these rows. */
        NewJob held(NewJob job) {
            NewJob added = job;
            if (row == Row.GROUP) {
                NewJob group = Jobs.job().unsealed();
                store.add(Jobs.encoded(group));
                held.add(group.id());
                added = job.parent(group);
            }
            store.add(Jobs.encoded(added));
            if (row == Row.JOB) {
                held.add(added.id());
            }
            return added;
        }

        NewJob free(NewJob job) {
            store.add(Jobs.encoded(job));
            return job;
        }

        NewJob heldRunning() {
            NewJob job = held(Jobs.job().queue(RUN));
            toRun.add(job);
            return job;
        }

        NewJob freeRunning() {
            NewJob job = free(Jobs.job().queue(RUN));
            toRun.add(job);
            return job;
        }

        void claimRunning() {
            store.claim(new ClaimRequest(living, List.of(RUN), 1_000, Set.of(), 3))
                    .forEach(job -> running.put(job.id(), job));
            assertThat(running.keySet())
                    .containsAll(toRun.stream().map(NewJob::id).toList());
        }

        Claim claim(NewJob job) {
            return Claim.of(running.get(job.id()));
        }

        void call(String method, Callable<?> body) {
            calls.add(new Call(method, Wait.NO, EnumSet.noneOf(Row.class), body));
        }

        void waiting(String method, Wait wait, Set<Row> waits, Callable<?> body) {
            calls.add(new Call(method, wait, waits, body));
        }

        /** A change of the held key. It waits for no claim, and for half a second for another change, which it cannot know. */
        void change(String method, Callable<LimitChangeResult> change) {
            waiting(method, Wait.A_SECOND, EnumSet.of(Row.CHANGE), () -> {
                try {
                    assertThat(change.call().hasOpenClaim()).isEqualTo(isHeld(Row.LIMIT_KEY));
                } catch (JobStoreException other) {
                    assertThat(other).hasMessageContaining("another change of it");
                    assertThat(isHeld(Row.CHANGE)).isTrue();
                }
                return true;
            });
        }

        boolean isHeld(Row... rows) {
            return List.of(rows).contains(row);
        }

        /** One by one: MariaDB would read a list by a scan, and keep rows locked that are not in it. */
        private static void lock(Connection host, String table, String column, Iterable<?> values) throws SQLException {
            for (Object value : values) {
                Sql.query(host, "SELECT 1 FROM " + table + " WHERE " + column + " = '" + value + "' FOR UPDATE");
            }
        }

        /** Locks the rows on a connection that keeps them. */
        void lock(Connection host) throws Exception {
            switch (row) {
                case JOB, GROUP -> lock(host, "job", "id", held);
                case SCHEDULE -> lock(host, "job_schedule", "name", HELD_SCHEDULES);
                case UNIQUE_KEY ->
                    JdbcJobStore.of(database)
                            .joining(host)
                            .add(Jobs.encoded(Jobs.job().uniqueKey("taken")));
                default -> Sql.query(host, row.sql);
            }
        }
    }

    static Stream<Arguments> rows() {
        List<TestDatabase> kinds = IS_THOROUGH
                ? List.of(TestDatabase.POSTGRESQL, TestDatabase.MARIADB, TestDatabase.H2)
                : List.of(TestDatabase.POSTGRESQL);
        return kinds.stream().flatMap(kind -> Stream.of(Row.values()).map(row -> Arguments.of(kind, row)));
    }

    @ParameterizedTest
    @MethodSource("rows")
    @DisplayName("also for what is locked")
    void all_at_once(TestDatabase kind, Row row) throws Exception {
        DataSource database = kind.migrated();
        World world = world(kind, database, row);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            // With another isolation, MariaDB would lock the gaps between the rows as well.
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            world.lock(host);
            CountDownLatch begin = new CountDownLatch(1);
            Map<Call, Future<Duration>> answers = new LinkedHashMap<>();
            for (Call call : world.calls) {
                answers.put(call, threads.submit(() -> {
                    begin.await();
                    return took(call, row);
                }));
            }
            begin.countDown();
            List<String> slow = new ArrayList<>();
            for (Map.Entry<Call, Future<Duration>> answer : answers.entrySet()) {
                Duration took = answer.getValue().get(Patience.SECONDS, TimeUnit.SECONDS);
                Call call = answer.getKey();
                Wait wait = call.waits.contains(row) ? call.longest : Wait.NO;
                if (took.compareTo(wait.longest) > 0) {
                    slow.add(call.method + " took " + took.toMillis() + " ms");
                }
            }
            if (IS_THOROUGH) {
                assertThat(slow).as("while " + row + " is locked on " + kind).isEmpty();
            }
            host.rollback();
        } finally {
            threads.shutdown();
        }
    }

    /** How long the call took. It may throw only if it waits for these rows, as long as a statement may take. */
    private static Duration took(Call call, Row row) throws Exception {
        long begin = System.nanoTime();
        try {
            call.body.call();
        } catch (JobStoreException | AssertionError failed) {
            boolean mayFail =
                    failed instanceof JobStoreException && call.longest == Wait.A_STATEMENT && call.waits.contains(row);
            if (!mayFail) {
                throw new AssertionError(call.method + " beside a locked " + row, failed);
            }
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    @Test
    @DisplayName("and none is missing here")
    void none_is_missing() {
        Set<String> methods = new TreeSet<>();
        for (Class<?> role : List.of(
                JobStore.class,
                LimitStore.class,
                ScheduleStore.class,
                OutcomeStore.class,
                ActStore.class,
                AuditStore.class,
                LabelStore.class)) {
            for (Method method : role.getMethods()) {
                if (!Modifier.isStatic(method.getModifiers())) {
                    methods.add(role.getSimpleName() + "." + method.getName());
                }
            }
        }
        World world = world(TestDatabase.POSTGRESQL, TestDatabase.POSTGRESQL.migrated(), Row.QUEUE);
        Set<String> inTable = new TreeSet<>();
        world.calls.forEach(call -> inTable.add(call.method));
        assertThat(inTable).isEqualTo(methods);
    }

    private static World world(TestDatabase kind, DataSource database, Row row) {
        World world = new World(database, row);
        limits(world);
        controls(world);
        bulk(world);
        schedules(world);
        workers(world);
        reads(world);
        steps(world);
        outcomes(world);
        acts(world);
        hints(world);
        old(world);
        world.claimRunning();
        kind.age(database, Duration.ZERO);
        return world;
    }

    private static void controls(World world) {
        JdbcJobStore store = world.store;
        Set<Row> ofJobs = EnumSet.of(Row.JOB, Row.GROUP);
        world.waiting("JobStore.add", Wait.A_STATEMENT, EnumSet.of(Row.GROUP, Row.UNIQUE_KEY), () -> {
            store.add(Jobs.encoded(Jobs.job()));
            return store.add(Jobs.encoded(Jobs.job().uniqueKey("taken")));
        });
        NewJob cancelled = world.held(Jobs.job().delay(Duration.ofDays(1)));
        NewJob cancelledToo = world.free(Jobs.job().delay(Duration.ofDays(1)));
        world.waiting("JobStore.cancel", Wait.A_SECOND, ofJobs, () -> {
            assertThat(store.cancel(cancelledToo.id(), Locale.ENGLISH)).isEqualTo(ActResult.DONE);
            assertThat(store.cancel(cancelled.id(), Locale.ENGLISH))
                    .isEqualTo(world.isHeld(Row.JOB, Row.GROUP) ? ActResult.LOCKED : ActResult.DONE);
            return true;
        });
        NewJob retried = world.free(Jobs.job());
        NewJob retriedHeld = world.held(Jobs.job());
        store.cancel(retried.id(), Locale.ENGLISH);
        store.cancel(retriedHeld.id(), Locale.ENGLISH);
        world.waiting("JobStore.retry", Wait.A_STATEMENT, ofJobs, () -> {
            store.retry(retried.id());
            return store.retry(retriedHeld.id());
        });
        NewJob changed = world.held(Jobs.job().delay(Duration.ofDays(1)));
        world.waiting(
                "JobStore.change",
                Wait.A_STATEMENT,
                ofJobs,
                () -> store.change(changed.id(), JobChange.of().priority(1)));
        NewJob sealed = world.held(Jobs.job().unsealed());
        world.waiting("JobStore.seal", Wait.A_STATEMENT, ofJobs, () -> store.seal(sealed.id(), Locale.ENGLISH));
        store.pauseQueue(HELD_QUEUE, Pause.of());
        world.waiting("JobStore.pauseQueue", Wait.A_STATEMENT, EnumSet.of(Row.QUEUE), () -> {
            store.pauseQueue("free-queue", Pause.of());
            return store.pauseQueue(HELD_QUEUE, Pause.of());
        });
        world.waiting("JobStore.resumeQueue", Wait.A_STATEMENT, EnumSet.of(Row.QUEUE), () -> {
            store.resumeQueue("other-queue");
            return store.resumeQueue(HELD_QUEUE);
        });
        world.call("JobStore.pausedQueues", store::pausedQueues);
        NewJob late = world.held(Jobs.job().queue("late").expiresAfter(Duration.ofMillis(1)));
        NewJob lateToo = world.free(Jobs.job().queue("late").expiresAfter(Duration.ofMillis(1)));
        world.call("JobStore.expire", () -> {
            // Once it has failed, the purge of this table may delete it.
            while (store.find(lateToo.id())
                    .filter(job -> job.status() != JobStatus.FAILED)
                    .isPresent()) {
                store.expire(10, Locale.ENGLISH);
            }
            return store.find(late.id());
        });
    }

    private static void bulk(World world) {
        JdbcJobStore store = world.store;
        for (int i = 0; i < 3; i++) {
            world.held(Jobs.job().queue("bulk").delay(Duration.ofDays(1)));
            world.free(Jobs.job().queue("bulk").delay(Duration.ofDays(1)));
        }
        JobQuery query = JobQuery.all().queue("bulk");
        world.waiting("JobStore.retryPage", Wait.A_STATEMENT, EnumSet.of(Row.GROUP), () -> store.retryPage(query));
        world.call("JobStore.cancelPage", () -> store.cancelPage(query, Locale.ENGLISH));
        world.waiting(
                "JobStore.changePage",
                Wait.A_STATEMENT,
                EnumSet.of(Row.GROUP),
                () -> store.changePage(query, JobChange.of().priority(2)));
    }

    private static void workers(World world) {
        JdbcJobStore store = world.store;
        world.held(Jobs.job().queue("claims"));
        NewJob claimed = world.free(Jobs.job().queue("claims"));
        NewJob ofKey = world.free(Jobs.job().queue("claims").limit("api", "held"));
        NewJob ofFreeKey = world.free(Jobs.job().queue("claims").limit("api", "free"));
        world.call("JobStore.claim", () -> {
            Set<UUID> got = new TreeSet<>();
            while (!got.containsAll(List.of(claimed.id(), ofFreeKey.id()))) {
                store.claim(new ClaimRequest(world.living, List.of("claims"), 10, Set.of(), 3))
                        .forEach(job -> got.add(job.id()));
            }
            assertThat(got.contains(ofKey.id()) && world.isHeld(Row.LIMIT_KEY)).isFalse();
            return got;
        });
        world.call("JobStore.held", () -> store.held(world.living));
        NewJob settled = world.heldRunning();
        NewJob settledToo = world.freeRunning();
        world.call("JobStore.settle", () -> {
            List<Settled> answers = store.settle(List.of(
                    Settlement.fail(world.claim(settled), JobError.user("no", "No"), Locale.ENGLISH),
                    Settlement.complete(world.claim(settledToo), "1")));
            assertThat(answers)
                    .containsExactly(
                            world.isHeld(Row.JOB, Row.GROUP) ? Settled.BUSY : Settled.APPLIED, Settled.APPLIED);
            return answers;
        });
        NewJob reported = world.heldRunning();
        NewJob reportedToo = world.freeRunning();
        world.call("JobStore.report", () -> {
            JobProgress half = JobProgress.NONE.withPercent(50);
            return assertThat(store.report(List.of(
                            new ProgressReport(world.claim(reported), half),
                            new ProgressReport(world.claim(reportedToo), half))))
                    .hasSizeLessThan(2);
        });
        UUID dead = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(dead, "dead", "localhost", 1), Duration.ofMinutes(10));
        world.held(Jobs.job().queue("dead"));
        NewJob taken = world.free(Jobs.job().queue("dead"));
        store.claim(new ClaimRequest(dead, List.of("dead"), 10, Set.of(), 3));
        Sql.run(world.database, "UPDATE job_worker SET lease_until = beat_at WHERE id = '" + dead + "'");
        TakeOverRequest request = new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH);
        world.call("JobStore.takeOver", () -> {
            while (store.find(taken.id()).orElseThrow().status() == JobStatus.PROCESSING) {
                store.takeOver(request);
            }
            return true;
        });
        world.call("JobStore.takeOverEnded", () -> store.takeOverEnded(request));
        world.call("JobStore.register", () -> Jobs.worker(store));
        world.waiting("JobStore.beat", Wait.A_STATEMENT, EnumSet.of(Row.WORKER), () -> {
            assertThat(store.beat(world.living, Duration.ofMinutes(10), WorkerLoad.NONE)
                            .alive())
                    .isTrue();
            return store.beat(world.heldWorker, Duration.ofMinutes(10), WorkerLoad.NONE);
        });
        world.waiting("JobStore.deregister", Wait.A_STATEMENT, EnumSet.of(Row.WORKER), () -> {
            store.deregister(Jobs.worker(store));
            store.deregister(world.heldWorker);
            return true;
        });
        world.call("JobStore.workers", store::workers);
        world.call(
                "JobStore.servedByOthers",
                () -> store.servedByOthers(world.living, Set.of(new QueuedType("default", "other"))));
        world.call("JobStore.situation", () -> store.situation(claimed.id()));
        world.call("JobStore.queues", store::queues);
        world.call("JobStore.types", () -> store.types("default"));
        world.call("JobStore.longRunning", () -> store.longRunning(Duration.ZERO, 10));
        world.call("JobStore.openGroups", () -> store.openGroups(Duration.ZERO, 10));
        world.call("JobStore.overdue", () -> store.overdue(Duration.ZERO));
    }

    private static void reads(World world) {
        JdbcJobStore store = world.store;
        UUID id = world.held(Jobs.job().delay(Duration.ofDays(1))).id();
        world.call("JobStore.find", () -> store.find(id));
        world.call("JobStore.openAmong", () -> store.openAmong(List.of(id)));
        world.call("JobStore.scan", () -> store.scan(JobQuery.all()));
        world.call("JobStore.countByScan", () -> store.countByScan(JobQuery.all()));
        world.call("JobStore.search", () -> store.search(JobQuery.all(), 100));
        world.call("JobStore.countUpTo", () -> store.countUpTo(JobQuery.all(), 100, 100));
        world.call("JobStore.children", () -> store.children(id, 0, 10));
        world.call("JobStore.predecessors", () -> store.predecessors(id));
        world.call("JobStore.successors", () -> store.successors(id, 10));
        world.call("JobStore.failures", () -> store.failures(id));
        world.call("JobStore.steps", () -> store.steps(id));
    }

    private static void steps(World world) {
        JdbcJobStore store = world.store;
        NewJob begun = world.heldRunning();
        NewJob begunToo = world.freeRunning();
        Set<Row> ofJob = EnumSet.of(Row.JOB);
        world.waiting("JobStore.beginStep", Wait.A_STATEMENT, ofJob, () -> {
            assertThat(store.beginStep(world.claim(begunToo), STEP, false).outcome())
                    .isEqualTo(Settled.APPLIED);
            return store.beginStep(world.claim(begun), STEP, false);
        });
        NewJob finished = world.heldRunning();
        NewJob finishedToo = world.freeRunning();
        world.waiting("JobStore.finishStep", Wait.A_STATEMENT, ofJob, () -> {
            store.beginStep(world.claim(finishedToo), STEP, false);
            assertThat(store.finishStep(world.claim(finishedToo), STEP, "1")).isEqualTo(Settled.APPLIED);
            return store.finishStep(world.claim(finished), STEP, "1");
        });
        NewJob undone = world.heldRunning();
        world.waiting("JobStore.stepUndone", Wait.A_STATEMENT, ofJob, () -> {
            Instant now = Instant.now();
            return store.stepUndone(
                    world.claim(undone),
                    ReadModelFactory.jobStep(UUID.randomUUID(), 1, "pay", "", 1, true, null, now, now, null, null));
        });
    }

    private static void limits(World world) {
        LimitStore limits = world.limits();
        Limit api = Limit.of("api").concurrency(5);
        limits.put(api);
        limits.override(FREE_KEY, null);
        limits.override(HELD_KEY, null);
        world.waiting("LimitStore.put", Wait.A_SECOND, EnumSet.of(Row.LIMIT), () -> {
            try {
                limits.put(api.concurrency(6));
                assertThat(world.isHeld(Row.LIMIT)).isFalse();
            } catch (JobStoreException other) {
                assertThat(other)
                        .hasMessageContaining("another change of it")
                        .returns(JobStoreException.Kind.TRANSIENT, JobStoreException::kind);
                assertThat(world.isHeld(Row.LIMIT)).isTrue();
            }
            return true;
        });
        world.call("LimitStore.list", limits::list);
        world.change("LimitStore.override", () -> limits.override(HELD_KEY, api.concurrency(2)));
        world.change("LimitStore.pause", () -> limits.pause(HELD_KEY, Pause.by("ada")));
        world.change("LimitStore.rest", () -> limits.rest(HELD_KEY, Duration.ofMillis(1)));
        world.change("LimitStore.resume", () -> limits.resume(HELD_KEY));
        world.call("LimitStore.state", () -> limits.state(HELD_KEY));
        world.call("LimitStore.paused", () -> limits.paused(10));
        world.call("LimitStore.waitingJobs", () -> limits.waitingJobs(HELD_KEY, 10));
        world.call("LimitStore.states", () -> limits.states("api", null, 10));
        world.call("LimitStore.blocked", () -> limits.blocked(null, 10));
        NewJob skipped = world.held(Jobs.job().delay(Duration.ofDays(1)));
        world.waiting("LimitStore.skip", Wait.A_STATEMENT, EnumSet.of(Row.JOB), () -> limits.skip(skipped.id()));
        world.call("LimitStore.waiting", () -> limits.waiting("api"));
        world.call("LimitStore.untilNextStart", () -> limits.untilNextStart() == null);
        world.call("LimitStore.lookAgain", () -> {
            limits.lookAgain();
            return true;
        });
    }

    private static void schedules(World world) {
        JobClient client = JobClient.of(world.store);
        for (String name : List.of("held", "held-too", "held-due", "free", "due")) {
            client.schedules().put(Schedule.of(name, Jobs.TYPE, "").every(Duration.ofHours(1)));
        }
        Sql.run(world.database, "UPDATE job_schedule SET next_at = NULL WHERE name LIKE '%due'");
        ScheduleStore schedules = world.schedules();
        world.call(
                "ScheduleStore.fireDue",
                () -> assertThat(schedules.fireDue(10).schedules()).isPositive());
        Set<Row> ofSchedule = EnumSet.of(Row.SCHEDULE);
        world.waiting("ScheduleStore.changeAll", Wait.A_STATEMENT, ofSchedule, () -> {
            schedules.changeAll(Map.of("free", (row, facts) -> ScheduleStore.Decision.of(true, row)));
            return schedules.changeAll(Map.of("held", (row, facts) -> ScheduleStore.Decision.of(true, row)));
        });
        world.waiting(
                "ScheduleStore.change",
                Wait.A_STATEMENT,
                ofSchedule,
                () -> schedules.change("held-too", (row, facts) -> ScheduleStore.Decision.of(true, row)));
        world.call("ScheduleStore.find", () -> schedules.find("held"));
        world.call("ScheduleStore.list", () -> schedules.list(null, 10));
        world.call("ScheduleStore.failing", () -> schedules.failing(10));
        world.call("ScheduleStore.newestVersion", () -> schedules.newestVersion("me") == null);
    }

    private static void outcomes(World world) {
        OutcomeStore outcomes = world.outcomes();
        Instant minute = Instant.now().truncatedTo(ChronoUnit.MINUTES);
        JobOutcomes old = ReadModelFactory.jobOutcomes(
                minute.minus(Duration.ofHours(3)),
                JobOutcomes.MINUTE,
                "default",
                "mail",
                JobOutcomes.Outcome.COMPLETED,
                1,
                DurationBuckets.NONE,
                DurationBuckets.NONE);
        JobOutcomes young = ReadModelFactory.jobOutcomes(
                minute,
                JobOutcomes.MINUTE,
                "default",
                "mail",
                JobOutcomes.Outcome.FAILED,
                1,
                DurationBuckets.NONE,
                DurationBuckets.NONE);
        JobFailures failed =
                new JobFailures("fingerprint", "mail", "broken", null, "It broke", 1, 1, world.living, minute, minute);
        outcomes.record(UUID.randomUUID(), List.of(old), List.of());
        world.call("OutcomeStore.record", () -> {
            outcomes.record(UUID.randomUUID(), List.of(young), List.of(failed));
            return true;
        });
        world.call("OutcomeStore.read", () -> outcomes.read(minute.minus(Duration.ofHours(5)), minute));
        world.call("OutcomeStore.readHours", () -> outcomes.readHours(minute.minus(Duration.ofHours(5)), minute));
        world.call("OutcomeStore.failures", () -> outcomes.failures(minute, minute.plusSeconds(1)));
        world.call("OutcomeStore.attempts", () -> outcomes.attempts(failed, minute, minute.plusSeconds(1), 10));
        world.call("OutcomeStore.takeTurn", outcomes::takeTurn);
        world.call("OutcomeStore.recordDepths", outcomes::recordDepths);
        world.call("OutcomeStore.depths", () -> outcomes.depths(minute, minute.plusSeconds(1)));
        world.call("OutcomeStore.rollUp", outcomes::rollUp);
    }

    private static void acts(World world) {
        JdbcJobStore store = world.store;
        ActStore acts = store.acts().orElseThrow();
        Set<Row> ofJobs = EnumSet.of(Row.JOB, Row.GROUP);
        UUID heldAct = begun(acts, Deed.retry(), JobQuery.all().user("nobody"), "held");
        List<UUID> open = List.of(
                begun(acts, Deed.cancel(Locale.ENGLISH), jobs(world, "act-cancels", false), null),
                begun(acts, Deed.change(JobChange.of().priority(3)), jobs(world, "act-changes", false), null),
                begun(acts, Deed.retry(), jobs(world, "act-retries", true), null));
        // These are several calls.
        world.waiting("ActStore.carryOn", Wait.A_SECOND, EnumSet.allOf(Row.class), () -> {
            while (open.stream().anyMatch(act -> acts.find(act).orElseThrow().state() == BulkAct.State.OPEN)) {
                acts.carryOn();
            }
            BulkResult cancelled = acts.find(open.get(0)).orElseThrow().progress();
            assertThat(cancelled.skipped(ActResult.Outcome.LOCKED)).isEqualTo(world.isHeld(Row.JOB, Row.GROUP) ? 1 : 0);
            assertThat(cancelled.done()).isEqualTo(world.isHeld(Row.JOB, Row.GROUP) ? 1 : 2);
            return true;
        });
        world.call(
                "ActStore.begin", () -> begun(acts, Deed.retry(), JobQuery.all().user("nobody"), null));
        world.call("ActStore.find", () -> acts.find(heldAct));
        world.call("ActStore.list", () -> acts.list(null, 10));
        UUID stopped = begun(acts, Deed.retry(), JobQuery.all().user("nobody"), null);
        world.waiting("ActStore.stop", Wait.A_STATEMENT, EnumSet.of(Row.ACT), () -> {
            acts.stop(stopped, ADA);
            return acts.stop(heldAct, ADA);
        });
        NewJob cancelled = world.held(Jobs.job().delay(Duration.ofDays(1)));
        NewJob cancelledToo = world.free(Jobs.job().delay(Duration.ofDays(1)));
        world.waiting("ActStore.actOn", Wait.A_SECOND, ofJobs, () -> {
            Deed cancel = Deed.cancel(Locale.ENGLISH);
            assertThat(acts.actOn(cancelledToo.id(), cancel, ADA)).isEqualTo(ActResult.DONE);
            assertThat(acts.actOn(cancelled.id(), cancel, ADA))
                    .isEqualTo(world.isHeld(Row.JOB, Row.GROUP) ? ActResult.LOCKED : ActResult.DONE);
            return true;
        });
        NewJob changed = world.held(Jobs.job().delay(Duration.ofDays(1)));
        world.waiting(
                "ActStore.actOn",
                Wait.A_STATEMENT,
                ofJobs,
                () -> acts.actOn(changed.id(), Deed.change(JobChange.of().priority(1)), ADA));
        NewJob retried = world.held(Jobs.job());
        store.cancel(retried.id(), Locale.ENGLISH);
        world.waiting("ActStore.actOn", Wait.A_STATEMENT, ofJobs, () -> acts.actOn(retried.id(), Deed.retry(), ADA));
        AuditStore audit = store.audit().orElseThrow();
        world.call("AuditStore.record", () -> {
            audit.record(ADA, "pause-queue", List.of("mail"), "done");
            return true;
        });
        world.call("AuditStore.search", () -> audit.search(null, "mail", null, 10));
        world.call("LabelStore.names", () -> store.labels().orElseThrow().names());
    }

    private static UUID begun(ActStore acts, Deed deed, JobQuery query, @Nullable String reason) {
        NewAct act = new NewAct(UuidV7.next(), deed, query, null, null, new Author("ada", reason, null));
        acts.begin(act);
        return act.id();
    }

    /** Two jobs of a queue of their own, one of which is locked. */
    private static JobQuery jobs(World world, String queue, boolean areCancelled) {
        List.of(
                        world.held(Jobs.job().queue(queue).delay(Duration.ofDays(1))),
                        world.free(Jobs.job().queue(queue).delay(Duration.ofDays(1))))
                .forEach(job -> {
                    if (areCancelled) {
                        world.store.cancel(job.id(), Locale.ENGLISH);
                    }
                });
        return JobQuery.all().queue(queue);
    }

    private static void hints(World world) {
        JdbcJobStore store = world.store;
        world.call("JobStore.acts", store::acts);
        world.call("JobStore.audit", store::audit);
        world.call("JobStore.labels", store::labels);
        world.call("JobStore.onAdded", () -> {
            store.onAdded(() -> {}).close();
            return true;
        });
        world.call("JobStore.onCancelRequested", () -> {
            store.onCancelRequested(claim -> {}).close();
            return true;
        });
        world.call("JobStore.onServerChange", () -> {
            store.onServerChange(() -> {}).close();
            return true;
        });
        world.call("JobStore.hearsOthers", store::hearsOthers);
        world.call("JobStore.wake", () -> {
            store.wake();
            return true;
        });
        world.call("JobStore.isInTransaction", store::isInTransaction);
        world.call("JobStore.workingOn", () -> store.workingOn(Thread.currentThread()));
        world.call("JobStore.limits", store::limits);
        world.call("JobStore.schedules", store::schedules);
        world.call("JobStore.outcomes", store::outcomes);
    }

    /** Jobs that have ended. */
    private static void old(World world) {
        JdbcJobStore store = world.store;
        NewJob kept = world.held(Jobs.job().queue("old"));
        NewJob purged = world.free(Jobs.job().queue("old"));
        store.cancel(kept.id(), Locale.ENGLISH);
        store.cancel(purged.id(), Locale.ENGLISH);
        Sql.run(
                world.database,
                "UPDATE job SET completed_at = created_at WHERE id IN ('" + kept.id() + "', '" + purged.id() + "')");
        world.call(
                "JobStore.purge",
                () -> store.purge(
                        Retention.DEFAULT.completed(Duration.ofNanos(1)).failed(Duration.ofNanos(1)), 100));
    }
}
