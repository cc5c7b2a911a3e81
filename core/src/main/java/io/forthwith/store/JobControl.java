package io.forthwith.store;

import io.forthwith.BulkRetryResult;
import io.forthwith.CancelResult;
import io.forthwith.JobQuery;
import io.forthwith.PausedQueue;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.rules.PauseRule;
import io.forthwith.store.rules.RetryRule;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What people and applications do to jobs and queues by hand, and the deletion of old jobs. A role of {@link JobStore}. */
public interface JobControl {
    /**
     * Cancels a job. Atomic, with everything that follows from it. A pending or waiting job is cancelled at once. A running job is marked,
     * and its worker is asked to stop. With a waiting parent, everything below it that is open is cancelled in the same way, also below
     * children that have ended. An undo job is not cancelled.
     *
     * @param locale the language of the message for a parent that has no locale of its own, if the job ends by this call
     */
    CancelResult cancel(UUID id, Locale locale);

    /**
     * Retries a failed or cancelled job by hand. Atomic. The job is due at once; its attempt, counters, progress, result, error and end are
     * reset, its claim number is not.
     *
     * <p>A parent waits again and keeps the result of its own part. Its failed and cancelled children are retried with it. Failed and
     * cancelled predecessors are retried with a job that does not run without them ({@link RetryRule}). Nothing changes if the unique key
     * of any of these jobs is taken, or if durable steps of any of them are still to be undone. A child that is retried does not reopen
     * its parent. A finisher does, because it runs only with the other children.
     *
     * <p>Steps that were undone are done again, with new keys. If there was nothing to undo, steps that have a result keep it.
     */
    RetryResult retry(UUID id);

    /**
     * Retries one page of the failed and cancelled jobs that a query selects, newest first, each as {@link #retry} would. A job that cannot
     * be retried stays as it is and is counted. This does not wait for a job without relatives that another transaction has locked: such a
     * job also stays as it is. Each job is atomic by itself; a store may put several into one transaction.
     *
     * @param page at most its limit are retried; without a status it means failed and cancelled jobs
     * @return how many were retried or left, and where the next page begins; a job that fails again meanwhile is not on it
     * @throws IllegalArgumentException if the query names a status that cannot be retried; nothing is changed
     */
    BulkRetryResult retryPage(JobQuery page);

    /**
     * Seals a group: it takes no more children from now on. If none of its children is open, the group ends, or its finisher becomes due, in
     * the same transaction.
     *
     * @param locale the language of the messages of jobs that end by this call and have no locale of their own
     */
    SealResult seal(UUID id, Locale locale);

    /**
     * Pauses a queue, whether it has jobs or not. Atomic. No claim that begins after this call has returned gives out a job of the queue,
     * until the queue is resumed. Nothing else changes: jobs are added to the queue, its running jobs go on and end, and those that are to be
     * tried again wait in it. An undo job is given out also if the queue of its job is paused.
     *
     * <p>If the queue is paused already, the first pause stands, and the answer is that one.
     *
     * @param by who pauses it, for people; null if that is not known
     * @param reason why, for people; null if none is given
     * @return the pause that holds now, as {@link #pausedQueues} shows it
     * @throws IllegalArgumentException if the name is not valid, or is that of a queue of undo jobs ({@link PauseRule}); nothing is changed
     */
    PausedQueue pauseQueue(String queue, @Nullable String by, @Nullable String reason);

    /**
     * Resumes a queue. Atomic. A claim that begins after this call has returned gives out its jobs again. If the queue was paused, the
     * listeners of {@link StoreHints#onAdded} get a hint.
     *
     * @return whether it was paused
     * @throws IllegalArgumentException as {@link #pauseQueue} does
     */
    boolean resumeQueue(String queue);

    /** The queues that are paused, in the order of their names. One consistent read. */
    List<PausedQueue> pausedQueues();

    /**
     * Deletes jobs that ended longer ago than {@code retention} says, with their failed attempts and steps. Atomic for each job.
     *
     * <p>These stay: children and finishers, until their parent has completed or is deleted itself; predecessors, until every job that
     * depends on them has completed or is deleted, so that failed jobs stay together and can be retried; and jobs whose steps are
     * still to be undone. If another job later gets the id of a deleted one, no job comes after it.
     *
     * <p>A call may look at some of the ended jobs only, so that its cost does not depend on how many there are. The next call goes on from
     * there: repeated calls find every job.
     *
     * @param limit the most jobs to delete
     * @return how many were deleted
     */
    int purge(Retention retention, int limit);
}
