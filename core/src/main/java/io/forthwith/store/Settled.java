package io.forthwith.store;

/** What became of one settlement. */
public enum Settled {
    /** It was written now. */
    APPLIED,
    /** It, or something else of the same claim, had been written before; nothing changed. */
    ALREADY_APPLIED,
    /**
     * The claim no longer holds, because the job was taken over or is gone; nothing changed. After a {@link
     * Settlement#completeAndDelete} whose answer was lost it may be gone because of that.
     */
    LOST,
    /** The job's cancellation had been requested: it is cancelled now, or was before. */
    CANCELLED,
    /**
     * A job that it brings cannot be added, since its unique key or its id is taken; nothing changed, and the claim still holds. Only of
     * {@link Settlement#awaitChildren}.
     */
    CONFLICT
}
