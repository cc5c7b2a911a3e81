package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.SafeText;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.rules.FailureFingerprint;
import io.forthwith.store.rules.FailureSum;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Counts how attempts end, by minutes of the store's clock: each job brings along when the store has given it out. Thread-safe.
 *
 * <p>What was counted is written in one piece with an id of its own. Until the store has confirmed the piece, the same piece is written again, so nothing is
 * counted twice; what ends meanwhile belongs to the next piece.
 */
public final class OutcomeCounts {
    /** How many queues, types and outcomes one minute of a write tells apart. */
    private static final int MOST_OF_A_MINUTE = 500;
    /** How many counts are kept while the store is away; then the oldest are lost. */
    private static final int MOST_KEPT = 20_000;

    /** How many causes of failures are told apart in a minute before those with most attempts are chosen. */
    private static final int MOST_CAUSES = 1_000;

    private static final int LONGEST_NAME = 128;
    private static final int SECONDS_OF_A_MINUTE = 60;
    private static final int NANOS_OF_A_SECOND = 1_000_000_000;

    private final Map<Key, Count> counts = new HashMap<>();
    private final Map<Instant, Integer> sizes = new HashMap<>();
    private final Map<Instant, FailureSum> failures = new HashMap<>();

    /** What the store has not confirmed yet; null if there is nothing. */
    private @Nullable Piece sent;

    private boolean isOff;

    /** What was counted last: most often the next one counts there too. Null if its count may be gone. */
    private @Nullable Last last;

    /**
     * What is written at once.
     *
     * @param id of the write
     */
    public record Piece(UUID id, List<JobOutcomes> attempts, List<JobFailures> failures) {}

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

        JobOutcomes as(Key key) {
            return new JobOutcomes(
                    LibraryOnly.KEY,
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

    /** Counts an attempt that did not fail, once the store has confirmed it. */
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

    /** Counts an attempt that failed, once the store has confirmed it. */
    public synchronized void failed(Job job, Outcome outcome, Duration took, JobError error) {
        Instant claimed = job.startedAt();
        if (claimed == null || isOff) {
            return;
        }
        ended(job, outcome, took);
        Instant at = claimed.plus(took).truncatedTo(ChronoUnit.MICROS);
        failures.computeIfAbsent(at.truncatedTo(ChronoUnit.MINUTES), any -> FailureSum.ofAtMost(MOST_CAUSES))
                .add(FailureFingerprint.of(job.id(), job.type(), error, outcome == Outcome.FAILED, at));
    }

    private Count count(Instant claimed, Job job, Outcome outcome, Duration took) {
        long minute = Math.floorDiv(
                claimed.getEpochSecond()
                        + took.getSeconds()
                        + (claimed.getNano() + took.getNano() >= NANOS_OF_A_SECOND ? 1 : 0),
                SECONDS_OF_A_MINUTE);
        if (last != null && last.isOf(minute, job, outcome)) {
            return last.count;
        }
        Instant counted = Instant.ofEpochSecond(minute * SECONDS_OF_A_MINUTE);
        Count count = count(counted, job, outcome);
        last = new Last(new Key(counted, job.queue(), job.type(), outcome), minute, count);
        return count;
    }

    private Count count(Instant minute, Job job, Outcome outcome) {
        // Any program may write names of any length, and any number of them.
        Key key = new Key(
                minute, SafeText.line(job.queue(), LONGEST_NAME), SafeText.line(job.type(), LONGEST_NAME), outcome);
        Count count = counts.get(key);
        if (count != null) {
            return count;
        }
        boolean isFull = sizes.getOrDefault(minute, 0) >= MOST_OF_A_MINUTE;
        Key safe = isFull ? new Key(minute, JobOutcomes.OTHER, JobOutcomes.OTHER, outcome) : key;
        return counts.computeIfAbsent(safe, fresh -> {
            sizes.merge(minute, 1, Integer::sum);
            return new Count();
        });
    }

    /** What is to be written now: what the store has not confirmed, or else all that was counted since; null if there is nothing. */
    public synchronized @Nullable Piece toWrite() {
        if (sent == null && !counts.isEmpty()) {
            List<JobOutcomes> attempts = new ArrayList<>();
            counts.forEach((key, count) -> attempts.add(count.as(key)));
            List<JobFailures> failed = new ArrayList<>();
            failures.values().forEach(minute -> failed.addAll(minute.most()));
            sent = new Piece(UUID.randomUUID(), attempts, failed);
            clear();
        }
        return sent;
    }

    private void clear() {
        last = null;
        counts.clear();
        sizes.clear();
        failures.clear();
    }

    /**
     * Forgets the piece: the store has confirmed it; or it was written so long ago that the store may have forgotten its id, and to write it again could count
     * it twice.
     */
    public synchronized void forgetSent() {
        sent = null;
    }

    /** Counts nothing any more: the store does not keep it. */
    public synchronized void off() {
        isOff = true;
        sent = null;
        clear();
    }

    /** While the store is away, the oldest minutes are given up when there are too many. */
    public synchronized void notWritten() {
        failures.replaceAll((minute, all) -> {
            FailureSum most = FailureSum.ofAtMost(MOST_CAUSES);
            most.addAll(all.most());
            return most;
        });
        while (counts.size() + failures.size() * FailureSum.MOST > MOST_KEPT) {
            last = null;
            Instant oldest = counts.keySet().stream()
                    .map(Key::minute)
                    .min(Instant::compareTo)
                    .orElseThrow();
            counts.keySet().removeIf(key -> key.minute.equals(oldest));
            sizes.remove(oldest);
            failures.remove(oldest);
        }
    }
}
