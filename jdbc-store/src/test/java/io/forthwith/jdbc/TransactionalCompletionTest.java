package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.store.JobStore;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A processor that completes its job in the transaction of its own writes")
@Timeout(Patience.SECONDS_OF_A_TEST)
class TransactionalCompletionTest extends Invoicing {
    /** Long enough for what a test does before it, also on a busy machine. */
    private static final Duration LONG_LIMIT = Duration.ofSeconds(3);

    @ParameterizedTest
    @EnumSource
    @DisplayName("commits both")
    void commits_both(TestDatabase kind) {
        open(kind);
        UUID id = enqueue();
        AtomicBoolean undone = new AtomicBoolean();

        worker(job -> {
                    job.onFailure(() -> undone.set(true));
                    store.complete(job, connection -> insert(connection, job));
                    assertThat(invoices()).hasSize(1);
                    assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
                    throw new IllegalStateException("too late to fail");
                })
                .drain();

        Job job = find(id);
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
        open(kind);
        NewJob parent = NewJob.of(TYPE, "parent");
        JobClient.of(store).enqueueAll(List.of(parent, NewJob.of(TYPE, "x").parent(parent)));

        worker(job -> store.complete(job, connection -> insert(connection, job)))
                .drain();

        assertThat(store.find(parent.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("commits without the interrupt flag that the work has left set, and gives it back")
    void interrupted(TestDatabase kind) {
        open(kind);
        UUID id = enqueue();
        AtomicBoolean after = new AtomicBoolean();

        worker(job -> {
                    Object receipt = store.complete(job, connection -> {
                        Receipt inserted = insert(connection, job);
                        Thread.currentThread().interrupt();
                        return inserted;
                    });
                    after.set(Thread.currentThread().isInterrupted());
                    return receipt;
                })
                .drain();

        assertThat(after).isTrue();
        assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(invoices()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("commits neither if the work throws, and the job fails of that")
    void commits_neither(TestDatabase kind) {
        open(kind);
        UUID id = enqueue();

        worker(job -> store.complete(job, connection -> {
                    insert(connection, job);
                    throw JobException.user("no_credits", "Insufficient credits");
                }))
                .drain();

        assertThat(invoices()).isEmpty();
        assertThat(find(id).errorMessage()).isEqualTo("Insufficient credits");
    }

    @ParameterizedTest
    // In SQLite no other transaction writes while the work does.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("commits nothing as a zombie: its lease was lost and the job is another's")
    void zombie(TestDatabase kind) {
        open(kind);
        UUID id = enqueue();

        worker(job -> store.complete(job, connection -> {
                    Receipt receipt = insert(connection, job);
                    if (job.claimNumber() == 1) {
                        takeOver();
                        // If a beat comes now, the worker registers anew, and must not claim the job again.
                        Sql.run(database, "UPDATE job SET run_at = TIMESTAMP '2099-01-01 00:00:00'");
                    }
                    return receipt;
                }))
                .drain();
        assertThat(thrown.get()).isInstanceOf(CancellationException.class).hasMessageContaining("no longer");
        assertThat(invoices()).isEmpty();
        assertThat(find(id).status()).isEqualTo(JobStatus.PENDING);

        Sql.run(database, "UPDATE job SET run_at = created_at");
        worker(job -> store.complete(job, connection -> insert(connection, job)))
                .drain();

        assertThat(invoices()).containsExactly(List.of(id.toString(), "3"));
        assertThat(find(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    // In SQLite no other transaction writes while the work does.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("commits nothing if the database has forgotten the claim and given its number to this worker again")
    void forgotten(TestDatabase kind) {
        open(kind);
        UUID id = enqueue();

        worker(job -> store.complete(job, connection -> {
                    Receipt receipt = insert(connection, job);
                    Sql.run(database, "UPDATE job SET started_at = created_at");
                    return receipt;
                }))
                .drain();

        assertThat(thrown.get()).isInstanceOf(CancellationException.class).hasMessageContaining("no longer");
        assertThat(invoices()).isEmpty();
        assertThat(find(id).status()).isEqualTo(JobStatus.PROCESSING);
    }

    /** As if the worker had been silent for a whole lease; again, if a beat of it came in between. */
    private void takeOver() {
        List<TakenOver> taken = List.of();
        for (int tries = 0; taken.isEmpty() && tries < 10; tries++) {
            Sql.run(database, "UPDATE job_worker SET lease_until = started_at");
            taken = store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));
        }
        assertThat(taken).hasSize(1);
    }

    @ParameterizedTest
    // In SQLite no other transaction writes while the work does.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("commits nothing if the job is cancelled meanwhile")
    void cancelled(TestDatabase kind) {
        open(kind);
        UUID id = enqueue();

        worker(job -> store.complete(job, connection -> {
                    Receipt receipt = insert(connection, job);
                    JobClient.of(store).cancel(id);
                    return receipt;
                }))
                .drain();

        assertThat(invoices()).isEmpty();
        assertThat(find(id).status()).isEqualTo(JobStatus.CANCELLED);
    }

    @ParameterizedTest
    // In SQLite no other transaction writes while the work does.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("commits nothing if the time limit passes meanwhile")
    void time_limit(TestDatabase kind) throws InterruptedException {
        open(kind);
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
                return LONG_LIMIT;
            }
        };
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(processor))
                .listener(event -> {
                    if (event instanceof JobEvent.Failed) {
                        failed.countDown();
                    }
                })
                .start()) {
            UUID id = enqueue();
            assertThat(returned.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();

            assertThat(thrown.get()).isNotNull();
            assertThat(find(id).errorCode()).isEqualTo("time_limit");
            assertThat(invoices()).isEmpty();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (true) {
            try {
                assertThat(latch.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
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
        open(kind);
        UUID id = enqueue();

        worker(job -> store.complete(job, connection -> {
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

        assertThat(invoices()).isEmpty();
        assertThat(thrown.get()).hasMessageContaining("is committed by the store");
        assertThat(find(id).status()).isEqualTo(JobStatus.FAILED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("fails for good if its result cannot be stored, and commits nothing")
    void unstorable_result(TestDatabase kind) {
        open(kind);
        UUID id = enqueue();

        worker(job -> store.complete(job, connection -> {
                    insert(connection, job);
                    return "\u0000";
                }))
                .drain();

        assertThat(invoices()).isEmpty();
        assertThat(find(id).errorCode()).isEqualTo("result_unstorable");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("does not complete a job that its worker has begun to settle otherwise, though nothing is written yet")
    void settled_otherwise(TestDatabase kind) {
        open(kind);
        CountDownLatch tried = new CountDownLatch(1);
        JobStore slow = (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("settle")) {
                        awaitUninterruptibly(tried);
                    }
                    return method.invoke(store, arguments);
                });
        UUID id = JobClient.of(store)
                .enqueue(NewJob.of(TYPE, "x").timeLimit(LONG_LIMIT))
                .id();
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
        assertThat(invoices()).isEmpty();
        assertThat(find(id).errorCode()).isEqualTo("time_limit");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is asked to come back, and loses its slot, if it goes on past the time limit after it has completed")
    void goes_on_after_completing(TestDatabase kind) throws InterruptedException {
        open(kind);
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
        };
        JobClient jobs = JobClient.of(store);
        UUID stays = jobs.enqueue(NewJob.of(TYPE, "stays").priority(9).timeLimit(LONG_LIMIT))
                .id();
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(processor))
                .concurrency(1)
                .listener(events::add)
                .start()) {
            UUID next = jobs.enqueue(NewJob.of(TYPE, "next")).id();

            assertThat(jobs.await(next, Patience.LONG).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
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
}
