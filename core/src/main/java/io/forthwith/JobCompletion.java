package io.forthwith;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The right to complete one job in a transaction that does something else as well; for stores that offer this, not for
 * processors. One thread at a time, {@link #begin} first, then exactly one of the other two.
 *
 * <p>Between the two the attempt is not interrupted and not settled otherwise, so only what is bounded in time may happen there:
 * the settlement and the commit.
 */
public interface JobCompletion {
    /**
     * Takes the right to settle the job, which is had once. From then on the job can spawn nothing, unless the transaction is rolled back.
     *
     * @return the result as JSON; null for none
     * @throws IllegalStateException if the job has spawned: it is completed by its children
     * @throws CancellationException if the job is to end otherwise: it was cancelled, is out of time, or its lease was lost
     * @throws JobException permanent, with the code {@code result_unstorable}, if the result cannot be stored
     */
    @Nullable
    String begin(@Nullable Object result);

    /** The job was completed, for good: its {@code onFailure} undos are forgotten, and what its processor returns is ignored. */
    void committed();

    /** Nothing was written, for sure: the job may be settled again. */
    void rolledBack();
}
