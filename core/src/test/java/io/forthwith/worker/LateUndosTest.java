package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.client.JobClient;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The store says only when the worker stops that it has refused a result. */
@Timeout(180)
class LateUndosTest {
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, delegatesTo(memory));
    private final JobClient jobs = JobClient.of(memory);
    private final AtomicInteger undone = new AtomicInteger();
    private final CountDownLatch mayBeUndone = new CountDownLatch(1);
    private final ProcessorRegistry registry = ProcessorRegistry.of().with(TYPE, job -> {
        job.onFailure(() -> {
            mayBeUndone.await();
            undone.incrementAndGet();
        });
        return "late";
    });

    @Test
    void close_waits_for_undo_actions_as_for_jobs() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch mayAnswer = new CountDownLatch(1);
        doAnswer(call -> {
                    asked.countDown();
                    mayAnswer.await();
                    return List.of(Settled.LOST);
                })
                .when(store)
                .settle(any());
        jobs.enqueue(NewJob.of(TYPE, "x"));
        Worker worker = Worker.of(store, registry).start();
        asked.await();
        Thread closing = new Thread(worker::close);
        closing.start();
        // Not while the worker still waits for the job itself.
        Patiently.await().until(() -> closing.getState() == Thread.State.TIMED_WAITING && isSettling(closing));
        mayAnswer.countDown();

        Patiently.await().during(Duration.ofMillis(300)).until(closing::isAlive);
        mayBeUndone.countDown();
        closing.join();

        assertThat(undone).hasValue(1);
    }

    private static boolean isSettling(Thread closing) {
        return List.of(closing.getStackTrace()).toString().contains("awaitNoneUninterruptibly");
    }

    // On a thread of its own: a wait of the drain is not ended by an interrupt.
    @Test
    @Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_drain_that_gives_up_runs_undo_actions_and_does_not_wait_for_more() {
        mayBeUndone.countDown();
        AtomicBoolean hasGivenUp = new AtomicBoolean();
        doAnswer(call -> {
                    WorkerLoad load = call.getArgument(2);
                    hasGivenUp.compareAndSet(false, load.isStopping());
                    return new BeatAnswer(true, List.of());
                })
                .when(store)
                .beat(any(), any(), any());
        doAnswer(call -> {
                    if (!hasGivenUp.get()) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null);
                    }
                    return List.of(Settled.LOST);
                })
                .when(store)
                .settle(any());
        jobs.enqueue(NewJob.of(TYPE, "x"));
        // If it waited for more, it would wait for the grace period.
        Worker worker = Worker.of(store, registry)
                .lease(Duration.ofMillis(500))
                .gracePeriod(Duration.ofHours(1))
                .build();

        assertThatThrownBy(worker::drain).isInstanceOf(JobStoreException.class);

        assertThat(undone).hasValue(1);
    }
}
