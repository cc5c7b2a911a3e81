package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.BaseProcessor;
import io.forthwith.CancelResult;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobFailure;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.RetryPolicy;
import io.forthwith.RetryResult;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Durable steps")
@Timeout(60)
class DurableStepsTest {
    private static final JobType<String> TYPE = JobType.of("shot_video_generation", String.class);

    /** What was done and undone, in order. */
    private final List<String> deeds = new ArrayList<>();

    private final List<String> keys = new ArrayList<>();

    record Receipt(int credits) {}

    /** What happens after both steps are done. */
    @FunctionalInterface
    interface Then {
        Object run(JobContext job) throws Exception;
    }

    /** Charges, then uploads, then does as it is told. */
    private final class Shot extends BaseProcessor<String, Object> {
        private final Step<Receipt> charge = step("charge", Receipt.class).undo(this::refund);
        private final Step<String> upload = step("upload", String.class).undo((url, key) -> note("remove " + url, key));
        private final Step<String> mail = step("mail", String.class);
        private final AtomicInteger failingRefunds = new AtomicInteger();
        private final Then then;

        Shot(Then then) {
            super(TYPE);
            this.then = then;
        }

        @Override
        protected Object process(String input, JobContext job) throws Exception {
            Receipt receipt = job.run(charge, key -> {
                note("charge", key);
                return new Receipt(10);
            });
            String url = job.run(upload, key -> {
                note("upload for " + receipt.credits(), key);
                return "https://example.org/v";
            });
            job.run(mail, key -> {
                note("mail " + url, key);
                return null;
            });
            return then.run(job);
        }

        private void refund(Receipt receipt, String key) {
            if (failingRefunds.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                deeds.add("refund fails");
                throw new IllegalStateException("The ledger is closed");
            }
            note("refund " + (receipt == null ? "unknown" : receipt.credits()), key);
        }

        @Override
        public RetryPolicy retryPolicy() {
            return RetryPolicy.fixed(Duration.ZERO).maxAttempts(3);
        }
    }

    private void note(String deed, String key) {
        deeds.add(deed);
        keys.add(key);
    }

    private static Object fail(JobContext job) {
        throw JobException.user("no_credits", "Insufficient credits");
    }

    private static int drain(JobStore store, BaseProcessor<?, ?> processor) {
        return Worker.of(store, ProcessorRegistry.of(processor)).build().drain();
    }

    private static UUID enqueue(JobStore store) {
        return JobClient.of(store).enqueue(NewJob.of(TYPE, "shot").user("u1"));
    }

    private static Optional<Job> undoOf(JobStore store, UUID id) {
        return store.list(JobQuery.all()).stream()
                .filter(job -> id.equals(job.undoes()))
                .findFirst();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are undone in reverse order, each with its result and key, when the job fails")
    void undone_when_the_job_fails(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);

        drain(store, new Shot(DurableStepsTest::fail));

        assertThat(deeds)
                .containsExactly(
                        "charge",
                        "upload for 10",
                        "mail https://example.org/v",
                        "remove https://example.org/v",
                        "refund 10");
        assertThat(keys.get(3)).isEqualTo(keys.get(1));
        assertThat(keys.get(4)).isEqualTo(keys.get(0));
        assertThat(store.find(id).orElseThrow().errorMessage()).isEqualTo("Insufficient credits");
        Job undo = undoOf(store, id).orElseThrow();
        assertThat(undo.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(undo.progress().percent()).isEqualTo(100);
        assertThat(store.list(JobQuery.all().user("u1"))).extracting(Job::id).containsExactly(id);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are not done again by a later attempt, which gets their results")
    void not_done_again(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);

        drain(store, new Shot(job -> {
            if (job.attempt() < 3) {
                throw JobException.retryable("The render farm is down", null);
            }
            return "done";
        }));

        assertThat(deeds).containsExactly("charge", "upload for 10", "mail https://example.org/v");
        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(store.find(id).orElseThrow().attempt()).isEqualTo(3);
        assertThat(undoOf(store, id)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that threw are done again with the same key, and undone without a result")
    void thrown_step(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);
        BaseProcessor<String, Object> processor = new BaseProcessor<>(TYPE) {
            private final Step<Receipt> charge =
                    step("charge", Receipt.class).undo((receipt, key) -> note("refund " + receipt, key));

            @Override
            protected Object process(String input, JobContext job) throws Exception {
                return job.run(charge, key -> {
                    note("charge", key);
                    throw JobException.retryable("The bank does not answer", null);
                });
            }

            @Override
            public RetryPolicy retryPolicy() {
                return RetryPolicy.fixed(Duration.ZERO).maxAttempts(2);
            }
        };

        drain(store, processor);

        assertThat(deeds).containsExactly("charge", "charge", "refund null");
        assertThat(keys).containsOnly(keys.get(0));
        assertThat(undoOf(store, id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are undone for as long as it takes, beyond any cap, starting at the one that could not be undone")
    void undone_for_as_long_as_it_takes(AnyStore kind) throws InterruptedException {
        JobStore store = kind.empty();
        UUID id = enqueue(store);
        Shot shot = new Shot(DurableStepsTest::fail);
        shot.failingRefunds.set(1);

        drain(store, shot);

        Job undo = undoOf(store, id).orElseThrow();
        assertThat(undo.status()).isEqualTo(JobStatus.PENDING);
        assertThat(undo.errorMessage()).isEqualTo("The ledger is closed");
        assertThat(undo.runAt()).isAfter(undo.updatedAt());
        assertThat(JobClient.of(store).failures(undo.id()))
                .extracting(JobFailure::message)
                .containsExactly("The ledger is closed");
        assertThat(JobClient.of(store).cancel(undo.id())).isEqualTo(CancelResult.NOT_CANCELLABLE);
        assertThat(JobClient.of(store).retry(id)).isEqualTo(RetryResult.undoOpen(undo.id()));

        try (Worker worker = Worker.of(store, ProcessorRegistry.of(shot))
                .pollInterval(Duration.ofMillis(20))
                .start()) {
            JobClient.of(store).await(undo.id(), Duration.ofSeconds(20));
        }

        assertThat(deeds)
                .containsExactly(
                        "charge",
                        "upload for 10",
                        "mail https://example.org/v",
                        "remove https://example.org/v",
                        "refund fails",
                        "refund 10");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are done anew, with new keys, when the job is retried by hand after they were undone")
    void retried_by_hand(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);
        AtomicInteger runs = new AtomicInteger();
        Shot shot = new Shot(job -> runs.incrementAndGet() == 1 ? fail(job) : "done");
        drain(store, shot);
        List<String> undone = List.copyOf(keys);
        deeds.clear();
        keys.clear();

        assertThat(JobClient.of(store).retry(id).outcome()).isEqualTo(RetryResult.Outcome.RETRIED);
        drain(store, shot);

        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(deeds).containsExactly("charge", "upload for 10", "mail https://example.org/v");
        assertThat(keys).doesNotContainAnyElementsOf(undone);
        assertThat(store.steps(id)).hasSize(6);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("stay pending to be undone where no worker has the processor")
    void no_processor(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);
        Shot shot = new Shot(DurableStepsTest::fail);
        shot.failingRefunds.set(1);
        drain(store, shot);
        int done = deeds.size();

        Worker stranger = Worker.of(store, ProcessorRegistry.of().with(JobType.of("other", String.class), job -> null))
                .build();
        assertThat(stranger.drain()).isZero();

        assertThat(undoOf(store, id).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
        assertThat(deeds).hasSize(done);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are undone when the job is cancelled while it runs, and none is begun after that")
    void cancelled(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);
        JobClient jobs = JobClient.of(store);
        AtomicReference<Throwable> refused = new AtomicReference<>();
        BaseProcessor<String, Object> processor = new BaseProcessor<>(TYPE) {
            private final Step<Receipt> charge =
                    step("charge", Receipt.class).undo((receipt, key) -> note("refund " + receipt.credits(), key));
            private final Step<String> upload = step("upload", String.class);

            @Override
            protected Object process(String input, JobContext job) throws Exception {
                job.run(charge, key -> {
                    note("charge", key);
                    jobs.cancel(id);
                    return new Receipt(10);
                });
                try {
                    return job.run(upload, key -> {
                        note("upload", key);
                        return "url";
                    });
                } catch (Throwable thrown) {
                    refused.set(thrown);
                    throw thrown;
                }
            }
        };

        drain(store, processor);

        assertThat(deeds).containsExactly("charge", "refund 10");
        assertThat(refused.get()).hasMessageContaining(id.toString());
        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(store.failures(id)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are undone when the job exceeds its time limit, even if the processor never returns")
    void time_limit(AnyStore kind) throws Exception {
        JobStore store = kind.empty();
        UUID id = enqueue(store);
        CountDownLatch refunded = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        BaseProcessor<String, Object> processor = new BaseProcessor<>(TYPE) {
            private final Step<Receipt> charge =
                    step("charge", Receipt.class).undo((receipt, key) -> refunded.countDown());

            @Override
            protected Object process(String input, JobContext job) throws Exception {
                job.run(charge, key -> new Receipt(10));
                while (never.getCount() > 0) {
                    try {
                        never.await();
                    } catch (InterruptedException deaf) {
                        // On purpose: it does not yield.
                    }
                }
                return null;
            }

            @Override
            public Duration timeLimit() {
                return Duration.ofMillis(300);
            }
        };

        try (Worker worker = Worker.of(store, ProcessorRegistry.of(processor))
                .concurrency(1)
                .pollInterval(Duration.ofMillis(50))
                .start()) {
            assertThat(refunded.await(20, TimeUnit.SECONDS)).isTrue();
            never.countDown();
        }

        assertThat(store.find(id).orElseThrow().errorCode()).isEqualTo("time_limit");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("have results that must be storable, like any result")
    void unstorable_result(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);
        BaseProcessor<String, Object> processor = new BaseProcessor<>(TYPE) {
            private final Step<String> charge =
                    step("charge", String.class).undo((receipt, key) -> note("refund " + receipt, key));

            @Override
            protected Object process(String input, JobContext job) throws Exception {
                return job.run(charge, key -> {
                    note("charge", key);
                    return "\u0000";
                });
            }
        };

        drain(store, processor);

        assertThat(store.find(id).orElseThrow().errorCode()).isEqualTo("result_unstorable");
        assertThat(deeds).containsExactly("charge", "refund null");
    }

    @Test
    @DisplayName("must be declared by the processor, or no worker could undo them")
    void must_be_declared() {
        JobStore store = AnyStore.IN_MEMORY.empty();
        UUID id = enqueue(store);
        Step<String> undeclared = Step.of("charge", String.class);

        Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> job.run(undeclared, key -> "x")))
                .build()
                .drain();

        assertThat(store.find(id).orElseThrow().errorMessage())
                .contains("Step \"charge\" is not declared")
                .contains(TYPE.name());
    }

    @Test
    @DisplayName("have distinct names of at most 64 characters, and one undo")
    void names() {
        assertThatThrownBy(() -> Step.of("x".repeat(65), String.class)).hasMessageContaining("64");
        assertThatThrownBy(() -> Step.of("no spaces", String.class)).hasMessageContaining("no spaces");
        Step<String> step = Step.of("charge", String.class).undo((result, key) -> {});
        assertThatThrownBy(() -> step.undo((result, key) -> {})).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new BaseProcessor<String, Object>(TYPE) {
                    {
                        step("charge", String.class);
                        step("charge", String.class);
                    }

                    @Override
                    protected Object process(String input, JobContext job) {
                        return input;
                    }
                })
                .hasMessageContaining("declared twice");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may have parts, each with a key and a result of its own")
    void parts(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);
        BaseProcessor<String, Object> processor = new BaseProcessor<>(TYPE) {
            private final Step<String> mail =
                    step("mail", String.class).undo((sent, key) -> note("recall " + sent, key));

            @Override
            protected Object process(String input, JobContext job) throws Exception {
                for (String to : List.of("ann", "bob")) {
                    job.run(mail, to, key -> {
                        note("mail " + to, key);
                        return to;
                    });
                }
                return fail(job);
            }
        };

        drain(store, processor);

        assertThat(deeds).containsExactly("mail ann", "mail bob", "recall bob", "recall ann");
        assertThat(store.steps(id)).extracting(JobStep::part).containsExactly("ann", "bob");
        assertThat(keys.get(0)).isNotEqualTo(keys.get(1)).hasSizeLessThanOrEqualTo(255);
    }
}
