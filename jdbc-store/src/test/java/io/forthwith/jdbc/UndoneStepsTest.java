package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.BaseProcessor;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Durable steps of a job that does not complete")
@Timeout(Patience.SECONDS_OF_A_TEST)
@Tag("slow")
class UndoneStepsTest extends DurableStepsFixture {
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
        assertThat(store.scan(JobQuery.all().user("u1"))).extracting(Job::id).containsExactly(id);
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
                .extracting(FailedAttempt::message)
                .containsExactly("The ledger is closed");
        assertThat(JobClient.of(store).cancel(undo.id())).isEqualTo(ActResult.UNDO_JOB);
        assertThat(JobClient.of(store).retry(id)).isEqualTo(ActResult.undoOpen(undo.id()));

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
            assertThat(refunded.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            never.countDown();
        }

        assertThat(store.find(id).orElseThrow().errorCode()).isEqualTo("time_limit");
    }
}
