package io.forthwith.internal.job;

import io.forthwith.JobException;
import io.forthwith.NotReadyException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Completes one job in a transaction that a processor also uses for its own work. It is for stores that offer this; a
 * processor calls the store. Not thread-safe. Call {@link #begin} first, then exactly one of {@link #committed} and
 * {@link #rolledBack}.
 *
 * <p>Between the two calls, nothing interrupts the attempt and nothing else settles it. So only work that is bounded in
 * time may happen there: the settlement and the commit.
 */
public interface TransactionalCompletion {
    /**
     * Takes the right to settle the job, which only one caller can have. After it the job can spawn nothing, unless the
     * transaction is rolled back.
     *
     * @return the result as JSON; null for none
     * @throws IllegalStateException if the job has spawned children, which complete it
     * @throws CancellationException if the job must end in another way: it was cancelled, its time limit has passed, or
     *     its lease was lost
     * @throws JobException permanent, with the code {@code result_unstorable}, if the result cannot be stored
     */
    @Nullable
    String begin(@Nullable Object result);

    /**
     * The transaction has committed, and the job is completed. Its {@code onFailure} undo actions are dropped, and the
     * return value of its processor is ignored.
     */
    void committed();

    /** The transaction has certainly written nothing. The job can be settled again. */
    void rolledBack();

    /**
     * What a store throws if the connection cannot be had or breaks before the commit was sent, or if the completion or the commit fails for a reason that passes; after {@link
     * #rolledBack} if there was a completion. The job is done again a little later, and no attempt is used up.
     */
    NotReadyException doneAgain(Throwable commitFailed);
}
