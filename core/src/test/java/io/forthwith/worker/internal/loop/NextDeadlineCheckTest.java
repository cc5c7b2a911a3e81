package io.forthwith.worker.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Each order of a job that begins and a check of the deadline loop. */
class NextDeadlineCheckTest {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final long NOW = Long.MAX_VALUE - 10;

    private final WakeSignal signal = new WakeSignal();
    private final NextDeadlineCheck nextLook = new NextDeadlineCheck(signal, () -> NOW);

    @Test
    void a_job_that_begins_during_a_check_makes_the_loop_check_again() {
        nextLook.at(NOW + 1);
        nextLook.looking();
        nextLook.begun(LIMIT);
        assertThat(isWoken()).isTrue();
    }

    @Test
    void a_job_that_begins_after_a_check_wakes_the_loop_only_if_it_is_due_earlier() {
        nextLook.at(NOW + LIMIT.toNanos());
        nextLook.begun(LIMIT);
        assertThat(isWoken()).isFalse();
        nextLook.begun(LIMIT.minusNanos(1));
        assertThat(isWoken()).isTrue();
    }

    private boolean isWoken() {
        return signal.await(NOW, () -> NOW);
    }
}
