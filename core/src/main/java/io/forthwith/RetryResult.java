package io.forthwith;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of a retry by hand. Immutable.
 *
 * @param outcome what happened
 * @param conflictingId the open job that holds the unique key, or that has yet to undo the steps, if the outcome is
 *     {@link Outcome#CONFLICT} or {@link Outcome#UNDO_OPEN}
 */
public record RetryResult(Outcome outcome, @Nullable UUID conflictingId) {
    /** What happened. */
    public enum Outcome {
        /** The job is pending again, or waiting if it is a parent or comes after others. */
        RETRIED,
        /** Another open job holds the type and unique key of the job, or of one that would be retried with it; nothing changed. */
        CONFLICT,
        /** The durable steps of the job, or of one that would be retried with it, have yet to be undone; nothing changed, try again later. */
        UNDO_OPEN,
        /** The job is neither failed nor cancelled; nothing changed. */
        NOT_RETRYABLE,
        /** There is no such job. */
        NOT_FOUND
    }

    /** An outcome without a conflict. */
    public static RetryResult of(Outcome outcome) {
        return new RetryResult(outcome, null);
    }

    /** {@code undoJob} has yet to undo the steps. */
    public static RetryResult undoOpen(UUID undoJob) {
        return new RetryResult(Outcome.UNDO_OPEN, undoJob);
    }

    /** {@code holder} has the unique key. */
    public static RetryResult conflict(UUID holder) {
        return new RetryResult(Outcome.CONFLICT, holder);
    }
}
