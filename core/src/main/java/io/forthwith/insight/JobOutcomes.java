package io.forthwith.insight;

import io.forthwith.internal.LibraryOnly;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How many attempts of one queue and type ended in one way within a minute, or an hour, and how long they had waited and run. Immutable. */
public final class JobOutcomes {
    /** The span of new ones. */
    public static final Duration MINUTE = Duration.ofMinutes(1);
    /** The span of older ones. */
    public static final Duration HOUR = Duration.ofHours(1);

    /** The queue and type of what has too many different ones to count each. */
    public static final String OTHER = "other";

    /** How an attempt ended. */
    public enum Outcome {
        /** The job completed. */
        COMPLETED,
        /** The processor has returned, and the job waits for its children. */
        WAITING,
        /** The job failed. */
        FAILED,
        /** The attempt failed, and the job is tried again. */
        RETRIED,
        /** The job was not ready. */
        POSTPONED,
        /** The job was cancelled. */
        CANCELLED;

        private static final List<Outcome> ALL = List.of(values());

        private final String text = name().toLowerCase(Locale.ROOT);

        /** The word that is stored. */
        public String text() {
            return text;
        }

        /** The outcome of a word; null if it is none. */
        public static @Nullable Outcome parse(String text) {
            for (Outcome each : ALL) {
                if (each.text.equals(text)) {
                    return each;
                }
            }
            return null;
        }
    }

    private final Instant from;
    private final Duration span;
    private final String queue;
    private final String type;
    private final Outcome outcome;
    private final long jobs;
    private final DurationBuckets waits;
    private final DurationBuckets runs;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobOutcomes(
            LibraryOnly by,
            Instant from,
            Duration span,
            String queue,
            String type,
            Outcome outcome,
            long jobs,
            DurationBuckets waits,
            DurationBuckets runs) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(span, "span");
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(waits, "waits");
        Objects.requireNonNull(runs, "runs");
        this.from = from;
        this.span = span;
        this.queue = queue;
        this.type = type;
        this.outcome = outcome;
        this.jobs = jobs;
        this.waits = waits;
        this.runs = runs;
    }

    /** The beginning of the minute or hour, in UTC, by the clock of the store. */
    public Instant from() {
        return from;
    }

    /** One minute, or one hour for what is older than one to two hours. */
    public Duration span() {
        return span;
    }

    /** The queue. */
    public String queue() {
        return queue;
    }

    /** The type of the jobs. */
    public String type() {
        return type;
    }

    /** How the attempts ended. */
    public Outcome outcome() {
        return outcome;
    }

    /** How many. */
    public long jobs() {
        return jobs;
    }

    /** From the time when the job was due to its claim. */
    public DurationBuckets waits() {
        return waits;
    }

    /** From the claim to the end. */
    public DurationBuckets runs() {
        return runs;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobOutcomes that
                && Objects.equals(from, that.from)
                && Objects.equals(span, that.span)
                && Objects.equals(queue, that.queue)
                && Objects.equals(type, that.type)
                && Objects.equals(outcome, that.outcome)
                && jobs == that.jobs
                && Objects.equals(waits, that.waits)
                && Objects.equals(runs, that.runs);
    }

    @Override
    public int hashCode() {
        return Objects.hash(from, span, queue, type, outcome, jobs, waits, runs);
    }

    @Override
    public String toString() {
        return "JobOutcomes[from=" + from + ", span=" + span + ", queue=" + queue + ", type=" + type + ", outcome="
                + outcome + ", jobs=" + jobs + ", waits=" + waits + ", runs=" + runs + "]";
    }
}
