package io.forthwith.jdbc.internal.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A statement that adds a job notifies by its own commit,")
class NotifyPaceTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);
    private final NotifyPace pace = new NotifyPace(nanos::get);

    @Test
    @DisplayName("but not within 20 ms after another notification")
    void window() {
        pace.sends();
        after(Duration.ofMillis(20).minusNanos(1));
        assertThat(pace.leftNanos()).isOne();
        assertThat(pace.takeTurn()).isFalse();

        after(Duration.ofNanos(1));

        assertThat(pace.leftNanos()).isZero();
        assertThat(pace.takeTurn()).isTrue();
        assertThat(Duration.ofNanos(pace.leftNanos()))
                .as("the next notification of any kind")
                .isEqualTo(Duration.ofMillis(20));
    }

    @Test
    @DisplayName("one at a time, and after a pause of ten times as long as it took")
    void turns() {
        assertThat(pace.takeTurn()).isTrue();
        after(Duration.ofMillis(30));
        assertThat(pace.takeTurn()).as("another one meanwhile").isFalse();
        pace.endTurn(Duration.ZERO);

        after(Duration.ofMillis(300).minusNanos(1));
        assertThat(pace.leftNanos()).as("the notifier does not wait for that").isNegative();
        assertThat(pace.takeTurn()).isFalse();
        after(Duration.ofNanos(1));

        assertThat(pace.takeTurn()).isTrue();
    }

    @Test
    @DisplayName("and at the latest five seconds after one that took long")
    void longest_pause() {
        assertThat(pace.takeTurn()).isTrue();
        after(Duration.ofSeconds(20));
        pace.endTurn(Duration.ZERO);

        after(Duration.ofSeconds(5).minusNanos(1));
        assertThat(pace.takeTurn()).isFalse();
        after(Duration.ofNanos(1));

        assertThat(pace.takeTurn()).isTrue();
    }

    @Test
    @DisplayName("and not for the time that follows a refusal")
    void refused() {
        assertThat(pace.takeTurn()).isTrue();
        after(Duration.ofMillis(1));
        pace.endTurn(Duration.ofMinutes(1));

        after(Duration.ofMinutes(1).minusNanos(1));
        assertThat(pace.takeTurn()).isFalse();
        after(Duration.ofNanos(1));

        assertThat(pace.takeTurn()).isTrue();
    }

    private void after(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
