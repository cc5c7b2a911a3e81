package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How attempts of one queue or one type ended in the last hour, minute by minute. Not thread-safe. */
public final class LastHour {
    /** Half of the attempts. */
    public static final double MEDIAN = 0.5;

    /** Most of the attempts: all but the slowest. */
    public static final double MOST = 0.95;

    /** Nothing has ended. */
    public static final LastHour NONE = new LastHour();

    private static final int MINUTES = 60;
    private static final int LATELY = 10;
    /** A worker writes once a minute, so these are not whole: a line through them would fall. */
    private static final int NOT_WHOLE = 2;

    private final long[] minutes = new long[MINUTES];
    private long completed;
    private long failed;
    private DurationBuckets runs = DurationBuckets.NONE;

    private LastHour() {}

    /** Adds up outcomes by queue or by type. */
    public static Map<String, LastHour> by(Function<JobOutcomes, String> key, List<JobOutcomes> outcomes, Instant now) {
        Instant first = now.truncatedTo(ChronoUnit.MINUTES).minus(MINUTES - 1, ChronoUnit.MINUTES);
        Map<String, LastHour> sums = new TreeMap<>();
        for (JobOutcomes each : outcomes) {
            long minute = Duration.between(first, each.from()).toMinutes();
            boolean isInside = !each.from().isBefore(first) && minute < MINUTES;
            if (isInside && hasEnded(each.outcome())) {
                sums.computeIfAbsent(key.apply(each), any -> new LastHour()).add((int) minute, each);
            }
        }
        return sums;
    }

    /** Whether the attempt has taken its job out of the queue. */
    private static boolean hasEnded(Outcome outcome) {
        return outcome != Outcome.RETRIED && outcome != Outcome.POSTPONED;
    }

    private void add(int minute, JobOutcomes outcomes) {
        minutes[minute] += outcomes.jobs();
        completed += outcomes.outcome() == Outcome.COMPLETED ? outcomes.jobs() : 0;
        failed += outcomes.outcome() == Outcome.FAILED ? outcomes.jobs() : 0;
        runs = runs.plus(outcomes.runs());
    }

    public long completed() {
        return completed;
    }

    public long failed() {
        return failed;
    }

    /** How many ended, in whatever way. */
    public long ended() {
        return Arrays.stream(minutes).sum();
    }

    /** How many ended in each minute, the oldest first. */
    public List<Long> minutes() {
        return Arrays.stream(minutes).boxed().toList();
    }

    /** How many ended in each minute of which all is written, the oldest first. */
    public List<Long> wholeMinutes() {
        return minutes().subList(0, MINUTES - NOT_WHOLE);
    }

    /** How many ended a minute, over the last ten minutes. */
    public double rate() {
        return (double) Arrays.stream(minutes, MINUTES - LATELY, MINUTES).sum() / LATELY;
    }

    /** Of how many it is known how long they ran. */
    public long measured() {
        return runs.total();
    }

    /** How long a share of the attempts ran at the most; null if nothing was measured. */
    @Nullable
    public Duration ran(double share) {
        return runs.quantile(share);
    }
}
