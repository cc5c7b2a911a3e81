package io.forthwith.worker.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StoreBackOffTest {
    private static final Duration LONGEST = Duration.ofSeconds(5);
    /** The jitter takes away a quarter at most. */
    private static final Duration LONGEST_WITH_JITTER = LONGEST.multipliedBy(3).dividedBy(4);

    private long nanos;
    private final StoreHealth health = new StoreHealth(() -> nanos, new WakeSignal());
    private final StoreBackOff claiming = backOff("claiming");
    private final StoreBackOff upkeep = backOff("purging").patient();

    private StoreBackOff backOff(String activity) {
        return new StoreBackOff(activity, health, new WakeSignal(), new Random(1), () -> nanos, LONGEST);
    }

    @Test
    void a_patient_loop_leaves_it_to_the_others_to_try_while_they_fail_too() {
        claiming.failed(new IllegalStateException("away"));
        assertThat(upkeep.failed(new IllegalStateException("away"))).isGreaterThanOrEqualTo(LONGEST_WITH_JITTER);
        assertThat(claiming.failed(new IllegalStateException("away"))).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void a_patient_loop_tries_at_once_when_the_store_has_answered_another() {
        claiming.failed(new IllegalStateException("away"));
        upkeep.failed(new IllegalStateException("away"));
        assertThat(upkeep.pauseLeft()).isPositive();
        claiming.succeeded();
        assertThat(upkeep.isProbing()).isTrue();
        assertThat(upkeep.pauseLeft()).isZero();
    }

    @Test
    void a_patient_loop_that_fails_alone_tries_soon() {
        assertThat(upkeep.failed(new IllegalStateException("away"))).isLessThan(Duration.ofMillis(100));
    }

    @Test
    void a_call_that_was_under_way_when_the_store_answered_another_loop_is_soon_repeated_and_not_shown_for_long() {
        claiming.failed(new IllegalStateException("away"));
        upkeep.failed(new IllegalStateException("away"));
        StoreBackOff another = backOff("settling");
        another.failed(new IllegalStateException("away"));
        upkeep.takeProbe();
        another.takeProbe();
        claiming.succeeded();

        assertThat(another.failed(new IllegalStateException("away, when it began")))
                .isLessThan(Duration.ofMillis(200));
        assertThat(upkeep.failed(new IllegalStateException("away, when it began")))
                .isLessThan(Duration.ofMillis(200));
        nanos += Duration.ofSeconds(1).toNanos();
        assertThat(health.troubles()).isEmpty();

        upkeep.takeProbe();
        upkeep.failed(new IllegalStateException("fails alone"));
        nanos += Duration.ofSeconds(1).toNanos();
        assertThat(health.troubles()).singleElement().asString().contains("purging", "fails alone");
    }
}
