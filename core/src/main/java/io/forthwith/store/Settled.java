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
    CONFLICT,
    /**
     * Another transaction has locked a row that the settlement needs, and the store has waited for it no longer than it may. Nothing changed,
     * and the claim may still hold: repeat the settlement later. Only {@link WorkQueue#settle} answers this.
     */
    BUSY
}
