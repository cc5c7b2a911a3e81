package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class RetryPolicyPropertiesTest {
    @Property
    void the_delay_is_never_negative_and_never_beyond_cap_and_jitter(
            @ForAll @IntRange(min = 0, max = Integer.MAX_VALUE) int attempt,
            @ForAll @LongRange(min = 0, max = 31_536_000_000L) long firstMillis,
            @ForAll @LongRange(min = 0, max = 31_536_000_000L) long capMillis,
            @ForAll @DoubleRange(min = 0, max = 1) double jitter,
            @ForAll long seed) {
        Duration cap = Duration.ofMillis(capMillis);
        RetryPolicy policy =
                RetryPolicy.exponential(Duration.ofMillis(firstMillis)).cap(cap).jitter(jitter);

        Duration delay = policy.delayAfter(attempt, new Random(seed));

        assertThat(delay).isGreaterThanOrEqualTo(Duration.ZERO);
        assertThat(delay).isLessThanOrEqualTo(cap.plus(Duration.ofNanos((long) (cap.toNanos() * jitter) + 1)));
    }

    @Property
    void without_jitter_it_doubles_until_the_cap(
            @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE - 1) int attempt,
            @ForAll @LongRange(min = 1, max = 1_000_000) long firstNanos) {
        RetryPolicy policy =
                RetryPolicy.exponential(Duration.ofNanos(firstNanos)).jitter(0);
        Duration now = policy.delayAfter(attempt, new Random(0));
        Duration next = policy.delayAfter(attempt + 1, new Random(0));

        assertThat(next)
                .isEqualTo(
                        now.multipliedBy(2).compareTo(RetryPolicy.DEFAULT_CAP) < 0
                                ? now.multipliedBy(2)
                                : RetryPolicy.DEFAULT_CAP);
    }

    @Property
    void jitter_stays_within_its_share(@ForAll @IntRange(min = 0, max = 100) int attempt, @ForAll long seed) {
        RetryPolicy plain = RetryPolicy.exponential().jitter(0);
        Duration base = plain.delayAfter(attempt, new Random(seed));
        Duration jittered = RetryPolicy.exponential().delayAfter(attempt, new Random(seed));

        assertThat(jittered.toNanos()).isBetween((long) (base.toNanos() * 0.8) - 1, (long) (base.toNanos() * 1.2) + 1);
    }

    @Property
    void a_custom_back_off_is_kept_within_limits(@ForAll int attempt, @ForAll long nanos) {
        Duration delay = RetryPolicy.custom(n -> Duration.ofNanos(nanos)).delayAfter(attempt, new Random(1));

        assertThat(delay).isBetween(Duration.ZERO, Duration.ofMinutes(72));
    }

    @Example
    void has_the_documented_defaults() {
        RetryPolicy policy = RetryPolicy.exponential().jitter(0);

        assertThat(policy.maxAttempts()).isEqualTo(5);
        assertThat(policy.delayAfter(1, new Random(0))).isEqualTo(Duration.ofSeconds(1));
        assertThat(policy.delayAfter(2, new Random(0))).isEqualTo(Duration.ofSeconds(2));
        assertThat(policy.delayAfter(50, new Random(0))).isEqualTo(Duration.ofHours(1));
        assertThat(RetryPolicy.none().maxAttempts()).isEqualTo(1);
        assertThat(RetryPolicy.custom(n -> null).delayAfter(1, new Random(0))).isEqualTo(Duration.ZERO);
    }

    @Example
    void the_lowest_random_number_gives_the_shortest_wait_and_the_highest_the_longest() {
        RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(10));

        assertThat(policy.delayAfter(1, () -> 0L)).isEqualTo(Duration.ofSeconds(8));
        assertThat(policy.delayAfter(1, () -> -1L)).isBetween(Duration.ofMillis(11_999), Duration.ofSeconds(12));
    }

    @Example
    void accepts_settings_up_to_their_limits_and_none_beyond() {
        Duration year = Duration.ofDays(365);

        assertThat(RetryPolicy.exponential().maxAttempts(1_000).maxAttempts()).isEqualTo(1_000);
        assertThatThrownBy(() -> RetryPolicy.exponential().maxAttempts(1_001))
                .hasMessageContaining("Max attempts 1001");
        assertThat(RetryPolicy.fixed(year).jitter(0).delayAfter(1, new Random(0)))
                .isEqualTo(year);
        assertThatThrownBy(() -> RetryPolicy.exponential().cap(year.plusNanos(1)))
                .hasMessageContaining("365 days");
    }

    @Example
    void refuses_impossible_settings_naming_the_value() {
        assertThatThrownBy(() -> RetryPolicy.exponential(Duration.ofSeconds(-1)))
                .hasMessageContaining("PT-1S");
        assertThatThrownBy(() -> RetryPolicy.fixed(Duration.ofDays(400)))
                .hasMessage("Delay PT9600H is out of range: zero to 365 days");
        assertThatThrownBy(() -> RetryPolicy.exponential().jitter(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> RetryPolicy.exponential().jitter(1.1)).hasMessageContaining("1.1");
        assertThatThrownBy(() -> RetryPolicy.exponential().maxAttempts(0)).hasMessageContaining("Max attempts 0");
        assertThatThrownBy(() -> RetryPolicy.exponential().cap(Duration.ofNanos(-1)))
                .hasMessageContaining("Cap");
    }
}
