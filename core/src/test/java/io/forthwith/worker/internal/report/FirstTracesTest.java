package io.forthwith.worker.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Of each kind of bug, the log has a stack trace once in ten minutes. */
class FirstTracesTest {
    private static final JobError NULL =
            JobError.permanent("unexpected", "oops").causedBy(new NullPointerException());
    private static final JobError STATE =
            JobError.permanent("unexpected", "oops").causedBy(new IllegalStateException());

    /** Near its end, so that it overflows soon. */
    private long now = Long.MAX_VALUE - 1;

    private final FirstTraces traces = new FirstTraces(() -> now);

    private static Job job(String type) {
        return Job.builder(UUID.randomUUID(), type, Instant.EPOCH).build();
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void the_first_failure_has_its_trace_and_the_next_ones_for_ten_minutes_have_not() {
        assertThat(traces.isDue(job("a"), NULL)).isTrue();
        pass(FirstTraces.PAUSE.minusNanos(1));
        assertThat(traces.isDue(job("a"), NULL)).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(traces.isDue(job("a"), NULL)).isTrue();
        assertThat(traces.isDue(job("a"), NULL)).isFalse();
    }

    @Test
    void each_type_and_each_class_of_exceptions_has_its_own() {
        assertThat(traces.isDue(job("a"), NULL)).isTrue();
        assertThat(traces.isDue(job("a"), STATE)).isTrue();
        assertThat(traces.isDue(job("b"), NULL)).isTrue();
        assertThat(traces.isDue(job("b"), NULL)).isFalse();
    }

    @Test
    void what_somebody_has_classified_and_what_has_no_trace_is_not_due() {
        Exception cause = new IllegalStateException();

        assertThat(traces.isDue(job("a"), JobError.user("unexpected", "no").causedBy(cause)))
                .isFalse();
        assertThat(traces.isDue(job("a"), JobError.permanent("blocked", "no").causedBy(cause)))
                .isFalse();
        assertThat(traces.isDue(job("a"), JobError.retryable("timeout", "no").causedBy(cause)))
                .isFalse();
        assertThat(traces.isDue(job("a"), JobError.permanent("unexpected", "no")))
                .isFalse();
    }

    @Test
    void it_remembers_a_bounded_number_and_forgets_the_oldest() {
        for (int i = 0; i <= FirstTraces.MOST_KINDS; i++) {
            assertThat(traces.isDue(job("type-" + i), NULL)).isTrue();
        }

        assertThat(traces.isDue(job("type-1"), NULL)).as("remembered").isFalse();
        assertThat(traces.isDue(job("type-0"), NULL)).as("forgotten").isTrue();
    }
}
