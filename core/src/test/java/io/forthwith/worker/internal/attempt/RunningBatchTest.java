package io.forthwith.worker.internal.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RunningBatchTest {
    // No job of this test asks for anything.
    @SuppressWarnings("NullAway")
    private static final JobServices NONE = new JobServices(null, null, null, null, null, null);

    private final RunningJob first = job(1);
    private final RunningJob second = job(2);
    private final RunningBatch batch = new RunningBatch(
            new BatchRules(JobType.of("mail", String.class), 2, Duration.ZERO, (jobs, around) -> List.of()),
            List.of(first, second));

    private static RunningJob job(int number) {
        Job job = Job.builder(new UUID(0, number), "mail", Instant.EPOCH)
                .status(JobStatus.PROCESSING)
                .claim(1)
                .workerId(new UUID(0, 9))
                .attempt(1)
                .startedAt(Instant.EPOCH)
                .build();
        return new RunningJob(job, NONE, Locale.ENGLISH, 0);
    }

    /** The first one is cancelled after it was taken from the buffer, and before it begins. */
    @Test
    void loses_its_slot_when_nothing_counts_of_the_jobs_that_have_begun() {
        first.cancel(0);
        assertThat(batch.begin(first, 0)).isFalse();
        assertThat(batch.begin(second, 0)).isTrue();
        batch.begun(List.of(second));
        assertThat(first.hasThread()).isFalse();

        second.settledAlready(1);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(second.abandonThread()).isTrue();
        assertThat(batch.isAbandoned()).isTrue();
    }

    /** As when the last job fails to begin: its end has come, and could not interrupt a call that had not all its jobs yet. */
    @Test
    void is_interrupted_at_once_if_the_jobs_that_have_begun_should_end_before_the_call() {
        assertThat(batch.begin(first, 0)).isTrue();
        first.cancel(0);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();

        batch.begun(List.of(first));

        assertThat(Thread.interrupted()).isTrue();
    }
}
