package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.client.JobClient;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A worker starts completely or not at all: no thread, no registration and no subscription is left behind. */
@Timeout(180)
class WorkerStartTest {
    private static final JobType<String> TYPE = JobType.of("work", String.class);
    private static final String NAME = "starting";

    private enum Step {
        REGISTERS,
        GETS_THE_ANSWER_THAT_IT_HAS_REGISTERED,
        HEARS_OF_CANCELLATIONS,
        HEARS_OF_NEW_JOBS
    }

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, delegatesTo(memory));
    private final List<UUID> registered = new CopyOnWriteArrayList<>();
    private final AtomicInteger subscriptions = new AtomicInteger();
    private volatile @Nullable Step broken;

    @BeforeEach
    void breakOneStep() {
        doAnswer(call -> {
                    fail(Step.REGISTERS, JobStoreException.Kind.TRANSIENT);
                    WorkerInfo worker = call.getArgument(0);
                    memory.register(worker, call.getArgument(1));
                    registered.add(worker.id());
                    fail(Step.GETS_THE_ANSWER_THAT_IT_HAS_REGISTERED, JobStoreException.Kind.UNKNOWN_OUTCOME);
                    return null;
                })
                .when(store)
                .register(any(), any());
        doAnswer(call -> subscribed(Step.HEARS_OF_CANCELLATIONS, () -> memory.onCancelRequested(call.getArgument(0))))
                .when(store)
                .onCancelRequested(any());
        doAnswer(call -> subscribed(Step.HEARS_OF_NEW_JOBS, () -> memory.onAdded(call.getArgument(0))))
                .when(store)
                .onAdded(any());
    }

    private void fail(Step step, JobStoreException.Kind kind) {
        if (step == broken) {
            throw new JobStoreException(kind, step.name(), null);
        }
    }

    private StoreHints.Subscription subscribed(Step step, Supplier<StoreHints.Subscription> subscribe) {
        if (step == broken) {
            throw new LinkageError(step.name());
        }
        StoreHints.Subscription real = subscribe.get();
        subscriptions.incrementAndGet();
        return () -> {
            subscriptions.decrementAndGet();
            real.close();
        };
    }

    @ParameterizedTest
    @EnumSource
    void a_step_that_fails_leaves_nothing_behind_and_the_worker_can_be_started_again(Step step)
            throws InterruptedException {
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> "done"))
                .name(NAME)
                .build();
        broken = step;

        assertThatThrownBy(worker::start).hasMessageContaining(step.name());

        assertNothingIsLeft();
        assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.DOWN);

        broken = null;
        worker.start();
        JobClient jobs = JobClient.of(memory);
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        assertThat(jobs.await(id, Duration.ofMinutes(1)).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        worker.close();
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HEARS_OF_NEW_JOBS")
    void a_drain_that_cannot_begin_leaves_nothing_behind(Step step) {
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> "done"))
                .name(NAME)
                .build();
        broken = step;

        assertThatThrownBy(worker::drain).hasMessageContaining(step.name());

        assertNothingIsLeft();
    }

    @Test
    void a_drain_whose_results_cannot_be_written_leaves_no_threads_behind() {
        doAnswer(call -> {
                    throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null);
                })
                .when(store)
                .settle(any());
        JobClient.of(memory).enqueue(NewJob.of(TYPE, "x"));
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> "done"))
                .name(NAME)
                .lease(Duration.ofMillis(500))
                .build();

        assertThatThrownBy(worker::drain).hasMessageContaining("did not take the results");

        assertThat(threads()).isEmpty();
        assertThat(subscriptions).hasValue(0);
    }

    @Test
    void a_worker_that_is_closed_stops_although_the_store_throws_errors() {
        doAnswer(call -> {
                    throw new LinkageError("no deregistering");
                })
                .when(store)
                .deregister(any());
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> "done"))
                .name(NAME)
                .start();

        worker.close();

        assertThat(threads()).isEmpty();
        assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.DOWN);
    }

    private void assertNothingIsLeft() {
        assertThat(threads()).isEmpty();
        assertThat(subscriptions).hasValue(0);
        assertThat(registered)
                .allSatisfy(id -> assertThat(memory.beat(id, Duration.ofSeconds(1), WorkerLoad.NONE))
                        .isEqualTo(BeatAnswer.DEAD));
    }

    /** The threads of the worker that are alive, apart from those of jobs, which end when they have idled for a while. */
    private static List<String> threads() {
        Supplier<List<String>> alive = () -> Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("forthwith-" + NAME) && !name.contains("-job-"))
                .toList();
        try {
            Patiently.await().until(() -> alive.get().isEmpty());
        } catch (ConditionTimeoutException left) {
            return alive.get();
        }
        return List.of();
    }
}
