package io.forthwith.worker.internal.attempt;

/** What runs in one slot: an attempt at one job, or a batch of them. */
public sealed interface SlotWork permits RunningBatch, RunningJob {
    /** Whether its thread has lost its slot, so that it must not run anything else. */
    boolean isAbandoned();
}
