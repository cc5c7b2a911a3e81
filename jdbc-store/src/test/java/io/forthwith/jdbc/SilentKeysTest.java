package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The host lets go only when the others have ended. */
@DisplayName("While somebody keeps keys of a limit locked, as a process that is stopped in the middle of a claim does,")
@Timeout(Patience.SECONDS_OF_A_TEST)
class SilentKeysTest {
    private static final JobType<String> CALL = JobType.of("call", String.class);
    private static final JobType<String> FREE = JobType.of("free", String.class);
    private static final String API = "api";

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName(
            "jobs of other keys and jobs without a limit run, however many of the locked ones are first in line, on")
    void others_run(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        LimitStore limits = store.limits().orElseThrow();
        limits.put(Limit.of(API).concurrency(2));
        List<LimitKey> silent = IntStream.range(0, 30)
                .mapToObj(i -> new LimitKey(API, "silent-" + i))
                .toList();
        silent.forEach(key -> limits.override(key, null));
        JobClient jobs = JobClient.of(store);
        for (int i = 0; i < 150; i++) {
            jobs.enqueue(
                    NewJob.of(CALL, "").limit(API, silent.get(i % silent.size()).key()));
        }
        List<NewJob> others = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            others.add(NewJob.of(FREE, ""));
            others.add(NewJob.of(FREE, "").limit(API, "other-" + i % 10));
        }
        others.forEach(jobs::enqueue);
        ProcessorRegistry processors =
                ProcessorRegistry.of().with(CALL, job -> "done").with(FREE, job -> "done");
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            // As a claim has it. With another isolation, MariaDB would lock the gaps between the keys as well.
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            Sql.query(host, "SELECT limit_key FROM job_limit_key WHERE limit_key LIKE 'api:silent-%' FOR UPDATE");
            try (Worker worker = Worker.of(store, processors).concurrency(5).start();
                    Worker other = Worker.of(store, processors).concurrency(5).start()) {
                await().atMost(Patience.LONG).until(() -> completed(jobs, FREE) == others.size());
                assertThat(completed(jobs, CALL)).isZero();
                host.rollback();
                await().atMost(Patience.LONG).until(() -> completed(jobs, CALL) == 150);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
                assertThat(other.health().status()).isEqualTo(WorkerHealth.Status.UP);
            }
        }
        assertThat(Sql.query(database, "SELECT count(*) FROM job WHERE parked_under IS NOT NULL"))
                .containsExactly(List.of("0"));
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("jobs of other keys run, although the notes of the locked ones are first, on")
    void notes(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        LimitStore limits = store.limits().orElseThrow();
        limits.put(Limit.of(API).concurrency(1));
        JobClient jobs = JobClient.of(store);
        List<LimitKey> silent = IntStream.range(0, 100)
                .mapToObj(i -> new LimitKey(API, "silent-" + i))
                .toList();
        // Each leaves a note.
        silent.forEach(key -> limits.override(key, null));
        for (int i = 0; i < 60; i++) {
            jobs.enqueue(NewJob.of(FREE, "").limit(API, "other-" + i % 20));
        }
        ProcessorRegistry processors = ProcessorRegistry.of().with(FREE, job -> "done");
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            // As a claim has it. With another isolation, MariaDB would lock the gaps between the keys as well.
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            Sql.query(host, "SELECT limit_key FROM job_limit_key WHERE limit_key LIKE 'api:silent-%' FOR UPDATE");
            try (Worker worker = Worker.of(store, processors).concurrency(5).start()) {
                await().atMost(Patience.LONG).until(() -> completed(jobs, FREE) == 60);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
                host.rollback();
                await().atMost(Patience.LONG)
                        .pollInterval(Duration.ofMillis(100))
                        .until(() -> Sql.query(database, "SELECT count(*) FROM job_limit_note")
                                .equals(List.of(List.of("0"))));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("or only their notes, since the process has stopped before it got the keys, their jobs run, on")
    void locked_notes(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        store.limits().orElseThrow().put(Limit.of(API).concurrency(1));
        JobClient jobs = JobClient.of(store);
        for (int i = 0; i < 60; i++) {
            jobs.enqueue(NewJob.of(CALL, "").limit(API, "key-" + i % 20));
        }
        UUID first = Jobs.worker(store);
        List<Job> running = new ArrayList<>();
        for (List<Job> claimed = Jobs.claim(store, first, 60);
                !claimed.isEmpty();
                claimed = Jobs.claim(store, first, 60)) {
            running.addAll(claimed);
        }
        assertThat(running).hasSize(20);
        store.settle(running.stream()
                .<Settlement>map(job -> Settlement.complete(Claim.of(job), null))
                .toList());
        ProcessorRegistry processors = ProcessorRegistry.of().with(CALL, job -> "done");
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            assertThat(Sql.query(host, "SELECT id FROM job_limit_note FOR UPDATE"))
                    .hasSizeGreaterThanOrEqualTo(20);
            try (Worker worker = Worker.of(store, processors).concurrency(5).start()) {
                await().atMost(Patience.LONG).until(() -> completed(jobs, CALL) == 60);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            }
            host.rollback();
        }
    }

    // H2 makes each insert wait for seconds.
    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName(
            "jobs without a limit run, although the keys of those before them are being made and not committed, on")
    void keys_being_made(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        store.limits().orElseThrow().put(Limit.of(API).concurrency(1));
        JobClient jobs = JobClient.of(store);
        for (int i = 0; i < 60; i++) {
            jobs.enqueue(NewJob.of(CALL, "").limit(API, "new-" + i));
        }
        for (int i = 0; i < 20; i++) {
            jobs.enqueue(NewJob.of(FREE, ""));
        }
        ProcessorRegistry processors =
                ProcessorRegistry.of().with(CALL, job -> "done").with(FREE, job -> "done");
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            try (Statement statement = host.createStatement()) {
                for (int i = 0; i < 60; i++) {
                    statement.executeUpdate("INSERT INTO job_limit_key (limit_key, is_own, burst) VALUES ('api:new-" + i
                            + "', FALSE, 0)");
                }
            }
            try (Worker worker = Worker.of(store, processors).concurrency(5).start()) {
                await().atMost(Patience.LONG).until(() -> completed(jobs, FREE) == 20);
                assertThat(completed(jobs, CALL)).isZero();
                host.rollback();
                await().atMost(Patience.LONG).until(() -> completed(jobs, CALL) == 60);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("jobs of the same tenant run, although its first ones are under the locked key, on")
    void fair(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        LimitStore limits = store.limits().orElseThrow();
        limits.put(Limit.of(API).concurrency(2));
        limits.override(new LimitKey(API, "silent"), null);
        JobClient jobs = JobClient.of(store);
        for (int i = 0; i < 40; i++) {
            jobs.enqueue(NewJob.of(CALL, "").limit(API, "silent").fairBy("tenant"));
        }
        for (int i = 0; i < 20; i++) {
            jobs.enqueue(NewJob.of(FREE, "").fairBy("tenant"));
        }
        ProcessorRegistry processors =
                ProcessorRegistry.of().with(CALL, job -> "done").with(FREE, job -> "done");
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            Sql.query(host, "SELECT limit_key FROM job_limit_key WHERE limit_key = 'api:silent' FOR UPDATE");
            try (Worker worker = Worker.of(store, processors).concurrency(5).start()) {
                await().atMost(Patience.LONG).until(() -> completed(jobs, FREE) == 20);
                assertThat(completed(jobs, CALL)).isZero();
                host.rollback();
                await().atMost(Patience.LONG).until(() -> completed(jobs, CALL) == 40);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("a worker with one slot runs other jobs, although many jobs before them are locked, on")
    void small_worker(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        for (int i = 0; i < 100; i++) {
            jobs.enqueue(NewJob.of(CALL, ""));
        }
        ProcessorRegistry processors =
                ProcessorRegistry.of().with(CALL, job -> "done").with(FREE, job -> "done");
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            Sql.query(host, "SELECT id FROM job FOR UPDATE");
            for (int i = 0; i < 5; i++) {
                jobs.enqueue(NewJob.of(FREE, ""));
            }
            try (Worker worker = Worker.of(store, processors).concurrency(1).start()) {
                await().atMost(Patience.LONG).until(() -> completed(jobs, FREE) == 5);
                assertThat(completed(jobs, CALL)).isZero();
                host.rollback();
                await().atMost(Patience.LONG).until(() -> completed(jobs, CALL) == 100);
                assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
            }
        }
    }

    private static long completed(JobClient jobs, JobType<?> type) {
        return jobs.countByScan(JobQuery.all().type(type.name()).status(JobStatus.COMPLETED));
    }
}
