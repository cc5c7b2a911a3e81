package io.forthwith.worker.internal.attempt;

/** Why an attempt should end before its processor returns. An attempt may have several reasons. */
public enum EndReason {
    /** The cancellation of the job was requested. */
    CANCELLED,
    /** The worker was declared dead: another worker may be running the job. */
    LEASE_LOST,
    /** The lease has run out by the worker's own clock, and the attempt is to be interrupted then. */
    SILENCE,
    /** The worker stops, and its grace period is over. */
    WORKER_STOPS,
    /** The job was settled while its processor was still running. What the processor still does does not count. */
    SETTLED_ALREADY
}
