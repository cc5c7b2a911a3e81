package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyBoolean;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.internal.job.AttemptParts;
import io.forthwith.internal.job.TransactionalCompletion;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.TakeOverRequest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.stubbing.Answer;

/** Durable steps with a store that fails, cancellations and interrupts. */
@Timeout(180)
class DurableStepsTest {
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, delegatesTo(memory));
    private final JobClient jobs = JobClient.of(memory);
    private final List<String> deeds = new CopyOnWriteArrayList<>();
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();
    private UUID id;

    @BeforeEach
    void enqueue() {
        id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
    }

    /** Runs one step. */
    private final class Charging extends BaseProcessor<String, String> {
        private final Step<String> charge =
                step("charge", String.class).undo((receipt, key) -> deeds.add("refund " + receipt));
        private final Step.Action<String> action;

        Charging(Step.Action<String> action) {
            super(TYPE);
            this.action = action;
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            try {
                return job.run(charge, key -> {
                    deeds.add("charge");
                    return action.run(key);
                });
            } catch (Throwable failure) {
                thrown.set(failure);
                throw failure;
            }
        }
    }

    private void drain(Step.Action<String> action) {
        Worker.of(store, ProcessorRegistry.of(new Charging(action))).build().drain();
    }

    private Job job() {
        return memory.find(id).orElseThrow();
    }

    private static JobStoreException store(JobStoreException.Kind kind) {
        return new JobStoreException(kind, "no", null);
    }

    /** The results of the next calls: an exception to throw, or null to let the call through. */
    private Answer<Object> ends(Deque<Runnable> ends) {
        Answer<Object> through = delegatesTo(memory);
        return call -> {
            Runnable end = ends.isEmpty() ? () -> {} : ends.removeFirst();
            end.run();
            return through.answer(call);
        };
    }

    private static Runnable failing(JobStoreException.Kind kind) {
        return () -> {
            throw store(kind);
        };
    }

    @Test
    void waits_for_a_store_that_cannot_be_reached_and_runs_the_action_once() {
        doAnswer(ends(new ArrayDeque<>(List.of(
                        failing(JobStoreException.Kind.TRANSIENT), failing(JobStoreException.Kind.UNKNOWN_OUTCOME)))))
                .when(store)
                .beginStep(any(), any(), anyBoolean());
        doAnswer(ends(new ArrayDeque<>(List.of(failing(JobStoreException.Kind.TRANSIENT)))))
                .when(store)
                .finishStep(any(), any(), any());

        drain(key -> "receipt");

        assertThat(deeds).containsExactly("charge");
        assertThat(job().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(memory.steps(id)).singleElement().matches(JobStep::isFinished);
    }

    @Test
    void a_step_returns_the_same_as_in_a_later_attempt() {
        record Receipt(int credits) {}
        AtomicReference<Object> returned = new AtomicReference<>();
        BaseProcessor<String, String> processor = new BaseProcessor<>(TYPE) {
            private final Step<Object> charge = step("charge", Object.class);

            @Override
            protected String process(String input, JobContext job) throws Exception {
                returned.set(job.run(charge, key -> new Receipt(10)));
                return "done";
            }
        };

        Worker.of(store, ProcessorRegistry.of(processor)).build().drain();

        assertThat(returned.get()).isEqualTo(Map.of("credits", 10));
    }

    @Test
    void a_result_whose_answer_was_lost_counts_as_stored() {
        Answer<Object> through = delegatesTo(memory);
        Deque<Runnable> after = new ArrayDeque<>(List.of(failing(JobStoreException.Kind.UNKNOWN_OUTCOME)));
        doAnswer(call -> {
                    Object answer = through.answer(call);
                    if (!after.isEmpty()) {
                        after.removeFirst().run();
                    }
                    return answer;
                })
                .when(store)
                .finishStep(any(), any(), any());

        drain(key -> "receipt");

        assertThat(job().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(deeds).containsExactly("charge");
    }

    @Test
    void a_beginning_that_is_refused_permanently_fails_the_attempt_before_the_action() {
        doAnswer(call -> {
                    throw store(JobStoreException.Kind.PERMANENT);
                })
                .when(store)
                .beginStep(any(), any(), anyBoolean());

        drain(key -> "receipt");

        assertThat(deeds).isEmpty();
        assertThat(job().status()).isEqualTo(JobStatus.FAILED);
    }

    @Test
    void a_step_result_that_is_refused_permanently_fails_the_job_and_the_undo_gets_no_result() {
        doAnswer(call -> {
                    throw store(JobStoreException.Kind.PERMANENT);
                })
                .when(store)
                .finishStep(any(), any(), any());

        drain(key -> "receipt");

        assertThat(job().errorCode()).isEqualTo("result_unstorable");
        assertThat(deeds).containsExactly("charge", "refund null");
    }

    @Test
    void the_step_result_of_a_cancelled_job_is_stored_even_if_the_store_fails_at_first() throws InterruptedException {
        CountDownLatch inAction = new CountDownLatch(1);
        doAnswer(ends(new ArrayDeque<>(
                        List.of(failing(JobStoreException.Kind.TRANSIENT), failing(JobStoreException.Kind.TRANSIENT)))))
                .when(store)
                .finishStep(any(), any(), any());
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(new Charging(key -> {
                    inAction.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException cancelled) {
                        Thread.currentThread().interrupt();
                    }
                    return "receipt";
                })))
                .start()) {
            inAction.await();
            jobs.cancel(id);

            assertThat(jobs.await(id, Duration.ofMinutes(1)).orElseThrow().status())
                    .isEqualTo(JobStatus.CANCELLED);
            Patiently.await()
                    .untilAsserted(
                            () -> assertThat(memory.scan(JobQuery.all().undos().status(JobStatus.COMPLETED)))
                                    .hasSize(1));
        }
        assertThat(deeds).containsExactly("charge", "refund receipt");
    }

    @Test
    void stops_waiting_for_the_store_when_the_attempt_is_over() throws InterruptedException {
        CountDownLatch waiting = new CountDownLatch(1);
        doAnswer(call -> {
                    waiting.countDown();
                    throw store(JobStoreException.Kind.TRANSIENT);
                })
                .when(store)
                .beginStep(any(), any(), anyBoolean());
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(new Charging(key -> "receipt")))
                .start()) {
            waiting.await();
            jobs.cancel(id);

            assertThat(jobs.await(id, Duration.ofMinutes(1)).orElseThrow().status())
                    .isEqualTo(JobStatus.CANCELLED);
        }
        assertThat(deeds).isEmpty();
    }

    @Test
    void a_job_that_completed_in_a_transaction_begins_no_further_step() {
        BaseProcessor<String, String> processor = new BaseProcessor<>(TYPE) {
            private final Step<String> charge = step("charge", String.class);

            @Override
            protected String process(String input, JobContext job) {
                TransactionalCompletion completion = AttemptParts.of(job).completion();
                completion.begin("done");
                completion.committed();
                assertThatThrownBy(() -> job.run(charge, key -> "receipt"))
                        .isInstanceOf(CancellationException.class)
                        .hasMessage("Job " + id + " has been settled: step charge is not begun");
                deeds.add("went on");
                return "done";
            }
        };

        Worker.of(store, ProcessorRegistry.of(processor)).build().drain();

        assertThat(deeds).containsExactly("went on");
        assertThat(memory.steps(id)).isEmpty();
    }

    @Test
    void the_processor_learns_that_the_claim_was_lost_during_the_action() {
        drain(key -> {
            Job held = memory.find(id).orElseThrow();
            memory.deregister(held.workerId());
            memory.takeOver(new TakeOverRequest(1, Duration.ZERO, Locale.ENGLISH));
            return "receipt";
        });

        assertThat(thrown.get()).isInstanceOf(CancellationException.class).hasMessageContaining("no longer holds");
        assertThat(memory.steps(id)).singleElement().matches(step -> !step.isFinished());
        assertThat(memory.scan(JobQuery.all())).filteredOn(Job::isUndo).hasSize(1);
    }

    @Test
    void an_interrupt_is_delivered_after_a_call_to_the_store_and_never_during_it() throws InterruptedException {
        CountDownLatch inStore = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        AtomicReference<Boolean> interruptedInStore = new AtomicReference<>();
        AtomicReference<Boolean> interruptedAfter = new AtomicReference<>();
        Answer<Object> through = delegatesTo(memory);
        doAnswer(call -> {
                    Object answer = through.answer(call);
                    inStore.countDown();
                    cancelled.await(1, TimeUnit.MINUTES);
                    interruptedInStore.set(Thread.currentThread().isInterrupted());
                    return answer;
                })
                .when(store)
                .beginStep(any(), any(), anyBoolean());
        AtomicReference<JobContext> context = new AtomicReference<>();
        BaseProcessor<String, String> processor = new BaseProcessor<>(TYPE) {
            private final Step<String> charge = step("charge", String.class);

            @Override
            protected String process(String input, JobContext job) throws Exception {
                context.set(job);
                job.run(charge, key -> {
                    interruptedAfter.set(Thread.interrupted());
                    return "receipt";
                });
                return "done";
            }
        };
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(processor)).start()) {
            inStore.await();
            jobs.cancel(id);
            Patiently.await().until(() -> context.get().isCancelled());
            cancelled.countDown();
            jobs.await(id, Duration.ofMinutes(1));
        }

        assertThat(interruptedInStore.get()).isFalse();
        assertThat(interruptedAfter.get()).isTrue();
        assertThat(job().status()).isEqualTo(JobStatus.CANCELLED);
    }
}
