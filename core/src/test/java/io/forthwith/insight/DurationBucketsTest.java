package io.forthwith.insight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Buckets of durations")
class DurationBucketsTest {
    @Property(tries = 200)
    void a_duration_is_in_the_first_bucket_that_is_long_enough(
            @ForAll @LongRange(min = 0, max = 100_000_000_000L) long micros) {
        Duration took = Duration.ofNanos(micros * 1_000);
        int index = DurationBuckets.indexOf(took);
        if (index < DurationBuckets.SIZE - 1) {
            assertThat(took).isLessThanOrEqualTo(DurationBuckets.upTo(index));
        }
        if (index > 0) {
            assertThat(took).isGreaterThan(DurationBuckets.upTo(index - 1));
        }
    }

    @Property(tries = 200)
    void sums_add_up(@ForAll @Size(max = DurationBuckets.SIZE) long @Size(max = DurationBuckets.SIZE) [] numbers) {
        DurationBuckets buckets = DurationBuckets.of(positive(numbers));
        assertThat(buckets.plus(DurationBuckets.NONE)).isEqualTo(buckets);
        assertThat(buckets.plus(buckets).total()).isEqualTo(2 * buckets.total());
    }

    private static long[] positive(long[] numbers) {
        long[] positive = numbers.clone();
        for (int i = 0; i < positive.length; i++) {
            positive[i] = Math.floorMod(positive[i], 1_000L);
        }
        return positive;
    }

    @Test
    void a_quantile_is_the_end_of_the_bucket_that_reaches_the_share() {
        DurationBuckets buckets = DurationBuckets.of(90, 0, 9, 0, 1);
        assertThat(buckets.quantile(0.5)).isEqualTo(Duration.ofMillis(1));
        assertThat(buckets.quantile(0.9)).isEqualTo(Duration.ofMillis(1));
        assertThat(buckets.quantile(0.95)).isEqualTo(Duration.ofMillis(4));
        assertThat(buckets.quantile(1)).isEqualTo(Duration.ofMillis(16));
        assertThat(DurationBuckets.NONE.quantile(0.5)).isNull();
        assertThatThrownBy(() -> buckets.quantile(0)).hasMessageContaining("0.0 is out of range");
        assertThatThrownBy(() -> buckets.quantile(1.1)).hasMessageContaining("1.1 is out of range");
    }

    @Test
    void each_number_is_added_to_that_of_its_bucket() {
        DurationBuckets buckets = DurationBuckets.of(1, 0, 3);
        long[] sums = new long[DurationBuckets.SIZE];
        sums[2] = 10;
        buckets.addTo(sums);
        assertThat(sums).startsWith(1, 0, 13, 0).hasSize(DurationBuckets.SIZE);
        assertThat(buckets.plus(DurationBuckets.of(0, 0, 0, 5))).isEqualTo(DurationBuckets.of(1, 0, 3, 5));
        assertThat(DurationBuckets.of(0, 0, 0, 5).plus(buckets)).hasToString("1,0,3,5");
        assertThat(buckets.total()).isEqualTo(4);
    }

    @Test
    void zeros_at_the_end_make_no_difference() {
        assertThat(DurationBuckets.of(1, 0, 0))
                .isEqualTo(DurationBuckets.of(1))
                .hasSameHashCodeAs(DurationBuckets.of(1));
        assertThat(DurationBuckets.of(0, 0)).isSameAs(DurationBuckets.NONE);
        assertThat(DurationBuckets.NONE).hasToString("");
        assertThatThrownBy(() -> DurationBuckets.of(new long[DurationBuckets.SIZE + 1]))
                .hasMessageContaining("up to 28 numbers");
    }

    @Test
    void a_bucket_ends_at_a_power_of_two_and_there_are_no_others() {
        assertThat(DurationBuckets.upTo(0)).isEqualTo(Duration.ofMillis(1));
        assertThat(DurationBuckets.upTo(10)).isEqualTo(Duration.ofMillis(1_024));
        assertThatThrownBy(() -> DurationBuckets.upTo(DurationBuckets.SIZE))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void each_duration_has_a_bucket_and_no_number_is_negative() {
        assertThat(DurationBuckets.indexOf(Duration.ofSeconds(-5))).isZero();
        assertThat(DurationBuckets.indexOf(Duration.ofDays(400))).isEqualTo(DurationBuckets.SIZE - 1);
        assertThatThrownBy(() -> DurationBuckets.of(1, -1)).hasMessageContaining("[1, -1]");
    }
}
