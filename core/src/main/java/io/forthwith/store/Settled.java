package io.forthwith.store;

/** The answer to one settlement, or to another write under a claim. */
public enum Settled {
    /** It was written now. */
    APPLIED,
    /** This or another settlement of the same claim was written before; nothing changed. */
    ALREADY_APPLIED,
    /**
     * The claim no longer holds, because the job was taken over or is gone; nothing changed. After a {@link
     * Settlement#completeAndDelete} whose answer was lost, this may be the reason.
     */
    LOST,
    /** The cancellation of the job was requested: the job is cancelled now, or was before. */
    CANCELLED,
    /**
     * The unique key or the id of a job that the settlement adds is taken. Nothing changed, and the claim still holds. Only for {@link
     * Settlement#awaitChildren}.
     */
    CONFLICT
}
