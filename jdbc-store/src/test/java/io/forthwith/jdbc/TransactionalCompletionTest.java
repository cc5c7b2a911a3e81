package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.RetryPolicy;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.store.JobStore;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

@DisplayName("A processor that completes its job in the transaction of its own writes")
@Timeout(60)
class TransactionalCompletionTest {
    private static final JobType<String> TYPE = JobType.of("invoice", String.class);

    private final AtomicInteger works = new AtomicInteger();
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();
    private final List<JobEvent> events = new CopyOnWriteArrayList<>();

    record Receipt(int number) {}

    /** What the processor does, with the job and its store. */
    @FunctionalInterface
    interface Work {
        Object run(JobContext job) throws Exception;
    }

    private static DataSource database(TestDatabase kind) {
        DataSource database = kind.migrated();
        Sql.run(database, "DROP TABLE IF EXISTS invoice");
        Sql.run(database, "CREATE TABLE invoice (job_id VARCHAR(36), claim BIGINT)");
        return database;
    }

    private Receipt insert(Connection connection, JobContext job) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO invoice VALUES (?, ?)")) {
            insert.setString(1, job.id().toString());
            insert.setLong(2, job.claimNumber());
            insert.executeUpdate();
        }
        return new Receipt(works.incrementAndGet());
    }

    private static List<List<String>> invoices(DataSource database) {
        return Sql.query(database, "SELECT job_id, claim FROM invoice");
    }

    private Worker worker(JdbcJobStore store, Work work) {
        BaseProcessor<String, Object> processor = new BaseProcessor<>(TYPE) {
            @Override
            protected Object process(String input, JobContext job) throws Exception {
                try {
                    return work.run(job);
                } catch (Throwable failure) {
                    thrown.compareAndSet(null, failure);
                    throw failure;
                }
            }

            @Override
            public RetryPolicy retryPolicy() {
                return RetryPolicy.fixed(Duration.ZERO).maxAttempts(3);
            }
        };
        return Worker.of(store, ProcessorRegistry.of(processor))
                .listener(events::add)
                .build();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("commits both")
    void commits_both(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x"));
        AtomicBoolean undone = new AtomicBoolean();

        worker(store, job -> {
                    job.onFailure(() -> undone.set(true));
                    store.complete(job, connection -> insert(connection, job));
                    assertThat(invoices(database)).hasSize(1);
                    assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
                    throw new IllegalStateException("too late to fail");
                })
                .drain();

        Job job = store.find(id).orElseThrow();
        assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(JobClient.of(store).resultOf(job, Receipt.class)).contains(new Receipt(1));
        assertThat(job.progress().percent()).isEqualTo(100);
        assertThat(undone).isFalse();
        assertThat(store.failures(id)).isEmpty();
        assertThat(events).hasSize(2).last().isInstanceOf(JobEvent.Completed.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("moves the parent too")
    void moves_the_parent(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob parent = NewJob.of(TYPE, "parent");
        JobClient.of(store).enqueueAll(List.of(parent, NewJob.of(TYPE, "x").parent(parent)));

        worker(store, job -> store.complete(job, connection -> insert(connection, job)))
                .drain();

        assertThat(store.find(parent.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("commits neither if the work throws, and the job fails of that")
    void commits_neither(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x"));

        worker(
                        store,
                        job -> store.complete(job, connection -> {
                            insert(connection, job);
                            throw JobException.user("no_credits", "Insufficient credits");
                        }))
                .drain();

        assertThat(invoices(database)).isEmpty();
        assertThat(store.find(id).orElseThrow().errorMessage()).isEqualTo("Insufficient credits");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("commits nothing as a zombie: its lease was lost and the job is another's")
    void zombie(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x"));

        worker(
                        store,
                        job -> store.complete(job, connection -> {
                            Receipt receipt = insert(connection, job);
                            if (job.claimNumber() == 1) {
                                takeOver(database, store);
                            }
                            return receipt;
                        }))
                .drain();
        assertThat(thrown.get()).isInstanceOf(CancellationException.class).hasMessageContaining("no longer");
        assertThat(invoices(database)).isEmpty();
        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.PENDING);

        worker(store, job -> store.complete(job, connection -> insert(connection, job)))
                .drain();

        assertThat(invoices(database)).containsExactly(List.of(id.toString(), "3"));
        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    /** As if the worker had been silent for a whole lease. */
    private static void takeOver(DataSource database, JdbcJobStore store) {
        Sql.run(database, "UPDATE job_worker SET lease_until = started_at");
        assertThat(store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)))
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("commits nothing if the job is cancelled meanwhile")
    void cancelled(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x"));

        worker(
                        store,
                        job -> store.complete(job, connection -> {
                            Receipt receipt = insert(connection, job);
                            JobClient.of(store).cancel(id);
                            return receipt;
                        }))
                .drain();

        assertThat(invoices(database)).isEmpty();
        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("commits nothing if the time limit passes meanwhile")
    void time_limit(TestDatabase kind) throws InterruptedException {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        CountDownLatch failed = new CountDownLatch(1);
        CountDownLatch returned = new CountDownLatch(1);
        BaseProcessor<String, Object> processor = new BaseProcessor<>(TYPE) {
            @Override
            protected Object process(String input, JobContext job) throws Exception {
                try {
                    return store.complete(job, connection -> {
                        Receipt receipt = insert(connection, job);
                        awaitUninterruptibly(failed);
                        return receipt;
                    });
                } catch (CancellationException refused) {
                    thrown.set(refused);
                    throw refused;
                } finally {
                    returned.countDown();
                }
            }

            @Override
            public Duration timeLimit() {
                return Duration.ofMillis(200);
            }
        };
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(processor))
                .listener(event -> {
                    if (event instanceof JobEvent.Failed) {
                        failed.countDown();
                    }
                })
                .start()) {
            UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x"));
            assertThat(returned.await(20, TimeUnit.SECONDS)).isTrue();

            assertThat(thrown.get()).isNotNull();
            assertThat(store.find(id).orElseThrow().errorCode()).isEqualTo("time_limit");
            assertThat(invoices(database)).isEmpty();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (true) {
            try {
                assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
                return;
            } catch (InterruptedException deaf) {
                // The time limit interrupts it.
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is kept from ending the transaction itself")
    void may_not_commit(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x"));

        worker(
                        store,
                        job -> store.complete(job, connection -> {
                            insert(connection, job);
                            assertThat(catchThrowable(() -> connection.setAutoCommit(true)))
                                    .isInstanceOf(SQLException.class);
                            assertThat(catchThrowable(connection::rollback)).isInstanceOf(SQLException.class);
                            connection.close();
                            connection.rollback(connection.setSavepoint());
                            connection.commit();
                            return null;
                        }))
                .drain();

        assertThat(invoices(database)).isEmpty();
        assertThat(thrown.get()).hasMessageContaining("is committed by the store");
        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("fails for good if its result cannot be stored, and commits nothing")
    void unstorable_result(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x"));

        worker(
                        store,
                        job -> store.complete(job, connection -> {
                            insert(connection, job);
                            return "\u0000";
                        }))
                .drain();

        assertThat(invoices(database)).isEmpty();
        assertThat(store.find(id).orElseThrow().errorCode()).isEqualTo("result_unstorable");
    }

    @Test
    @DisplayName("is completed once if the answer to the commit is lost, and the work is not repeated")
    void lost_commit() throws Exception {
        DataSource database = database(TestDatabase.POSTGRESQL);
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port());
                HikariDataSource pool = through(proxy)) {
            JdbcJobStore direct = JdbcJobStore.of(database);
            JdbcJobStore through = JdbcJobStore.of(pool);
            UUID id = JobClient.of(direct).enqueue(NewJob.of(TYPE, "x"));

            worker(
                            direct,
                            job -> through.complete(job, connection -> {
                                Receipt receipt = insert(connection, job);
                                proxy.swallowAnswerTo("COMMIT\0");
                                return receipt;
                            }))
                    .drain();

            assertThat(thrown.get()).isNull();
            assertThat(works).hasValue(1);
            assertThat(invoices(database)).hasSize(1);
            assertThat(direct.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(events).last().isInstanceOf(JobEvent.Completed.class);
        }
    }

    @Test
    @DisplayName("is tried again, from the start, if the connection breaks before the commit")
    void broken_before_commit() {
        DataSource database = database(TestDatabase.POSTGRESQL);
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x"));

        worker(
                        store,
                        job -> store.complete(job, connection -> {
                            Receipt receipt = insert(connection, job);
                            if (job.attempt() == 1) {
                                String backend = Sql.query(connection, "SELECT pg_backend_pid()")
                                        .get(0)
                                        .get(0);
                                Sql.run(database, "SELECT pg_terminate_backend(" + backend + ", 10000)");
                            }
                            return receipt;
                        }))
                .drain();

        assertThat(works).hasValue(2);
        assertThat(invoices(database)).hasSize(1);
        Job job = store.find(id).orElseThrow();
        assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job.attempt()).isEqualTo(2);
    }

    @Test
    @DisplayName(
            "waits until it is known what became of a commit, however long the database is away, and undoes nothing")
    void lost_commit_in_an_outage() throws Exception {
        DataSource database = database(TestDatabase.POSTGRESQL);
        AtomicInteger lent = new AtomicInteger();
        AtomicBoolean undone = new AtomicBoolean();
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port());
                HikariDataSource pool = through(proxy)) {
            JdbcJobStore direct = JdbcJobStore.of(database);
            JdbcJobStore through = JdbcJobStore.of(Lending.of(pool, () -> {
                // The first asks what the database is, the second does the work, the next find it gone.
                int which = lent.incrementAndGet();
                if (which == 3 || which == 4) {
                    throw new SQLException("away", "08001");
                }
            }));
            UUID id = JobClient.of(direct).enqueue(NewJob.of(TYPE, "x"));

            worker(direct, job -> {
                        job.onFailure(() -> undone.set(true));
                        return through.complete(job, connection -> {
                            Receipt receipt = insert(connection, job);
                            proxy.swallowAnswerTo("COMMIT\0");
                            return receipt;
                        });
                    })
                    .drain();

            assertThat(thrown.get()).isNull();
            assertThat(lent).hasValue(5);
            assertThat(undone).isFalse();
            assertThat(works).hasValue(1);
            assertThat(direct.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("never holds a connection while it asks for another, also when the commit is refused")
    void refused_commit(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore direct = JdbcJobStore.of(database);
        AtomicInteger held = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        JdbcJobStore counted = JdbcJobStore.of(Lending.committing(database, Lending::refuse, held, most));
        UUID id = JobClient.of(direct).enqueue(NewJob.of(TYPE, "x"));

        worker(direct, job -> counted.complete(job, connection -> insert(connection, job)))
                .drain();

        assertThat(most).hasValue(1);
        assertThat(held).hasValue(0);
        assertThat(invoices(database)).isEmpty();
        assertThat(direct.find(id).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("gives its connection back before it looks what became of a commit: the pool may have no other")
    void pool_of_one(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore direct = JdbcJobStore.of(database);
        AtomicInteger held = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        JdbcJobStore counted = JdbcJobStore.of(Lending.committing(database, Lending::loseAnswer, held, most));
        UUID id = JobClient.of(direct).enqueue(NewJob.of(TYPE, "x"));

        worker(direct, job -> counted.complete(job, connection -> insert(connection, job)))
                .drain();

        assertThat(most).hasValue(1);
        assertThat(held).hasValue(0);
        assertThat(works).hasValue(1);
        assertThat(invoices(database)).hasSize(1);
        assertThat(direct.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("does not complete a job that its worker has begun to settle otherwise, though nothing is written yet")
    void settled_otherwise(TestDatabase kind) {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        CountDownLatch tried = new CountDownLatch(1);
        JobStore slow = (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("settle")) {
                        awaitUninterruptibly(tried);
                    }
                    return method.invoke(store, arguments);
                });
        UUID id = JobClient.of(store).enqueue(NewJob.of(TYPE, "x").timeLimit(Duration.ofMillis(100)));
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            try {
                return store.complete(job, connection -> {
                    Receipt receipt = insert(connection, job);
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException outOfTime) {
                        return receipt;
                    }
                    return receipt;
                });
            } catch (CancellationException refused) {
                thrown.set(refused);
                throw refused;
            } finally {
                tried.countDown();
            }
        });

        Worker.of(slow, processors).build().drain();

        assertThat(thrown.get()).hasMessageContaining("to end otherwise");
        assertThat(invoices(database)).isEmpty();
        assertThat(store.find(id).orElseThrow().errorCode()).isEqualTo("time_limit");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is asked to come back, and loses its slot, if it goes on past the time limit after it has completed")
    void goes_on_after_completing(TestDatabase kind) throws InterruptedException {
        DataSource database = database(kind);
        JdbcJobStore store = JdbcJobStore.of(database);
        CountDownLatch never = new CountDownLatch(1);
        BaseProcessor<String, Object> processor = new BaseProcessor<>(TYPE) {
            @Override
            protected Object process(String input, JobContext job) throws Exception {
                Object receipt = store.complete(job, connection -> insert(connection, job));
                if (input.equals("stays")) {
                    awaitUninterruptibly(never);
                }
                return receipt;
            }

            @Override
            public Duration timeLimit() {
                return Duration.ofMillis(200);
            }
        };
        JobClient jobs = JobClient.of(store);
        UUID stays = jobs.enqueue(NewJob.of(TYPE, "stays").priority(9));
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(processor))
                .concurrency(1)
                .listener(events::add)
                .start()) {
            UUID next = jobs.enqueue(NewJob.of(TYPE, "next"));

            assertThat(jobs.await(next, Duration.ofSeconds(20)).orElseThrow().status())
                    .isEqualTo(JobStatus.COMPLETED);
            assertThat(jobs.find(stays).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(worker.health().reasons()).singleElement().asString().contains("stuck");
            never.countDown();
            Awaitility.await().until(() -> worker.health().reasons().isEmpty());
        }
        assertThat(events)
                .filteredOn(event ->
                        event instanceof JobEvent.Completed && event.job().id().equals(stays))
                .hasSize(1);
    }

    private static HikariDataSource through(AnswerSwallowingProxy proxy) {
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setURL("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
        server.setPrepareThreshold(0);
        return TestPostgres.pool(server);
    }
}
