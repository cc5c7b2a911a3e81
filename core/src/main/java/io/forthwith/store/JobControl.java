package io.forthwith.store;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.Retention;
import io.forthwith.insight.PausedQueue;
import io.forthwith.limit.Pause;
import io.forthwith.store.act.Remaining;
import io.forthwith.store.rules.ChangeRule;
import io.forthwith.store.rules.ExpiryRule;
import io.forthwith.store.rules.PausableQueues;
import io.forthwith.store.rules.RetryRule;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** What people and applications do to jobs and queues by hand, and the deletion of old jobs. A role of {@link JobStore}. */
public interface JobControl {
    /**
     * Cancels a job. Atomic, with everything that follows from it. A pending or waiting job is cancelled at once. A running job is marked,
     * and its worker is asked to stop. With a waiting parent, everything below it that is open is cancelled in the same way, also below
     * children that have ended. An undo job is not cancelled.
     *
     * <p>If another transaction keeps the job, or a row that changes with it, locked, the store waits for about a second and answers {@link ActResult.Outcome#LOCKED}. Only a store that
     * lets one transaction at a time write has to wait for the others.
     *
     * @param locale the language of the message for a parent that has no locale of its own, if the job ends by this call
     */
    ActResult cancel(UUID id, Locale locale);

    /**
     * Fails jobs that have not {@linkplain Job#hasStarted started} by their {@linkplain Job#expiresAt deadline}, with the code {@link
     * ExpiryRule#CODE}: pending ones, also if their queue is paused, and waiting ones. Everything that follows from a failure follows, in the same transaction;
     * there is no failed attempt. One call is one transaction, or several. A job whose claim and whose expiry meet either runs or fails, never both: the
     * claim of a job that fails here finds it failed.
     *
     * <p>It works for about half a second at most, and waits no longer than 200 ms for other transactions. It leaves out a job if one has locked it, or
     * another job that would change because of it.
     *
     * @param atMost the most jobs to fail by their own deadline
     * @param locale the language of the messages of jobs that have no locale of their own
     * @return how many were failed by their own deadline, and what is left. One failed job may mean that there are more: jobs that have failed because
     *     of it are not counted
     */
    Upkeep expire(int atMost, Locale locale);

    /**
     * Retries a failed or cancelled job by hand. Atomic. The job is due at once; its attempt, counters, progress, result, error and end are
     * reset, its claim number is not. It has no deadline any more, and has given up a key that it had until it started.
     *
     * <p>A parent waits again and keeps the result of its own part. Its failed and cancelled children are retried with it. Failed and
     * cancelled predecessors are retried with a job that does not run without them ({@link RetryRule}). Nothing changes if the unique key
     * of any of these jobs is taken, or if durable steps of any of them are still to be undone. A child that is retried does not reopen
     * its parent. A finisher does, because it runs only with the other children.
     *
     * <p>Steps that were undone are done again, with new keys. If there was nothing to undo, steps that have a result keep it.
     */
    ActResult retry(UUID id);

    /**
     * Changes when a job is due, its priority or its queue, or several of these together. Atomic: {@link ChangeRule} decides, on the locked row.
     * The time of a pending job can be changed, also of one that waits for its next try. Priority and queue of any open job can be; for a running
     * job they count from its next attempt on. A claim that begins after this call has returned finds the job as it was changed. If the job is due, the listeners of {@link StoreHints#onAdded} get a hint.
     *
     * @throws IllegalArgumentException if the change is empty
     */
    ActResult change(UUID id, JobChange change);

    /**
     * Seals a group: it takes no more children from now on. If none of its children is open, the group ends, or its finisher becomes due, in
     * the same transaction.
     *
     * @param locale the language of the messages of jobs that end by this call and have no locale of their own
     */
    ActResult seal(UUID id, Locale locale);

    /**
     * Pauses a queue, whether it has jobs or not. Atomic. No claim that begins after this call has returned gives out a job of the queue,
     * until the queue is resumed. Nothing else changes: jobs are added to the queue, its running jobs go on and end, and those that are to be
     * tried again wait in it. An undo job is given out also if the queue of its job is paused.
     *
     * <p>If the queue is paused already, the first pause stands, and the answer is that one.
     *
     * @param pause who pauses it, and why
     * @return the pause that holds now, as {@link #pausedQueues} shows it
     * @throws IllegalArgumentException if the name is not valid, or is that of a queue of undo jobs ({@link PausableQueues}); nothing is changed
     */
    Pause pauseQueue(String queue, Pause pause);

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
     * Deletes jobs that ended longer ago than {@code retention} says for their type, with their failed attempts and steps. Atomic for each job.
     *
     * <p>These stay: children and finishers, until their parent has completed or is deleted itself; predecessors, until every job that
     * depends on them has completed or is deleted, so that failed jobs stay together and can be retried; and jobs whose steps are
     * still to be undone. If another job later gets the id of a deleted one, no job comes after it.
     *
     * <p>A call may look at some of the ended jobs only, so that its cost does not depend on how many there are. The next call goes on from
     * there: repeated calls find every job.
     *
     * <p>It works for about half a second at most, and waits no longer than 200 ms for other transactions. It leaves out what they have locked. It also
     * deletes what else the store keeps for a time, such as unique keys whose period is over.
     *
     * @param atMost the most jobs to delete
     * @return how many jobs were deleted, and what is left
     */
    Upkeep purge(Retention retention, int atMost);

    /**
     * What a call of {@link #purge} or {@link #expire} has done. Immutable.
     *
     * @param jobs how many jobs it has deleted, or failed
     * @param remaining what it has left
     */
    record Upkeep(int jobs, Remaining remaining) {}
}
