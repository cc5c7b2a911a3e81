package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.store.Added;
import io.forthwith.store.JobStore;
import io.forthwith.store.Retention;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rows that somebody has written to do harm concern themselves alone: a worker that runs all the while goes on, whatever else is in the
 * table completes, and nothing that looks at many rows throws.
 */
@DisplayName("Hostile rows")
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileRowsTest {
    private static final JobType<Order> ORDER = JobType.of("order", Order.class);
    private static final JobType<String> WORK = JobType.of("work", String.class);
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int NEIGHBOURS = 20;

    /** An input with a bit of everything. */
    record Order(
            @Nullable String item,
            @Nullable Integer amount,
            @Nullable Long total,
            @Nullable BigInteger big,
            @Nullable BigDecimal price,
            @Nullable Instant at,
            @Nullable Duration within,
            @Nullable Object more) {}

    /** Inputs that must not be read. */
    private static Map<String, String> misfits() {
        Map<String, String> misfits = new LinkedHashMap<>();
        misfits.put("nothing", "");
        misfits.put("half an object", "{\"item\":");
        misfits.put("null", "null");
        misfits.put("an array", "[]");
        misfits.put("a string", "\"x\"");
        misfits.put("the wrong type", "{\"amount\":\"many\"}");
        misfits.put("two documents", "{} {}");
        misfits.put("a class and its value", "[\"" + Canary.class.getName() + "\",{}]");
        misfits.put("100,000 levels of arrays", "[".repeat(100_000) + "]".repeat(100_000));
        misfits.put("100,000 levels in a field", "{\"more\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}");
        misfits.put("100,000 levels in an unknown field", "{\"x\":" + "{\"x\":".repeat(100_000));
        misfits.put("5,000 levels, which PostgreSQL takes", "{\"x\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}");
        for (String field : List.of("amount", "total", "big")) {
            misfits.put("an exponent in " + field, "{\"" + field + "\":1e1000000000}");
            misfits.put("an exponent in " + field + " which PostgreSQL takes", "{\"" + field + "\":1e131071}");
        }
        for (String field : List.of("amount", "total", "big", "price", "at", "within", "more", "unknown")) {
            misfits.put("a million digits in " + field, "{\"" + field + "\":" + "9".repeat(1_000_000) + "}");
        }
        misfits.put("a date that is none", "{\"at\":\"2026-02-31T25:00:00Z\"}");
        misfits.put("a date beyond all dates", "{\"at\":\"+1000000001-01-01T00:00:00Z\"}");
        misfits.put("a long name", "{\"" + "n".repeat(60_000) + "\":1}");
        misfits.put("a long string", "{\"item\":\"" + "s".repeat(300_000) + "\"}");
        misfits.put("a long document", "{\"more\":[" + "1,".repeat(700_000) + "1]}");
        return misfits;
    }

    /** Inputs that name classes where a careless reader would look for them. */
    private static List<String> gadgets() {
        String canary = Canary.class.getName();
        return List.of(
                "{\"@class\":\"" + canary + "\"}",
                "{\"@type\":\"" + canary + "\",\"@c\":\"" + canary + "\",\"class\":\"" + canary + "\"}",
                "{\"more\":{\"@class\":\"" + canary + "\",\"@type\":\"" + canary + "\"}}",
                "{\"more\":[\"" + canary + "\",{}]}",
                "{\"more\":{\"java.util.HashMap\":{\"" + canary + "\":{}}}}");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("with inputs that cannot be read fail at once, in words for a person")
    void inputs(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        Map<UUID, String> hostile = new HashMap<>();
        List<UUID> gadgets = new ArrayList<>();
        List<UUID> bombs = new ArrayList<>();
        try (StoreLog log = new StoreLog();
                Worker worker = worker(store)) {
            misfits().forEach((what, json) -> {
                UUID id = UUID.randomUUID();
                if (insert(database, id, ORDER.name(), json)) {
                    hostile.put(id, what);
                }
            });
            for (String json : gadgets()) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, ORDER.name(), json)).isTrue();
                gadgets.add(id);
            }
            for (String json : List.of("{\"at\":1e131071}", "{\"within\":1e131071}", "{\"price\":1e131071}")) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, ORDER.name(), json)).isTrue();
                bombs.add(id);
            }
            assertNeighboursComplete(jobs);
            for (Map.Entry<UUID, String> each : hostile.entrySet()) {
                Job job = jobs.await(each.getKey(), LONG).orElseThrow();
                assertThat(job.status()).as(each.getValue()).isEqualTo(JobStatus.FAILED);
                assertThat(job.errorCode()).as(each.getValue()).isEqualTo("undecodable_input");
                assertThat(job.errorMessage())
                        .as(each.getValue())
                        .matches("The stored JSON (does not fit Order: .*it .+|is null, expected Order)")
                        .doesNotContain("Exception")
                        .hasSizeLessThan(300);
                assertThat(jobs.failures(job.id())).as(each.getValue()).hasSize(1);
            }
            for (UUID id : bombs) {
                // Whether it is a time is a matter of taste; that it takes none is not.
                assertThat(jobs.await(id, LONG).orElseThrow().status().isFinal())
                        .isTrue();
            }
            for (UUID id : gadgets) {
                assertThat(jobs.await(id, LONG).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            }
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            assertThat(log.at(Level.WARN)).isEmpty();
        }
        assertThat(hostile).hasSizeGreaterThan(kind == TestDatabase.POSTGRESQL ? 12 : 30);
        assertThat(CanaryCage.loaded).isFalse();
        assertLookable(database, store, Set.of());
    }

    /** What a column may be made to say, and for which jobs that means that they are never run. */
    private static List<String> columns(TestDatabase kind) {
        List<String> columns = new ArrayList<>(List.of(
                "attempt = -32768",
                "attempt = 32767",
                "max_attempts = -32768",
                "max_attempts = 0",
                "claim = -1",
                "claim = -9223372036854775808",
                "claim = 9223372036854775807",
                "lost_workers = -32768",
                "lost_workers = 32767",
                "postponements = -2147483648",
                "postponements = 2147483647",
                "time_limit_ms = -9223372036854775808",
                "time_limit_ms = 9223372036854775807",
                "time_limit_ms = 0",
                "progress = -32768",
                "progress = 32767",
                "current_step = -1, total_steps = -2147483648",
                "current_step = 2147483647, total_steps = 1",
                "position = -2147483648",
                "position = 2147483647",
                "position = 0",
                "parent_id = id",
                "parent_id = '00000000-0000-0000-0000-000000000000', position = 0",
                "sealed = TRUE",
                "sealed = FALSE, on_child_failure = 'nobody'",
                "on_predecessor_failure = 'nobody'",
                "has_successors = TRUE, cancel_siblings = TRUE",
                "has_undo = TRUE",
                "locale = ''",
                "locale = '../../../etc/passwd'",
                "locale = 'zh-x-lvariant-java-util-HashMap'",
                "locale = '" + "en-".repeat(21) + "'",
                "error_kind = 'nobody', error_code = '', error_message = ''",
                "user_id = '%n\r\n\u001b[2J{}', project_id = ''",
                "created_at = " + farthest(kind, true),
                "created_at = " + farthest(kind, false),
                "started_at = " + farthest(kind, true) + ", completed_at = " + farthest(kind, true),
                "started_at = " + farthest(kind, false) + ", completed_at = " + farthest(kind, false),
                "postponed_since = " + farthest(kind, true),
                "postponed_since = " + farthest(kind, false),
                "updated_at = " + farthest(kind, true),
                "updated_at = " + farthest(kind, false),
                "cancel_requested_at = " + farthest(kind, true),
                "run_at = " + farthest(kind, false)));
        if (kind == TestDatabase.POSTGRESQL) {
            columns.addAll(List.of(
                    "created_at = '294276-12-31 23:59:59.999999+00'",
                    "created_at = '4713-01-01 00:00:00+00 BC'",
                    "created_at = '0001-01-01 00:00:00+15:59:59 BC'",
                    "run_at = '4713-01-01 00:00:00+00 BC', updated_at = '294276-12-31 23:59:59.999999+00'",
                    "locale = '" + "x-y".repeat(50_000) + "'",
                    "queue = 'default', error_message = repeat('x', 1000000)",
                    "current_step = 7, total_steps = 8, progress_message = repeat(E'\\n', 100000)"));
        } else {
            columns.addAll(List.of("parent_id = 'my parent'", "worker_id = 'my worker'", "undoes = 'my job'"));
        }
        if (kind == TestDatabase.H2) {
            columns.add("created_at = TIMESTAMP WITH TIME ZONE '-4712-01-01 00:00:00+18:00'");
        }
        if (kind == TestDatabase.SQLITE) {
            columns.addAll(List.of(
                    "started_at = 'yesterday'",
                    "started_at = ''",
                    "postponed_since = '-'",
                    "updated_at = '2020-02-30 00:00:00'",
                    "updated_at = '2020-01-01T00:00:00Z'",
                    "cancel_requested_at = '99999-01-01 00:00:00'"));
        }
        return columns;
    }

    private static String farthest(TestDatabase kind, boolean future) {
        if (kind == TestDatabase.POSTGRESQL) {
            return future ? "'infinity'" : "'-infinity'";
        }
        if (kind == TestDatabase.MARIADB) {
            return future ? "'9999-12-31 23:59:59.999999'" : "'0000-01-01 00:00:00'";
        }
        if (kind == TestDatabase.SQLITE) {
            return future ? "'9999-12-31 23:59:59.999'" : "'0000-01-01 00:00:00'";
        }
        return future
                ? "TIMESTAMP WITH TIME ZONE '1000000000-12-31 23:59:59.999999-18:00'"
                : "TIMESTAMP WITH TIME ZONE '-1000000000-01-01 00:00:00+18:00'";
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("with numbers, dates and words that make no sense end like others, whatever becomes of them")
    void pending(TestDatabase kind) throws InterruptedException {
        runsAll(kind, "");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that no worker holds are taken over and end like others")
    void processing(TestDatabase kind) throws InterruptedException {
        runsAll(kind, "status = 'processing', worker_id = '" + UUID.randomUUID() + "', ");
    }

    private static void runsAll(TestDatabase kind, String alsoSet) throws InterruptedException {
        DataSource database = kind.migrated();
        withoutChecks(database, () -> {
            JdbcJobStore store = JdbcJobStore.of(database);
            JobClient jobs = JobClient.of(store);
            Map<UUID, String> hostile = new LinkedHashMap<>();
            for (String column : columns(kind)) {
                if (alsoSet.contains("worker_id") && column.startsWith("worker_id")) {
                    continue;
                }
                for (String behaviour : List.of("complete", "fail", "retry", "later")) {
                    UUID id = UUID.randomUUID();
                    assertThat(insert(database, id, WORK.name(), '"' + behaviour + '"'))
                            .isTrue();
                    Sql.run(database, "UPDATE job SET " + alsoSet + column + " WHERE id = '" + id + "'");
                    hostile.put(id, behaviour + " with " + (column.length() < 200 ? column : column.substring(0, 200)));
                }
            }
            try (StoreLog log = new StoreLog();
                    Worker worker = worker(store)) {
                assertNeighboursComplete(jobs);
                for (Map.Entry<UUID, String> each : hostile.entrySet()) {
                    Job job = jobs.await(each.getKey(), LONG).orElseThrow();
                    assertThat(job.status().isFinal()).as(each.getValue()).isTrue();
                    if (job.status() == JobStatus.FAILED) {
                        assertThat(job.errorMessage()).as(each.getValue()).isNotBlank();
                        assertThat(job.errorCode()).as(each.getValue()).isNotEqualTo("failure_unstorable");
                    }
                }
                assertNeighboursComplete(jobs);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
                assertThat(log.at(Level.WARN)).isEmpty();
            }
            assertLookable(database, store, hostile.keySet());
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose counters begin below zero are not tried more often than others")
    void counters(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = UUID.randomUUID();
        assertThat(insert(database, id, WORK.name(), "\"x\"")).isTrue();
        Sql.run(database, "UPDATE job SET attempt = -32768, lost_workers = -32768, postponements = -2147483648");
        for (int lost = 1; lost <= 3; lost++) {
            assertThat(Jobs.claimAll(store))
                    .singleElement()
                    .extracting(Job::attempt)
                    .isEqualTo(1);
            Sql.run(database, "DELETE FROM job_worker");
            store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));
            assertThat(store.find(id).orElseThrow().lostWorkers()).isEqualTo(lost);
        }
        assertThat(store.find(id).orElseThrow().errorCode()).isEqualTo("worker_lost");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that are never due, of no known status or out of all order are left alone")
    void leftAlone(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        withoutChecks(database, () -> {
            JdbcJobStore store = JdbcJobStore.of(database);
            JobClient jobs = JobClient.of(store);
            Set<UUID> listed = ConcurrentHashMap.newKeySet();
            for (String column : List.of(
                    "run_at = " + farthest(kind, true),
                    "priority = -32768",
                    "priority = 32767",
                    "queue = ''",
                    "status = 'waiting', claim = 9223372036854775807",
                    "status = 'waiting', parent_id = id, sealed = TRUE, position = 0")) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, WORK.name(), "[]")).isTrue();
                Sql.run(database, "UPDATE job SET " + column + " WHERE id = '" + id + "'");
                listed.add(id);
            }
            Set<UUID> unlisted = ConcurrentHashMap.newKeySet();
            for (String status : List.of("done", "PENDING", "", " pending", "processing ")) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, WORK.name(), "[]")).isTrue();
                Sql.run(database, "UPDATE job SET status = '" + status + "' WHERE id = '" + id + "'");
                unlisted.add(id);
            }
            try (Worker worker = worker(store)) {
                assertNeighboursComplete(jobs);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            }
            assertThat(store.list(JobQuery.all().limit(1_000)))
                    .extracting(Job::id)
                    .containsAll(listed)
                    .doesNotContainAnyElementsOf(unlisted);
            assertThat(listed)
                    .allSatisfy(id -> assertThat(
                                    store.find(id).orElseThrow().status().isOpen())
                            .isTrue());
            assertThat(unlisted).allSatisfy(id -> assertThat(store.find(id)).isEmpty());
            assertLookable(database, store, listed);
            unlisted.forEach(id -> assertThat(
                            Sql.query(database, "SELECT claim, attempt, completed_at FROM job WHERE id = '" + id + "'"))
                    .singleElement()
                    .satisfies(row -> assertThat(row).startsWith("0", "0")));
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that wait for themselves or for each other hold up nobody else")
    void circles(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        Set<UUID> circles = ConcurrentHashMap.newKeySet();
        for (String status : List.of("pending", "waiting", "processing", "failed")) {
            for (int length : new int[] {1, 2, 5}) {
                List<UUID> ids = IntStream.range(0, length)
                        .mapToObj(i -> UUID.randomUUID())
                        .toList();
                for (int i = 0; i < length; i++) {
                    UUID next = ids.get((i + 1) % length);
                    Sql.run(
                            database,
                            "INSERT INTO job (id, type, input_data, status, parent_id, sealed, has_successors,"
                                    + " on_predecessor_failure) VALUES ('" + ids.get(i) + "', 'work', '\"fail\"', '"
                                    + status + "', '" + next + "', TRUE, TRUE, 'fail')");
                    Sql.run(
                            database,
                            "INSERT INTO job_predecessor (job_id, predecessor_id, place) VALUES ('" + ids.get(i)
                                    + "', '" + next + "', " + (i - 1) + ")");
                }
                circles.addAll(ids);
            }
        }
        try (StoreLog log = new StoreLog();
                Worker worker = worker(store)) {
            assertNeighboursComplete(jobs);
            await().atMost(LONG)
                    .until(() -> store.count(JobQuery.all().status(JobStatus.PENDING, JobStatus.PROCESSING)) == 0);
            assertNeighboursComplete(jobs);
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            assertThat(log.at(Level.WARN)).isEmpty();
        }
        assertLookable(database, store, circles);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of steps, failures and workers harm no more than the job that they are about")
    void otherTables(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        Map<UUID, String> hostile = new LinkedHashMap<>();
        for (String result : List.of("[]", "{\"@class\":\"" + Canary.class.getName() + "\"}", "1e131071", "null")) {
            for (String begun : List.of(farthest(kind, true), farthest(kind, false))) {
                UUID id = UUID.randomUUID();
                assertThat(insert(database, id, WORK.name(), "\"step\"")).isTrue();
                Sql.run(
                        database,
                        "INSERT INTO job_step (job_id, claim, name, position, has_undo, result_data, started_at,"
                                + " finished_at) VALUES ('" + id + "', -5, 'pay', " + -hostile.size() + ", TRUE, '"
                                + result
                                + "', " + begun + ", " + begun + ")");
                Sql.run(database, "UPDATE job SET has_undo = TRUE WHERE id = '" + id + "'");
                hostile.put(id, result + " begun at " + begun);
            }
        }
        UUID failed = UUID.randomUUID();
        assertThat(insert(database, failed, WORK.name(), "\"complete\"")).isTrue();
        Sql.run(
                database,
                "INSERT INTO job_failure (job_id, claim, attempt, kind, code, message, exception_class, trace,"
                        + " started_at, failed_at) VALUES ('" + failed + "', -1, -1, 'nobody', '', '', '"
                        + Canary.class.getName() + "', '', " + farthest(kind, false) + ", " + farthest(kind, true)
                        + ")");
        hostile.put(failed, "a failure");
        for (boolean future : new boolean[] {true, false}) {
            Sql.run(
                    database,
                    "INSERT INTO job_worker (id, name, host, pid, started_at, lease_until) VALUES ('"
                            + UUID.randomUUID() + "', '', '', -1, " + farthest(kind, future) + ", "
                            + farthest(kind, future) + ")");
        }
        if (kind != TestDatabase.POSTGRESQL) {
            Sql.run(
                    database,
                    "INSERT INTO job_worker (id, name, host, pid, lease_until) VALUES ('my worker', '', '', 0, "
                            + farthest(kind, false) + ")");
            Sql.run(database, "INSERT INTO job (id, type, status) VALUES ('my job', 'work', 'processing')");
            Sql.run(
                    database,
                    "INSERT INTO job (id, type, status, worker_id) VALUES ('their job', 'work', 'processing', 'my worker')");
            Sql.run(
                    database,
                    "INSERT INTO job (id, type, status, completed_at) VALUES ('our job', 'work', 'failed', "
                            + farthest(kind, false) + ")");
            Sql.run(database, "INSERT INTO job_predecessor (job_id, predecessor_id, place) VALUES ('a job', '', -1)");
        }
        try (Worker worker = worker(store)) {
            assertNeighboursComplete(jobs);
            for (Map.Entry<UUID, String> each : hostile.entrySet()) {
                assertThat(jobs.await(each.getKey(), LONG)
                                .orElseThrow()
                                .status()
                                .isFinal())
                        .as(each.getValue())
                        .isTrue();
            }
            assertNeighboursComplete(jobs);
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
        }
        assertThat(CanaryCage.loaded).isFalse();
        assertLookable(database, store, hostile.keySet());
    }

    private static Worker worker(JobStore store) {
        return Worker.of(
                        store,
                        ProcessorRegistry.of(new Work())
                                .with(ORDER, job -> job.input(Order.class).item()))
                .lease(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(100))
                .start();
    }

    /** Does as its input says. */
    private static final class Work extends BaseProcessor<String, String> {
        private final Step<String> pay = step("pay", String.class).undo((paid, key) -> {});
        private final Set<UUID> again = ConcurrentHashMap.newKeySet();

        Work() {
            super(WORK);
        }

        @Override
        protected String process(String behaviour, JobContext job) throws Exception {
            switch (behaviour) {
                case "step" -> {
                    return job.run(pay, key -> "paid");
                }
                case "fail" -> throw new IllegalStateException("no");
                case "retry" -> {
                    if (again.add(job.id())) {
                        throw JobException.retryable("once more", null).after(Duration.ZERO);
                    }
                }
                case "later" -> {
                    if (again.add(job.id())) {
                        throw new NotReadyException(Duration.ZERO, "wait");
                    }
                }
                default -> {}
            }
            return "done";
        }
    }

    private static void assertNeighboursComplete(JobClient jobs) throws InterruptedException {
        List<UUID> neighbours = jobs
                .enqueueAll(IntStream.range(0, NEIGHBOURS)
                        .mapToObj(i -> NewJob.of(ORDER, new Order("x", i, (long) i, null, null, null, null, null)))
                        .toList())
                .stream()
                .map(Added::id)
                .toList();
        for (UUID id : neighbours) {
            assertThat(jobs.await(id, LONG).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        }
    }

    /** Whatever a person may do with many jobs, or with these ones. */
    private static void assertLookable(DataSource database, JobStore store, Set<UUID> hostile) {
        JobClient jobs = JobClient.of(store);
        assertThat(store.list(JobQuery.all().limit(1_000))).hasSizeGreaterThanOrEqualTo(NEIGHBOURS);
        for (JobStatus status : JobStatus.values()) {
            store.list(JobQuery.all().status(status));
            store.count(JobQuery.all().status(status));
        }
        for (UUID id : hostile) {
            assertThatCode(() -> {
                        Job job = jobs.find(id).orElseThrow();
                        assertThat(job.toString()).contains(id.toString());
                        List<Object> shown = new ArrayList<>(jobs.failures(id));
                        shown.add(job.duration());
                        shown.addAll(jobs.steps(id));
                        shown.add(jobs.history(id));
                        shown.addAll(jobs.children(id).limit(10).toList());
                        shown.addAll(jobs.predecessors(id));
                        assertThat(shown.toString()).isNotEmpty();
                        jobs.cancel(id);
                        jobs.retry(id);
                        jobs.cancel(id);
                    })
                    .as(id.toString())
                    .doesNotThrowAnyException();
        }
        store.retryPage(
                JobQuery.all().status(JobStatus.FAILED, JobStatus.CANCELLED).limit(1_000));
        UUID worker = Jobs.worker(store);
        Jobs.claim(store, worker, 1_000);
        assertThat(store.held(worker)).isNotNull();
        while (store.purge(new Retention(Duration.ZERO, Duration.ZERO), 1_000) > 0) {
            assertThat(database).isNotNull();
        }
        assertThat(store.count(JobQuery.all().type(ORDER.name()).status(JobStatus.COMPLETED)))
                .isZero();
    }

    /** False if the database refuses it. */
    private static boolean insert(DataSource database, UUID id, String type, String json) {
        try (Connection connection = database.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO job (id, type, input_data) VALUES ('"
                                + id + "', '" + type + "', "
                                + (connection.getMetaData().getURL().contains("postgres") ? "CAST(? AS jsonb)" : "?")
                                + ")")) {
            insert.setString(1, json);
            insert.executeUpdate();
            return true;
        } catch (SQLException refused) {
            return false;
        }
    }

    private interface Test {
        void run() throws InterruptedException;
    }

    /** A stranger with the right to do so has dropped them. */
    private static void withoutChecks(DataSource database, Test test) throws InterruptedException {
        Map<String, String> checks = Map.of(
                "job_status_known",
                "status IN ('pending', 'processing', 'waiting', 'completed', 'failed', 'cancelled')",
                "job_priority_in_range",
                "priority BETWEEN 0 AND 9",
                "job_progress_in_range",
                "progress BETWEEN 0 AND 100");
        checks.keySet().forEach(name -> Sql.run(database, "ALTER TABLE job DROP CONSTRAINT " + name));
        try {
            test.run();
        } finally {
            // The database of PostgreSQL is shared.
            Sql.run(database, "DELETE FROM job");
            checks.forEach((name, check) ->
                    Sql.run(database, "ALTER TABLE job ADD CONSTRAINT " + name + " CHECK (" + check + ")"));
        }
    }

    /** Sings when the canary is loaded. */
    private static final class CanaryCage {
        private static volatile boolean loaded;
    }

    @SuppressWarnings("unused") // must never be loaded
    private static final class Canary {
        static {
            CanaryCage.loaded = true;
        }
    }
}
