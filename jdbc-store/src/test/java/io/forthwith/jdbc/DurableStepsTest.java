package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Durable steps")
@Timeout(Patience.SECONDS_OF_A_TEST)
class DurableStepsTest extends DurableStepsFixture {
    @ParameterizedTest
    @EnumSource
    @DisplayName("are not done again by a later attempt, which gets their results")
    void not_done_again(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);

        drain(store, new Shot(job -> {
            if (job.attempt() < 3) {
                throw JobException.retryable("The render farm is down");
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
                    throw JobException.retryable("The bank does not answer");
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
    @DisplayName("are done again, with new keys, when the job is retried by hand after they were undone")
    void retried_by_hand(AnyStore kind) {
        JobStore store = kind.empty();
        UUID id = enqueue(store);
        AtomicInteger runs = new AtomicInteger();
        Shot shot = new Shot(job -> runs.incrementAndGet() == 1 ? fail(job) : "done");
        drain(store, shot);
        List<String> undone = List.copyOf(keys);
        deeds.clear();
        keys.clear();

        assertThat(JobClient.of(store).retry(id).outcome()).isEqualTo(ActResult.Outcome.DONE);
        drain(store, shot);

        assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(deeds).containsExactly("charge", "upload for 10", "mail https://example.org/v");
        assertThat(keys).doesNotContainAnyElementsOf(undone);
        assertThat(store.steps(id)).hasSize(6);
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
