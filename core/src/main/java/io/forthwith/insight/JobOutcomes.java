package io.forthwith.insight;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How many attempts of one queue and type ended in one way within a minute, or an hour, and how long they had waited and run. Immutable.
 *
 * @param from the beginning of the minute or hour, in UTC, by the clock of the store
 * @param span one minute, or one hour for what is older than one to two hours
 * @param queue the queue
 * @param type the type of the jobs
 * @param outcome how the attempts ended
 * @param jobs how many
 * @param waits from the time when the job was due to its claim
 * @param runs from the claim to the end
 */
public record JobOutcomes(
        Instant from,
        Duration span,
        String queue,
        String type,
        Outcome outcome,
        long jobs,
        DurationBuckets waits,
        DurationBuckets runs) {
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

    /** Checks that all is there. */
    public JobOutcomes {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(span, "span");
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(waits, "waits");
        Objects.requireNonNull(runs, "runs");
    }
}
