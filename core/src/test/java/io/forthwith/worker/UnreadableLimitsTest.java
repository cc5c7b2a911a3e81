package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.JobLimit;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.EncodedJob;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A job whose limits cannot be read")
class UnreadableLimitsTest {
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final AtomicInteger calls = new AtomicInteger();

    private static NewJob unreadable() {
        return NewJob.of(TYPE, "x")
                .limit(
                        JobLimit.UNREADABLE.key().name(),
                        JobLimit.UNREADABLE.key().key());
    }

    private Job run(NewJob job, ProcessorRegistry processors) {
        store.add(List.of(new EncodedJob(job, "\"x\"")));
        Worker.of(store, processors)
                // A host that retries whatever comes.
                .errorClassifier(thrown -> JobError.retryable("again", "Again"))
                .build()
                .drain();
        return store.find(job.id()).orElseThrow();
    }

    @Test
    @DisplayName("fails at once, in the language of its user, and its processor is not called")
    void fails() {
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> calls.incrementAndGet());

        Job failed = run(unreadable(), processors);

        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.attempt()).isOne();
        assertThat(failed.errorCode()).isEqualTo("unreadable_limits");
        assertThat(failed.errorKind()).isEqualTo(JobError.Kind.SYSTEM);
        assertThat(failed.errorMessage()).isEqualTo("The job was not started, because its limits could not be read");
        assertThat(run(unreadable().locale(Locale.CHINESE), processors).errorMessage())
                .isEqualTo("无法读取任务的限制，因此未启动任务");
        assertThat(jobs.failures(failed.id())).hasSize(1);
        assertThat(calls).hasValue(0);
    }

    @Test
    @DisplayName("fails in a batch, and the others of the batch run")
    void batch() {
        store.add(List.of(new EncodedJob(NewJob.of(TYPE, "x"), "\"x\"")));
        ProcessorRegistry processors =
                ProcessorRegistry.of().with(BatchProcessor.of(TYPE, 10, all -> calls.addAndGet(all.size())));

        assertThat(run(unreadable(), processors).errorCode()).isEqualTo("unreadable_limits");
        assertThat(calls).hasValue(1);
    }

    @Test
    @DisplayName("is refused when it is enqueued")
    void enqueued() {
        assertThatThrownBy(() -> jobs.enqueue(unreadable()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "is under the limit unreadable:limits, which stands for limits that cannot be read")
                .hasMessageEndingWith("choose another key");
        assertThatThrownBy(() -> jobs.enqueueAsync(unreadable())).isInstanceOf(IllegalArgumentException.class);
    }
}
