package io.forthwith;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a retry by hand. Immutable.
 *
 * @param outcome what happened
 * @param conflictingId for {@link Outcome#CONFLICT} the open job that has the unique key, for {@link Outcome#UNDO_OPEN}
 *     the open undo job; otherwise null
 */
public record RetryResult(Outcome outcome, @Nullable UUID conflictingId) {
    /** What happened. */
    public enum Outcome {
        /** The job is pending again, or waiting if it waits for children or predecessors. */
        RETRIED,
        /**
         * Another open job has the type and unique key of the job, or of a job that would be retried with it. Nothing
         * changed.
         */
        CONFLICT,
        /**
         * An undo job has not yet undone the durable steps of the job, or of a job that would be retried with it.
         * Nothing changed; try again later.
         */
        UNDO_OPEN,
        /** The job is neither failed nor cancelled. Nothing changed. */
        NOT_RETRYABLE,
        /** The store has no such job. */
        NOT_FOUND
    }

    /** An outcome without a conflict. */
    public static RetryResult of(Outcome outcome) {
        return new RetryResult(outcome, null);
    }

    /** {@link Outcome#UNDO_OPEN}, because of this undo job. */
    public static RetryResult undoOpen(UUID undoJob) {
        return new RetryResult(Outcome.UNDO_OPEN, undoJob);
    }

    /** {@link Outcome#CONFLICT}, because of the job that has the unique key. */
    public static RetryResult conflict(UUID holder) {
        return new RetryResult(Outcome.CONFLICT, holder);
    }
}
