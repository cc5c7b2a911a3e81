package io.forthwith.internal;

/** What the modules of the library may ask about the end of an attempt, and its processor may not. The context of a worker is one. */
public interface AttemptWithEnd {
    /** Whether a transaction of the processor has completed the job. What the processor does afterwards changes nothing. */
    boolean isCompletedByProcessor();

    /** Whether the worker knows that the job is no longer its own. */
    boolean hasLostLease();

    /**
     * Whether the worker gives the job back after its processor has thrown this: the worker stops, or the lease is over, so it has interrupted the attempt, and the
     * exception most likely just says so.
     */
    boolean isGivenBackAfter(Throwable thrown);
}
