package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.Transitions;
import java.util.List;
import java.util.UUID;

/** What a worker does with jobs. A role of {@link JobStore}. The fence of {@link JobStore} guards every write. */
public interface WorkQueue {
    /**
     * Gives due jobs of the requested queues to a worker. Atomic. A job that is given out becomes {@code processing}; its claim and its
     * attempt grow by one, {@code started_at} is now, and the progress message of a job that was postponed is removed.
     *
     * <p>Order over all queues together: higher priority first, then the job that has been due longest, then the lower id. Never more jobs
     * than requested, and never a job that another worker gets. Jobs that another transaction has locked are skipped.
     *
     * <p>A worker that is not registered, or whose lease has expired, gets nothing. Of the jobs whose lost workers are one below the cap or
     * more, a worker holds at most one. Due undo jobs are given out as well, for the types that the worker has processors for.
     */
    List<Job> claim(ClaimRequest request);

    /** The claims of the jobs that are processing under this worker, as the store knows them. */
    List<Claim> held(UUID workerId);

    /**
     * Ends or returns claimed jobs. Each settlement is fenced by its claim and atomic with everything that follows from it; a store may put
     * several into one transaction.
     *
     * <p>Progress stays as reported, but a job that completes gets 100 percent. The worker that held the job last can still be read. A job
     * that completes, waits for its children or is cancelled shows no error.
     *
     * <p>A job that waits for its children adds them in the same transaction ({@link Spawn}), or is answered {@link Settled#CONFLICT}. A job
     * that {@linkplain Settlement#completeAndDelete completes and is to be deleted} is deleted in the same transaction, with its failed
     * attempts, unless {@linkplain Settlement.Complete#deletes something depends on it}. Its id and its unique key are free then, and the
     * same settlement is answered {@link Settled#LOST} if it is repeated.
     *
     * @param settlements at most one per claim
     * @return one answer per settlement, in the same order
     * @throws IllegalArgumentException if the jobs that a settlement adds contradict themselves ({@link NewFamilies#ofSpawned}); nothing is
     *     settled
     */
    List<Settled> settle(List<Settlement> settlements);

    /**
     * Stores the progress of claimed jobs. A report whose claim no longer holds changes nothing. The progress of parents follows, perhaps in
     * later transactions; a parent that another transaction has locked is skipped.
     */
    void report(List<ProgressReport> reports);

    /**
     * Takes over the jobs of every worker whose lease has expired, and forgets these workers. Each worker is a transaction of its own, which
     * tests the lease again under lock. Jobs that are processing under a worker that does not exist are taken over too.
     *
     * <p>The claim of such a job grows, its attempt is given back, and its lost workers grow by one. It becomes {@code cancelled} if that was
     * requested, {@code failed} with {@link Transitions#workerLost} at the cap, otherwise {@code pending}.
     */
    List<TakenOver> takeOver(TakeOverRequest request);
}
