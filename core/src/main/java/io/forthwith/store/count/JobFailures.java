package io.forthwith.store.count;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How many attempts failed in one way. Immutable.
 *
 * @param fingerprint a short hash of what they have in common: type, code, class and message; {@link #OTHER} for what has too many different ones to count each
 * @param type the type of the jobs
 * @param code the stable word of their errors
 * @param exceptionClass the class of the exceptions; null if there was none
 * @param message the message of their errors, with {@code #} in place of numbers and ids
 * @param attempts how many attempts failed
 * @param jobs how many of them were the last of their job, which has failed
 * @param sampleId one of the jobs, a late one as far as ids grow with time
 * @param firstAt when the first of them failed, by the clock of the store; where they are added up over a time, the first that is still counted, also before
 *     that time
 * @param lastAt when the last of them failed
 */
public record JobFailures(
        String fingerprint,
        String type,
        String code,
        @Nullable String exceptionClass,
        String message,
        long attempts,
        long jobs,
        UUID sampleId,
        Instant firstAt,
        Instant lastAt) {
    /** In place of a fingerprint, a type and a code, of what has too many different ones. */
    public static final String OTHER = "other";

    /** Checks that all is there. */
    public JobFailures {
        Objects.requireNonNull(fingerprint, "fingerprint");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(sampleId, "sampleId");
        Objects.requireNonNull(firstAt, "firstAt");
        Objects.requireNonNull(lastAt, "lastAt");
    }

    /** Returns the same failures, with another time of the first one. */
    public JobFailures firstAt(Instant first) {
        return new JobFailures(
                fingerprint, type, code, exceptionClass, message, attempts, jobs, sampleId, first, lastAt);
    }
}
