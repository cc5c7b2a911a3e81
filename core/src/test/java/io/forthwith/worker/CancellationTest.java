package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Patiently;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cancels jobs in the process of the worker. The lease is so long that no heartbeat can deliver the cancellation. */
class CancellationTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration NO_BEAT = Duration.ofHours(1);
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final CountDownLatch started = new CountDownLatch(1);

    /** What a processor can do when it is interrupted. */
    private enum Reaction {
        RETURNS {
            @Override
            Object on(InterruptedException interrupt) {
                return "finished all the same";
            }
        },
        LETS_IT_THROUGH {
            @Override
            Object on(InterruptedException interrupt) throws InterruptedException {
                throw interrupt;
            }
        },
        THROWS {
            @Override
            Object on(InterruptedException interrupt) {
                throw new IllegalStateException(interrupt);
            }
        },
        BLAMES_THE_USER {
            @Override
            Object on(InterruptedException interrupt) {
                throw JobException.user("no_credits", "Insufficient credits");
            }
        },
        WANTS_A_RETRY {
            @Override
            Object on(InterruptedException interrupt) {
                throw JobException.retryable("The service is busy").causedBy(interrupt);
            }
        },
        IS_NOT_READY {
            @Override
            Object on(InterruptedException interrupt) {
                throw new NotReadyException(Duration.ofSeconds(1), "the shots are not rendered yet");
            }
        };

        abstract Object on(InterruptedException interrupt) throws InterruptedException;
    }

    @ParameterizedTest
    @EnumSource
    void ends_the_job_at_once_as_cancelled_whatever_its_processor_does(Reaction reaction) throws Exception {
        AtomicBoolean toldOfIt = new AtomicBoolean();
        AtomicInteger undone = new AtomicInteger();
        try (Worker worker = start(job -> {
            job.onFailure(undone::incrementAndGet);
            started.countDown();
            try {
                return new CountDownLatch(1).await(1, TimeUnit.HOURS);
            } catch (InterruptedException interrupt) {
                toldOfIt.set(job.isCancelled());
                return reaction.on(interrupt);
            }
        })) {
            UUID id = enqueueAndAwaitStart();

            assertThat(jobs.cancel(id)).isEqualTo(ActResult.REQUESTED);

            Job cancelled = jobs.await(id, SOON).orElseThrow();
            assertThat(cancelled.status()).isEqualTo(JobStatus.CANCELLED);
            assertThat(cancelled.result()).isNull();
            assertThat(cancelled.errorMessage()).isNull();
            assertThat(jobs.failures(id)).isEmpty();
            assertThat(toldOfIt).isTrue();
            Patiently.await().untilAsserted(() -> assertThat(undone).hasValue(1));
            assertThat(jobs.cancel(id)).isEqualTo(ActResult.ENDED);
        }
        assertThat(undone).hasValue(1);
    }

    @Test
    void a_job_that_asks_whether_it_is_cancelled_sees_it_without_an_interrupt() throws Exception {
        try (Worker worker = start(job -> {
            started.countDown();
            while (!job.isCancelled()) {
                Thread.onSpinWait();
            }
            return null;
        })) {
            UUID id = enqueueAndAwaitStart();
            jobs.cancel(id);

            assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
        }
    }

    @Test
    void a_job_can_cancel_itself() throws Exception {
        try (Worker worker = start(job -> {
            jobs.cancel(job.id());
            return Thread.currentThread().isInterrupted() && job.isCancelled() ? null : fail(started);
        })) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

            assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
            assertThat(started.getCount()).as("ran without being told").isEqualTo(1);
        }
    }

    private static Object fail(CountDownLatch started) {
        started.countDown();
        return null;
    }

    @Test
    void a_cancellation_and_the_end_of_the_job_race_and_the_answer_says_which_won() throws Exception {
        BlockingQueue<UUID> finishing = new LinkedBlockingQueue<>();
        AtomicInteger undone = new AtomicInteger();
        int requested = 0;
        try (Worker worker = start(job -> {
            job.onFailure(undone::incrementAndGet);
            finishing.add(job.id());
            return "done";
        })) {
            for (int i = 0; i < 300; i++) {
                UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
                assertThat(finishing.poll(1, TimeUnit.MINUTES)).isEqualTo(id);
                spin(i * 200);
                ActResult answer = jobs.cancel(id);

                assertThat(answer).isIn(ActResult.REQUESTED, ActResult.ENDED);
                requested += answer.outcome() == ActResult.Outcome.REQUESTED ? 1 : 0;
                assertThat(jobs.await(id, SOON).orElseThrow().status())
                        .isEqualTo(
                                answer.outcome() == ActResult.Outcome.REQUESTED
                                        ? JobStatus.CANCELLED
                                        : JobStatus.COMPLETED);
            }
            int expected = requested;
            Patiently.await().untilAsserted(() -> assertThat(undone).hasValue(expected));
        }
        assertThat(undone).hasValue(requested);
    }

    private static void spin(int nanos) {
        long until = System.nanoTime() + nanos;
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void a_job_that_waits_for_its_retry_is_cancelled_when_the_call_returns() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        try (Worker worker = start(job -> {
            attempts.incrementAndGet();
            throw JobException.retryable("The service is busy").after(Duration.ofHours(1));
        })) {
            UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
            Patiently.await().until(() -> jobs.failures(id).size() == 1);

            assertThat(jobs.cancel(id)).isEqualTo(ActResult.DONE);

            assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
            assertThat(jobs.failures(id)).hasSize(1);
        }
        assertThat(attempts).hasValue(1);
    }

    @Test
    void a_stopping_worker_still_gets_hints_and_a_stopped_one_does_not() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        JobStore watched = mock(JobStore.class, delegatesTo(store));
        doAnswer(call -> {
                    StoreHints.Subscription subscription = store.onCancelRequested(call.getArgument(0));
                    return (StoreHints.Subscription) () -> {
                        closed.set(true);
                        subscription.close();
                    };
                })
                .when(watched)
                .onCancelRequested(any());
        Worker worker = worker(watched, job -> {
            started.countDown();
            new CountDownLatch(1).await();
            return null;
        });
        UUID id = enqueueAndAwaitStart();
        Thread closing = new Thread(worker::close);
        closing.start();
        Patiently.await().until(() -> worker.toString().contains("stopping"));
        assertThat(closed).isFalse();

        jobs.cancel(id);

        assertThat(jobs.await(id, SOON).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
        closing.join();
        assertThat(closed).isTrue();
    }

    @Test
    void cancels_drained_jobs_too() throws Exception {
        Thread canceller = new Thread(() -> {
            try {
                started.await();
                jobs.cancel(jobs.scan(JobQuery.all()).get(0).id());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        canceller.start();
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();

        Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    started.countDown();
                    new CountDownLatch(1).await();
                    return null;
                }))
                .lease(NO_BEAT)
                .build()
                .drain();

        assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
        canceller.join();
    }

    private Worker start(Processor processor) {
        return worker(store, processor);
    }

    private static Worker worker(JobStore store, Processor processor) {
        return Worker.of(store, ProcessorRegistry.of().with(TYPE, processor))
                .lease(NO_BEAT)
                .start();
    }

    private UUID enqueueAndAwaitStart() throws InterruptedException {
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();
        return id;
    }
}
