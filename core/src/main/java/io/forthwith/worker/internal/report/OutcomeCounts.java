package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.internal.SafeText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts how attempts end, by minutes of the store's clock: each job brings along when the store has given it out. Thread-safe.
 *
 * <p>A count is the whole number of its minute, also after it was written, so a write may be repeated. Minutes are forgotten some time after they
 * were written; what comes still later counts for a minute that is not forgotten yet.
 */
public final class OutcomeCounts {
    /** How long a minute can still be added to. */
    private static final Duration KEPT = Duration.ofMinutes(5);
    /** How many queues, types and outcomes one minute tells apart. */
    private static final int MOST_OF_A_MINUTE = 500;
    /** How many counts are kept while the store is away; then the oldest are lost. */
    private static final int MOST_KEPT = 20_000;

    /** So many in a row are not late, but the newest minute was wrong. */
    private static final int MOST_BEHIND = 100;

    private static final int LONGEST_NAME = 128;
    private static final int SECONDS_OF_A_MINUTE = 60;
    private static final int NANOS_OF_A_SECOND = 1_000_000_000;

    private final Map<Key, Count> counts = new HashMap<>();
    private final Map<Instant, Integer> sizes = new HashMap<>();
    private Instant newest = Instant.EPOCH;
    /** How many counts in a row were for minutes long before the newest. */
    private int behind;

    private boolean isOff;

    /** What was counted last: most often the next one counts there too. Null if its minute may be forgotten. */
    private @Nullable Last last;

    private record Last(Key key, long minute, Count count) {
        boolean isOf(long otherMinute, Job job, Outcome outcome) {
            return minute == otherMinute
                    && key.outcome == outcome
                    && key.type.equals(job.type())
                    && key.queue.equals(job.queue());
        }
    }

    /** What is counted apart. */
    private record Key(Instant minute, String queue, String type, Outcome outcome) {}

    /** Guarded by the monitor of the counts. */
    private static final class Count {
        private final long[] waits = new long[DurationBuckets.SIZE];
        private final long[] runs = new long[DurationBuckets.SIZE];
        private long jobs;
        private long written;
        /** Whether a write was begun: perhaps the store has it. */
        private boolean isSent;

        JobOutcomes as(Key key) {
            return new JobOutcomes(
                    key.minute,
                    JobOutcomes.MINUTE,
                    key.queue,
                    key.type,
                    key.outcome,
                    jobs,
                    DurationBuckets.of(waits),
                    DurationBuckets.of(runs));
        }
    }

    /** Counts an attempt that the store has confirmed. */
    public synchronized void ended(Job job, Outcome outcome, Duration took) {
        Instant claimed = job.startedAt();
        if (claimed == null || isOff) {
            return;
        }
        Count count = count(claimed, job, outcome, took);
        count.jobs++;
        count.waits[DurationBuckets.indexOf(Duration.between(job.runAt(), claimed))]++;
        count.runs[DurationBuckets.indexOf(took)]++;
    }

    private Count count(Instant claimed, Job job, Outcome outcome, Duration took) {
        long minute = Math.floorDiv(
                claimed.getEpochSecond()
                        + took.getSeconds()
                        + (claimed.getNano() + took.getNano() >= NANOS_OF_A_SECOND ? 1 : 0),
                SECONDS_OF_A_MINUTE);
        if (last != null && last.isOf(minute, job, outcome)) {
            behind = 0;
            return last.count;
        }
        Instant counted = minute(Instant.ofEpochSecond(minute * SECONDS_OF_A_MINUTE));
        Count count = count(counted, job, outcome);
        // A minute that comes late counts for another one, and the next one may not.
        boolean isLate = counted.getEpochSecond() != minute * SECONDS_OF_A_MINUTE;
        last = isLate ? null : new Last(new Key(counted, job.queue(), job.type(), outcome), minute, count);
        return count;
    }

    private Instant minute(Instant minute) {
        if (minute.isAfter(newest)) {
            newest = minute;
        }
        Instant oldest = newest.minus(KEPT);
        if (!minute.isBefore(oldest)) {
            behind = 0;
            return minute;
        }
        if (++behind < MOST_BEHIND) {
            return oldest;
        }
        // The clock of the store was ahead for a while, for example that of another server.
        behind = 0;
        newest = minute;
        return minute;
    }

    private Count count(Instant minute, Job job, Outcome outcome) {
        Key key = new Key(minute, job.queue(), job.type(), outcome);
        Count count = counts.get(key);
        if (count != null) {
            return count;
        }
        // Any program may write names of any length, and any number of them.
        boolean isFull = sizes.getOrDefault(minute, 0) >= MOST_OF_A_MINUTE;
        Key safe = isFull
                ? new Key(minute, JobOutcomes.OTHER, JobOutcomes.OTHER, outcome)
                : new Key(
                        minute,
                        SafeText.line(job.queue(), LONGEST_NAME),
                        SafeText.line(job.type(), LONGEST_NAME),
                        outcome);
        return counts.computeIfAbsent(safe, fresh -> {
            sizes.merge(minute, 1, Integer::sum);
            return new Count();
        });
    }

    /** What has changed since it was written, to be written now. */
    public synchronized List<JobOutcomes> unwritten() {
        List<JobOutcomes> changed = new ArrayList<>();
        counts.forEach((key, count) -> {
            if (count.jobs > count.written) {
                count.isSent = true;
                changed.add(count.as(key));
            }
        });
        return changed;
    }

    /**
     * Forgets what a write may have brought to the store: it was so long ago that others may have added it up to an hour. To write it again would
     * count it twice.
     */
    public synchronized void forgetSent() {
        last = null;
        counts.values().removeIf(count -> count.isSent);
    }

    /** Counts nothing any more: the store does not keep it. */
    public synchronized void off() {
        last = null;
        isOff = true;
        counts.clear();
        sizes.clear();
    }

    /** These are written. Forgets what nothing is added to any more, and what is too much to keep. */
    public synchronized void written(List<JobOutcomes> done) {
        last = null;
        for (JobOutcomes each : done) {
            Count count = counts.get(new Key(each.from(), each.queue(), each.type(), each.outcome()));
            if (count != null) {
                count.written = each.jobs();
            }
        }
        Instant oldest = newest.minus(KEPT);
        counts.entrySet()
                .removeIf(entry ->
                        entry.getKey().minute.isBefore(oldest) && entry.getValue().jobs == entry.getValue().written);
        sizes.keySet().removeIf(minute -> minute.isBefore(oldest));
    }

    /** While the store is away, the oldest minutes are given up when there are too many. */
    public synchronized void notWritten() {
        last = null;
        while (counts.size() > MOST_KEPT) {
            Instant oldest = counts.keySet().stream()
                    .map(Key::minute)
                    .min(Instant::compareTo)
                    .orElseThrow();
            counts.keySet().removeIf(key -> key.minute.equals(oldest));
        }
    }
}
