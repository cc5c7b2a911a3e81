package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.insight.QueueState;
import io.forthwith.store.count.QueueTypes;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.NewFamilies;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a worker does with jobs. A role of {@link JobStore}. The fence of {@link JobStore} guards every write. */
public interface WorkQueue {
    /**
     * Gives due jobs of the requested queues to a worker. Atomic. A job that is given out becomes {@code processing}; its claim and its
     * attempt grow by one, {@code started_at} is now, and the progress message of a job that was postponed is removed.
     *
     * <p>Order over all queues together: higher priority first, then the job that has been due longest, then the lower id. Never more jobs
     * than requested, perhaps fewer, if their inputs are large or smaller claims get more jobs under limits done, and never a job that another worker gets. Jobs that another transaction has locked are skipped.
     *
     * <p>Of a backlog, claims of 100 jobs and more may go on where the one before ended: a job that becomes ready before that place waits for up to a second longer
     * than its order says. A claim that finds fewer jobs than requested behind that place looks
     * before it as well.
     *
     * <p>With {@link ClaimRequest#ageing} undo jobs come first. The others come in the order of their due time minus priority times ageing, the
     * earliest first, then by the lower id. See {@link io.forthwith.store.rules.ClaimOrderRule}. Among jobs that wait for the same limit or are fair by the same key, the higher priority may
     * still come first. A sequence keeps its order.
     *
     * <p>A worker that is not registered, or whose lease has expired, gets nothing. Of the jobs whose lost workers are one below the cap or
     * more, a worker holds at most one. Due undo jobs are given out as well, for the types that the worker has processors for.
     *
     * <p>A job whose limits {@linkplain io.forthwith.limit.JobLimit#UNREADABLE cannot be read} is given out under no limit, not even that of its
     * type, and keeps its unreadable limits: the worker fails it without starting it. It disturbs no other job of the claim.
     *
     * <p>Jobs that the request {@linkplain ClaimRequest#leftToOthers leaves to others} are passed over as if they were not there: they stay as they are, those that a limit holds up
     * too, and hold up no job that may be given out, but those behind them in a sequence.
     *
     * <p>No job of a {@linkplain JobControl#pauseQueue paused} queue is given out. This is tested in the transaction of the claim.
     */
    List<Job> claim(ClaimRequest request);

    /**
     * The claims of the jobs that are processing under this worker, as the store knows them: each claim whose answer this process has got before this call, unless it has ended.
     * The worker ends the runs of jobs that are missing. So a store does not answer from a replica that may be behind. Without rows that were changed by hand and have no
     * start.
     */
    List<Claim> held(UUID workerId);

    /**
     * Ends or returns claimed jobs. Each settlement is fenced by its claim and atomic with everything that follows from it; a store may put
     * several into one transaction. A claim that is not the latest of its job, in number, worker and start, is answered {@link Settled#LOST},
     * also when the job has ended.
     *
     * <p>Progress stays as reported, but a job that completes gets 100 percent. The worker that held the job last can still be read. A job
     * that completes, waits for its children or is cancelled shows no error. Failed attempts that a job with the same id has left, whose row
     * somebody has deleted by hand, do not keep a failure from being recorded.
     *
     * <p>A job that waits for its children adds them in the same transaction ({@link SpawnedJobs}), or is answered {@link Settled#CONFLICT}. A job
     * that {@linkplain Settlement#completeAndDelete completes and is to be deleted} is deleted in the same transaction, with its failed
     * attempts, unless {@linkplain Settlement.Complete#deletes something depends on it}. Its id and its unique key are free then, and the
     * same settlement is answered {@link Settled#LOST} if it is repeated.
     *
     * <p>A transaction of another program may keep rows locked for hours: it has added a successor, or filled a group. A settlement that needs
     * such a row does not hold up the others. The store waits for locks of others only for a moment, well below 100 ms for the whole call, and
     * then answers {@link Settled#BUSY} for the settlements that are held up, and settles the rest. Only a store that lets one transaction at a
     * time write has to wait for the others.
     *
     * @param settlements at most one per claim
     * @return one answer per settlement, in the same order
     * @throws IllegalArgumentException if the jobs that a settlement adds contradict themselves ({@link NewFamilies#ofSpawned}); nothing is
     *     settled
     */
    List<Settled> settle(List<Settlement> settlements);

    /**
     * Stores the progress of claimed jobs. A report whose claim no longer holds changes nothing. The progress of parents follows, perhaps in
     * later transactions. A job, or a parent, that another transaction has locked is left out; the store does not wait for it.
     *
     * @return the reports that were left out, to be repeated; usually none
     */
    List<ProgressReport> report(List<ProgressReport> reports);

    /**
     * Takes over the jobs of every worker whose lease has expired, and forgets these workers. Each worker is a transaction of its own, which
     * tests the lease again under lock. Jobs that are processing under a worker that does not exist are taken over too, and a store may end
     * the lease of a worker early if it knows that the process has ended ({@link #takeOverEnded}).
     *
     * <p>The claim of such a job grows, its attempt is given back, and its lost workers grow by one. It becomes {@code cancelled} if that was
     * requested, {@code failed} with {@link JobMoves#workerLost} at the cap, otherwise {@code pending}.
     *
     * <p>A job is left to a later call if another transaction has locked it, or a relative that may change with it: the store waits for such
     * locks no longer than {@link #settle} does.
     */
    List<TakenOver> takeOver(TakeOverRequest request);

    /**
     * Does the same for workers of which the store knows for certain that their process has ended, and for no other: a lease that has
     * expired proves nothing here, and a job without a worker stays as it is. A worker that has just started, or that was cut off from the
     * store, calls this instead of {@link #takeOver} until its heartbeats have succeeded for a whole lease. By default no such worker is
     * known. So an empty answer does not show that the store can be reached.
     */
    default List<TakenOver> takeOverEnded(TakeOverRequest request) {
        return List.of();
    }

    /**
     * How a job stands among the others, for {@link io.forthwith.client.JobClient#why}; empty if there is no such job. It reads no more than it
     * counts, {@link JobSituation#MOST} entries of an index at most, of children {@link JobSituation#MOST_CHILDREN}, and of the jobs that are
     * processing all. Whether the row is locked is found out last, without waiting for the lock, and only of a job that has been due for two seconds:
     * a claim that comes at that moment skips it. It need not be one consistent read.
     */
    Optional<JobSituation> situation(UUID id);

    /**
     * The queues that have pending or processing jobs, or are paused, in the order of their names. It reads a few entries of an index for each
     * that it counts. Queues may be left out if there are hundreds, or if they
     * only run jobs and more than a thousand run. It need not be one consistent read.
     */
    List<QueueState> queues();

    /**
     * How many pending jobs of each type a queue has. It counts up to {@link QueueState#MOST_COUNTED} and reads their rows, so it is for somebody who looks at one queue. It need
     * not be one consistent read.
     */
    QueueTypes types(String queue);

    /**
     * The jobs that have run for {@code longer} or more since they were claimed, those that have run longest first, without inputs and results as in {@link
     * JobReads#search}. It reads all jobs that run.
     *
     * @param atMost the most to return, 1 to 1,000
     */
    List<Job> longRunning(Duration longer, int atMost);

    /**
     * The groups that have been open for {@code longer} or more: jobs that wait and are not {@linkplain io.forthwith.JobRelations#isSealed sealed}, those
     * that were enqueued first at the front, without inputs and results as in {@link JobReads#search}. A store without an index for them looks at some
     * thousand jobs that wait, and leaves out the others. By default none are found.
     *
     * @param atMost the most to return, 1 to 1,000
     */
    default List<Job> openGroups(Duration longer, int atMost) {
        return List.of();
    }

    /**
     * The jobs that have waited for a worker for long: of each queue and priority the pending job that has been due longest, if that is
     * {@code longer} or more, and one that never comes; in any order. Workers ask this about once a minute, to notice queues and types that no worker serves. So it
     * reads a few entries of an index for each queue, and not all jobs that are due. Undo jobs may be left out, and queues too if there are hundreds. By default all are left out, and workers notice nothing.
     */
    default List<LongDueJob> overdue(Duration longer) {
        return List.of();
    }
}
