package io.forthwith;

import io.forthwith.internal.LibraryOnly;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The answer to an act on one job: a cancellation, a retry, a change, or the sealing of a group. Immutable. */
public final class ActResult {
    /** What has become of an act. All but {@link #DONE} and {@link #REQUESTED} have changed nothing. A minor version may add one. */
    public enum Outcome {
        /** It is done. A cancelled job had not started; one that is retried is pending again, or waits for children or predecessors; a sealed group takes no more children. */
        DONE,
        /** The job to cancel is running. Its worker will end it as cancelled, whatever its processor returns. */
        REQUESTED,
        /** The store has no such job. */
        NOT_FOUND,
        /** The job to cancel or to change had ended before. */
        ENDED,
        /** The job to retry has neither failed nor been cancelled. */
        NOT_FAILED,
        /** Another open job has the type and unique key of the job to retry, or of one that would be retried with it. {@link #conflictingId} is that job. */
        KEY_TAKEN,
        /**
         * An undo job has not yet undone the durable steps of the job to retry, or of one that would be retried with it. {@link #conflictingId} is the undo job; try again when
         * it has completed.
         */
        UNDO_OPEN,
        /** The job undoes the durable steps of another one. That must not be stopped, and neither its priority nor its queue can be changed. */
        UNDO_JOB,
        /** The job whose time is to change is running. */
        RUNNING,
        /** The job whose time is to change waits for its children or predecessors. */
        WAITING,
        /** The group was sealed before, or its children were all enqueued with it. */
        ALREADY_SEALED,
        /** The job to seal is no group: it has never had children, and takes none. */
        NOT_A_GROUP,
        /** Another transaction has had the job, or a relative that changes with it, locked for a second, for example that of a process that hangs. Ask again. */
        LOCKED
    }

    /** {@link Outcome#DONE}. */
    public static final ActResult DONE = of(Outcome.DONE);
    /** {@link Outcome#REQUESTED}. */
    public static final ActResult REQUESTED = of(Outcome.REQUESTED);
    /** {@link Outcome#NOT_FOUND}. */
    public static final ActResult NOT_FOUND = of(Outcome.NOT_FOUND);
    /** {@link Outcome#ENDED}. */
    public static final ActResult ENDED = of(Outcome.ENDED);
    /** {@link Outcome#NOT_FAILED}. */
    public static final ActResult NOT_FAILED = of(Outcome.NOT_FAILED);
    /** {@link Outcome#UNDO_JOB}. */
    public static final ActResult UNDO_JOB = of(Outcome.UNDO_JOB);
    /** {@link Outcome#RUNNING}. */
    public static final ActResult RUNNING = of(Outcome.RUNNING);
    /** {@link Outcome#WAITING}. */
    public static final ActResult WAITING = of(Outcome.WAITING);
    /** {@link Outcome#ALREADY_SEALED}. */
    public static final ActResult ALREADY_SEALED = of(Outcome.ALREADY_SEALED);
    /** {@link Outcome#NOT_A_GROUP}. */
    public static final ActResult NOT_A_GROUP = of(Outcome.NOT_A_GROUP);
    /** {@link Outcome#LOCKED}. */
    public static final ActResult LOCKED = of(Outcome.LOCKED);

    private final Outcome outcome;
    private final @Nullable UUID conflictingId;

    /** The library makes it. */
    @SuppressWarnings("exports") // so that only the library can call it
    public ActResult(LibraryOnly by, Outcome outcome, @Nullable UUID conflictingId) {
        Objects.requireNonNull(by, "by");
        this.outcome = Objects.requireNonNull(outcome, "outcome");
        this.conflictingId = conflictingId;
    }

    private static ActResult of(Outcome outcome) {
        return new ActResult(LibraryOnly.KEY, outcome, null);
    }

    /** {@link Outcome#KEY_TAKEN} by this job. */
    public static ActResult keyTaken(UUID holder) {
        return new ActResult(LibraryOnly.KEY, Outcome.KEY_TAKEN, Objects.requireNonNull(holder, "holder"));
    }

    /** {@link Outcome#UNDO_OPEN}, because of this undo job. */
    public static ActResult undoOpen(UUID undoJob) {
        return new ActResult(LibraryOnly.KEY, Outcome.UNDO_OPEN, Objects.requireNonNull(undoJob, "undoJob"));
    }

    /** What has become of it. */
    public Outcome outcome() {
        return outcome;
    }

    /** Whether something was changed: {@link Outcome#DONE} or {@link Outcome#REQUESTED}. */
    public boolean isDone() {
        return outcome == Outcome.DONE || outcome == Outcome.REQUESTED;
    }

    /** For {@link Outcome#KEY_TAKEN} the open job that has the unique key, for {@link Outcome#UNDO_OPEN} the open undo job; otherwise null. */
    public @Nullable UUID conflictingId() {
        return conflictingId;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ActResult that
                && outcome == that.outcome
                && Objects.equals(conflictingId, that.conflictingId);
    }

    @Override
    public int hashCode() {
        return Objects.hash(outcome, conflictingId);
    }

    @Override
    public String toString() {
        return conflictingId == null ? outcome.toString() : outcome + " " + conflictingId;
    }
}
