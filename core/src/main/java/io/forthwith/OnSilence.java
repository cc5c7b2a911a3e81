package io.forthwith;

/**
 * What becomes of a running attempt when the lease of its worker has run out by the worker's own clock: for so long no heartbeat of the worker has been answered.
 * The job may still be this worker's, for example in an outage of the database, in which nobody can take it.
 */
public enum OnSilence {
    /** It goes on, and may ask {@link JobContext#isLeaseLost} and {@link JobContext#leaseLeft}. */
    GO_ON,
    /**
     * Its thread is interrupted. If the worker still has the job when the processor has thrown, the job is given back without using up an attempt. For work that must
     * not run twice at the same time.
     */
    INTERRUPT
}
