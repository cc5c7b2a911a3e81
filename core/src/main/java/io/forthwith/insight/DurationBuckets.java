package io.forthwith.insight;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How often something took up to 1 ms, 2 ms, 4 ms and so on: each bucket takes twice as long as the one before, and the last one, about 37 hours,
 * also has what took longer. Immutable.
 */
public final class DurationBuckets {
    /** How many buckets there are. */
    public static final int SIZE = 28;

    /** Nothing was measured. */
    public static final DurationBuckets NONE = new DurationBuckets();

    /** Without zeros at the end. */
    private final long[] counts;

    private DurationBuckets(long... counts) {
        this.counts = counts;
    }

    /**
     * Buckets with these numbers, the shortest durations first.
     *
     * @throws IllegalArgumentException if there are more than {@value #SIZE} numbers, or one is negative
     */
    public static DurationBuckets of(long... numbers) {
        int size = 0;
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] < 0 || i == SIZE) {
                throw new IllegalArgumentException("The buckets " + Arrays.toString(numbers) + " are not valid: up to "
                        + SIZE + " numbers, 0 or more");
            }
            if (numbers[i] > 0) {
                size = i + 1;
            }
        }
        return size == 0 ? NONE : new DurationBuckets(Arrays.copyOf(numbers, size));
    }

    /** The bucket that a duration belongs to. */
    public static int indexOf(Duration took) {
        long millis = took.isNegative() ? 0 : took.plusNanos(999_999).toMillis();
        return millis <= 1 ? 0 : Math.min(SIZE - 1, Long.SIZE - Long.numberOfLeadingZeros(millis - 1));
    }

    /** The longest duration of a bucket; what is in the last one may have taken longer. */
    public static Duration upTo(int index) {
        return Duration.ofMillis(1L << Objects.checkIndex(index, SIZE));
    }

    /** The sum of both. */
    public DurationBuckets plus(DurationBuckets other) {
        if (counts.length == 0 || other.counts.length == 0) {
            return counts.length == 0 ? other : this;
        }
        long[] sum = Arrays.copyOf(counts, Math.max(counts.length, other.counts.length));
        other.addTo(sum);
        return new DurationBuckets(sum);
    }

    /**
     * Adds each number to that of its bucket.
     *
     * @param sums one for each bucket
     */
    public void addTo(long[] sums) {
        for (int i = 0; i < counts.length; i++) {
            sums[i] += counts[i];
        }
    }

    /** How many were measured. */
    public long total() {
        return Arrays.stream(counts).sum();
    }

    /**
     * A time that a share of them did not exceed: the upper end of the bucket in which that share is reached: at most twice the true time, but
     * never below 1 ms, and too low if it is in the last bucket.
     *
     * @param share above 0 up to 1: 0.95 for the 95th percentile
     * @return null if nothing was measured
     */
    public @Nullable Duration quantile(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("The share " + share + " is out of range: above 0 up to 1");
        }
        double needed = share * total();
        long below = 0;
        for (int i = 0; i < counts.length; i++) {
            below += counts[i];
            if (below >= needed && below > 0) {
                return upTo(i);
            }
        }
        return null;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DurationBuckets buckets && Arrays.equals(counts, buckets.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(counts);
    }

    /** The numbers without zeros at the end, separated by commas, as stores keep them. */
    @Override
    public String toString() {
        return Arrays.stream(counts).mapToObj(String::valueOf).collect(Collectors.joining(","));
    }
}
