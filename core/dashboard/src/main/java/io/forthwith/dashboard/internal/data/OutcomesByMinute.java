package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How attempts of one queue or one type ended in the last hour, minute by minute. Not thread-safe. */
public final class OutcomesByMinute {
    /** Half of the attempts. */
    public static final double MEDIAN = 0.5;

    /** Most of the attempts: all but the slowest. */
    public static final double MOST = 0.95;

    /** Nothing has ended. */
    public static final OutcomesByMinute NONE = new OutcomesByMinute();

    private static final int MINUTES = 60;
    private static final int LATELY = 10;
    /** A worker writes once a minute, or a little later, so these are not whole: a line through them would fall. */
    private static final int NOT_WHOLE = 3;

    /** After so long, what a worker has counted is written. */
    static final Duration WRITTEN_AFTER = Duration.ofMinutes(NOT_WHOLE);

    private final long[] minutes = new long[MINUTES];
    private final long[] left = new long[MINUTES];
    private final long[] failed = new long[MINUTES];
    private final long[] retried = new long[MINUTES];
    private final long[] postponed = new long[MINUTES];
    private long completed;
    private final long[] runs = new long[DurationBuckets.SIZE];

    private OutcomesByMinute() {}

    /** Adds up outcomes by queue or by type. */
    static Map<String, OutcomesByMinute> by(
            Function<JobOutcomes, String> key, List<JobOutcomes> outcomes, Instant now) {
        long first = minuteOf(now) - (MINUTES - 1);
        Map<String, OutcomesByMinute> sums = new HashMap<>();
        for (JobOutcomes each : outcomes) {
            long minute = minuteOf(each.from()) - first;
            if (minute >= 0 && minute < MINUTES) {
                sums.computeIfAbsent(key.apply(each), any -> new OutcomesByMinute())
                        .add((int) minute, each);
            }
        }
        return new TreeMap<>(sums);
    }

    static long minuteOf(Instant time) {
        return Math.floorDiv(time.getEpochSecond(), JobOutcomes.MINUTE.toSeconds());
    }

    private void add(int minute, JobOutcomes outcomes) {
        long jobs = outcomes.jobs();
        minutes[minute] += jobs;
        switch (outcomes.outcome()) {
            case RETRIED -> retried[minute] += jobs;
            case POSTPONED -> postponed[minute] += jobs;
            case FAILED -> failed[minute] += jobs;
            case COMPLETED -> completed += jobs;
            case WAITING, CANCELLED -> {
                // These only leave the queue.
            }
        }
        if (outcomes.outcome() != Outcome.RETRIED && outcomes.outcome() != Outcome.POSTPONED) {
            left[minute] += jobs;
            outcomes.runs().addTo(runs);
        }
    }

    /** How many attempts completed their job. */
    public long completed() {
        return completed;
    }

    /** How many attempts failed their job for good. */
    public long failed() {
        return Arrays.stream(failed).sum();
    }

    /** How many attempts failed or were not ready, and their jobs are tried again. */
    public long again() {
        return Arrays.stream(retried).sum() + Arrays.stream(postponed).sum();
    }

    /** How many attempts ended, in whatever way. */
    public long attempts() {
        return Arrays.stream(minutes).sum();
    }

    /** How many attempts ended in the fullest minute. */
    public long mostInMinute() {
        return Arrays.stream(minutes).max().orElse(0);
    }

    /** How many attempts ended in each minute of which all is written, the oldest first. */
    public List<Long> wholeMinutes() {
        return whole(minutes);
    }

    /** How many of these failed their job for good, or are tried again. */
    public List<Long> wholeMinutesNotWell() {
        long[] notWell = new long[MINUTES];
        Arrays.setAll(notWell, i -> failed[i] + retried[i] + postponed[i]);
        return whole(notWell);
    }

    private static List<Long> whole(long[] all) {
        return Arrays.stream(all, 0, MINUTES - NOT_WHOLE).boxed().toList();
    }

    /** How many attempts ended in the last ten minutes, as far as it is written. */
    public long lately() {
        return Arrays.stream(minutes, MINUTES - LATELY, MINUTES).sum();
    }

    /** How many of these failed, whether their jobs are tried again or not. */
    public long failedLately() {
        return Arrays.stream(failed, MINUTES - LATELY, MINUTES).sum()
                + Arrays.stream(retried, MINUTES - LATELY, MINUTES).sum();
    }

    /** How many attempts of the hour failed, whether their jobs are tried again or not. */
    public long failedAttempts() {
        return failed() + Arrays.stream(retried).sum();
    }

    /** How long ago the last attempt ended, in whole minutes. */
    public Duration idle() {
        int last = MINUTES - 1;
        while (last > 0 && minutes[last] == 0) {
            last--;
        }
        return JobOutcomes.MINUTE.multipliedBy(MINUTES - 1 - last);
    }

    /**
     * How many jobs left the queue a minute, over the last ten minutes of which all is written, or over those since the first attempt of the hour ended;
     * null if no such minute is known.
     */
    public @Nullable Double rate() {
        int first = 0;
        while (first < MINUTES && minutes[first] == 0) {
            first++;
        }
        int end = MINUTES - NOT_WHOLE;
        int begin = Math.max(first, end - LATELY);
        return begin >= end ? null : (double) Arrays.stream(left, begin, end).sum() / (end - begin);
    }

    /** Of how many it is known how long they ran. */
    public long measured() {
        return Arrays.stream(runs).sum();
    }

    /** How long a share of the attempts after which their job was not tried again ran at the most; null if nothing was measured. */
    @Nullable
    public Duration ran(double share) {
        return DurationBuckets.of(runs).quantile(share);
    }
}
