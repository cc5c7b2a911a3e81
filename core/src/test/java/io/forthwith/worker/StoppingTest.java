package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ways to stop a worker. None of them loses a job or counts an interrupted attempt. */
@Timeout(180)
class StoppingTest {
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, delegatesTo(memory));
    private final JobClient jobs = JobClient.of(memory);
    private final CountDownLatch started = new CountDownLatch(1);

    @Test
    void a_listener_can_stop_the_worker() throws InterruptedException {
        AtomicReference<Worker> self = new AtomicReference<>();
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        CountDownLatch heard = new CountDownLatch(1);
        CountDownLatch known = new CountDownLatch(1);
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> "done"))
                .listener(event -> {
                    if (event instanceof JobEvent.Completed) {
                        await(known);
                        self.get().close();
                        heard.countDown();
                    }
                })
                .start();
        self.set(worker);
        known.countDown();
        heard.await();
        worker.close();

        assertThat(memory.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        verify(store).deregister(any());
    }

    @Test
    void an_interrupt_of_the_closing_thread_shortens_the_grace_period_and_nothing_else() throws InterruptedException {
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                    return null;
                }))
                .start();
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        started.await();

        Thread.currentThread().interrupt();
        worker.close();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(memory.find(id).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
        assertThat(memory.find(id).orElseThrow().attempt()).isZero();
        verify(store).deregister(any());
    }

    @Test
    void gives_back_the_jobs_of_the_last_claim_even_if_its_answer_was_lost() throws InterruptedException {
        CountDownLatch closing = new CountDownLatch(1);
        doAnswer(call -> {
                    StoreHints.Subscription hints = memory.onAdded(call.getArgument(0));
                    return (StoreHints.Subscription) () -> {
                        closing.countDown();
                        hints.close();
                    };
                })
                .when(store)
                .onAdded(any());
        doAnswer(call -> {
                    if (!memory.claim(call.getArgument(0)).isEmpty()) {
                        started.countDown();
                    }
                    await(closing);
                    throw new JobStoreException(JobStoreException.Kind.UNKNOWN_OUTCOME, "no answer", null);
                })
                .when(store)
                .claim(any());
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        Worker worker =
                Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> null)).start();
        started.await();
        worker.close();

        assertThat(memory.find(id).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
        assertThat(memory.find(id).orElseThrow().attempt()).isZero();
        assertThat(memory.find(id).orElseThrow().lostWorkers()).isZero();
        verify(store).deregister(any());
    }

    @Test
    void a_failure_while_stopping_is_recorded_as_a_failure() throws InterruptedException {
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                        return null;
                    } catch (InterruptedException e) {
                        throw JobException.user("no_credits", "No credits");
                    }
                }))
                .gracePeriod(Duration.ZERO)
                .start();
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        started.await();
        worker.close();

        assertThat(memory.find(id).orElseThrow().errorMessage()).isEqualTo("No credits");
    }

    @Test
    void keeps_the_lease_until_everything_is_settled_and_deregisters_last() {
        for (int i = 0; i < 20; i++) {
            jobs.enqueue(NewJob.of(TYPE, "x"));
        }
        Worker worker =
                Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> null)).start();
        Patiently.await().until(() -> jobs.countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == 20);
        worker.close();

        var order = inOrder(store);
        order.verify(store).register(any(), any());
        order.verify(store, atLeastOnce()).settle(any());
        order.verify(store).deregister(any());
        order.verifyNoMoreInteractions();
    }

    @Test
    void stopping_ends_while_the_store_is_unreachable_and_leaves_jobs_to_the_lease() throws InterruptedException {
        AtomicBoolean away = new AtomicBoolean();
        doAnswer(call -> {
                    if (away.get()) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null);
                    }
                    return memory.settle(call.getArgument(0));
                })
                .when(store)
                .settle(any());
        // The lease is short because it says how long the worker tries. It does not lapse, however long this thread
        // waits for a core.
        doReturn(new BeatAnswer(true, List.of())).when(store).beat(any(), any(), any());
        doReturn(List.of()).when(store).takeOver(any());
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    away.set(true);
                    return null;
                }))
                .lease(Duration.ofMillis(500))
                .start();
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        Patiently.await().untilTrue(away);

        worker.close();

        assertThat(memory.find(id).orElseThrow().status()).isEqualTo(JobStatus.PROCESSING);
        verify(store, never()).deregister(any());
    }

    @Test
    void health_follows_the_life_of_the_worker() {
        AtomicBoolean away = new AtomicBoolean();
        doAnswer(call -> {
                    if (away.get()) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "connection refused", null);
                    }
                    return memory.claim(call.getArgument(0));
                })
                .when(store)
                .claim(any());
        Worker worker =
                Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> null)).build();
        assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.DOWN);
        worker.start();
        assertThat(worker.health()).isEqualTo(new WorkerHealth(LibraryOnly.KEY, WorkerHealth.Status.UP, List.of()));

        away.set(true);
        jobs.enqueue(NewJob.of(TYPE, "x"));
        Patiently.await().until(() -> worker.health().status() == WorkerHealth.Status.DEGRADED);
        assertThat(worker.health().reasons())
                .anyMatch(reason -> reason.contains("claiming: ") && reason.contains("connection refused"));

        away.set(false);
        Patiently.await().until(() -> worker.health().status() == WorkerHealth.Status.UP);
        worker.close();
        assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.DOWN);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
