package io.forthwith.insight;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How often something took up to 1 ms, 2 ms, 4 ms and so on: each bucket takes twice as long as the one before, and the last one, about 37 hours,
 * also has what took longer. Immutable.
 *
 * @param counts one number for each bucket, without zeros at the end
 */
public record DurationBuckets(List<Long> counts) {
    /** How many buckets there are. */
    public static final int SIZE = 28;

    /** Nothing was measured. */
    public static final DurationBuckets NONE = new DurationBuckets(List.of());

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if it has more than {@value #SIZE} numbers, or one is negative
     */
    public DurationBuckets {
        if (counts.size() > SIZE || counts.stream().anyMatch(count -> count < 0)) {
            throw new IllegalArgumentException(
                    "The buckets " + counts + " are not valid: up to " + SIZE + " numbers, 0 or more");
        }
        int size = counts.size();
        while (size > 0 && counts.get(size - 1) == 0) {
            size--;
        }
        counts = List.copyOf(counts.subList(0, size));
    }

    /** Buckets with these numbers. */
    public static DurationBuckets of(long... numbers) {
        int size = numbers.length;
        while (size > 0 && numbers[size - 1] == 0) {
            size--;
        }
        Long[] counts = new Long[size];
        for (int i = 0; i < size; i++) {
            counts[i] = numbers[i];
        }
        return new DurationBuckets(Arrays.asList(counts));
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
        Long[] sum = new Long[Math.max(counts.size(), other.counts.size())];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = at(i) + other.at(i);
        }
        return new DurationBuckets(Arrays.asList(sum));
    }

    private long at(int index) {
        return index < counts.size() ? counts.get(index) : 0;
    }

    /** How many were measured. */
    public long total() {
        return counts.stream().mapToLong(Long::longValue).sum();
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
        for (int i = 0; i < counts.size(); i++) {
            below += counts.get(i);
            if (below >= needed && below > 0) {
                return upTo(i);
            }
        }
        return null;
    }

    /** The numbers, separated by commas, as stores keep them. */
    @Override
    public String toString() {
        return counts.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
