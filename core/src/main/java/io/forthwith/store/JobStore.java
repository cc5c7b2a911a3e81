package io.forthwith.store;

import io.forthwith.BulkRetry;
import io.forthwith.CancelResult;
import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobQuery;
import io.forthwith.JobStep;
import io.forthwith.JobStoreException;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rows.InMemoryJobStore;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.RetryRule;
import io.forthwith.store.rules.Transitions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where jobs live: the one interface to implement to run jobs on another database. Prove an implementation with the
 * contract kit ({@code forthwith-store-kit}), which tests every sentence below; {@link InMemoryJobStore} is the readable
 * reference. Where an engine does atomic steps on rows, {@link AbstractJobStore} has most of it.
 *
 * <p><b>Atomicity.</b> Every call is one atomic step, and durable when it returns, except where a method says otherwise.
 *
 * <p><b>Races</b> are answers, never exceptions. What a store cannot do at all it reports as a {@link JobStoreException}.
 * Every call may be repeated after one.
 *
 * <p><b>The fence.</b> A job's claim number grows with every claim and with every exit from {@code processing} that the
 * claimant did not make, and never shrinks, not even by a retry by hand. What a worker writes is applied only while the
 * job is processing under the same job id, claim number and worker.
 *
 * <p><b>Time</b> is the store's own clock; durations passed in are turned into times by it.
 *
 * <p><b>Locks.</b> An operation that waits for locks takes all it needs at once, before it changes anything that others wait for, and
 * in one order everywhere: first the jobs that are nothing but children, by id, then the others, by id. Claim and purge skip what others
 * have locked, take-over skips jobs without relatives only.
 *
 * <p><b>Families and graphs.</b> Whatever ends a job has those that wait for it follow in the same atomic step, by {@link Cascade}: its
 * parent, the finisher of its parent, the jobs that come after it, and so on; and those that are cancelled with their parent or for a
 * sibling. Who waits is locked before those it waits for are counted, so that two last children that end at the same moment
 * cannot both miss each other. The progress of a waiting parent is the mean of its children's, written once a second at the most, and
 * at the end.
 *
 * <p><b>Durable steps.</b> Whatever ends a job as failed or cancelled that {@linkplain Job#hasUndo has an undo} adds, in the
 * same atomic step, one undo job ({@link Transitions#undo}) and hands it all steps of the job that still stand. An undo job
 * completes or comes back, and nothing else: it cannot be cancelled, loses as many workers as it takes, and a settlement that
 * would fail it makes it come back.
 *
 * <p>Implementations must be thread-safe.
 */
public interface JobStore {
    /**
     * Adds jobs, all or nothing. A job whose id exists, or else whose unique key an open job of its type holds, adds nothing
     * and is answered with the job that stands there. A job that waits for others of any kind is added as {@code waiting} and looked at
     * when all are there ({@link Cascade}), the others as {@code pending}. Children get places in the order of the call, behind those that
     * their parent has already.
     *
     * <p>If the call holds a family or a graph, and {@link NewFamilies#refusal} refuses it or the key of any new job in it is taken, also by
     * another job of the call, nothing is added and every answer is that {@linkplain Added.Outcome#isRefusal refusal}. The parents and
     * predecessors that it names are locked before they are looked at.
     *
     * @param jobs with distinct ids
     * @return one answer per job, in the same order
     * @throws IllegalArgumentException if the call makes no sense by itself ({@link NewFamilies#of}); nothing is added
     */
    List<Added> add(List<EncodedJob> jobs);

    /**
     * Takes no more children into a group, which may end by that.
     *
     * @param locale the language of the messages of jobs that end by this call and have none of their own
     */
    SealResult seal(UUID id, Locale locale);

    /** Records a running worker, whose lease ends after {@code lease} unless it beats. */
    void register(WorkerInfo worker, Duration lease);

    /**
     * Renews the lease of a worker and so of everything it holds, also a lease that has lapsed but that nobody has taken
     * over; and tells which of its jobs are to be cancelled.
     */
    Beat beat(UUID workerId, Duration lease);

    /** Forgets a worker that has stopped. Jobs it still holds become orphans, which {@link #takeOver} finds. */
    void deregister(UUID workerId);

    /**
     * Hands out due jobs of the queues asked for, higher priorities first, then those due longest, then lower ids first, in
     * one order over all queues; never more than asked,
     * never one that another worker gets: {@code pending} becomes {@code processing}, claim and attempt grow by one,
     * {@code started_at} is now, and the progress message of a job that was postponed is gone. A worker that is not registered,
     * or whose lease has lapsed, gets nothing. Of jobs whose lost workers are one below the cap, or more, a worker holds at most
     * one. Due jobs that undo durable steps are handed out as
     * well, for the types the worker has processors for.
     */
    List<Job> claim(ClaimRequest request);

    /** What the store believes this worker holds: its claims on jobs that are processing. */
    List<Claim> held(UUID workerId);

    /**
     * Ends or hands back claimed jobs, each by itself fenced by its claim, in one or several atomic steps, each with what follows from
     * it. Progress stays as it was reported, but for the
     * percentage of a job that completes; who held the job last stays to be read; a job that completes, waits for its children, or is
     * cancelled shows no error. A job that waits for its children brings them along ({@link Spawn}), or is answered {@link
     * Settled#CONFLICT}. A job that {@linkplain Settlement#completeAndDelete completes and is to be deleted} is deleted in the same atomic
     * step, with its failed attempts, unless something {@linkplain Settlement.Complete#deletes hangs on it}; its id and its unique key are
     * free then, and who repeats the settlement is answered {@link Settled#LOST}.
     *
     * @param settlements at most one per claim
     * @return one answer per settlement, in the same order
     * @throws IllegalArgumentException if the jobs that one brings make no sense by themselves ({@link NewFamilies#ofSpawned}); nothing is
     *     settled
     */
    List<Settled> settle(List<Settlement> settlements);

    /**
     * Takes the jobs of every worker whose lease has lapsed, each worker in an atomic step of its own that tests the lease
     * again under lock, and forgets those workers; also jobs that are processing under a worker that does not exist. The
     * claim grows, the attempt is given back, the lost workers grow by one. A job becomes {@code cancelled} if that was
     * requested, {@code failed} with {@link Transitions#workerLost} at the cap, otherwise {@code pending}.
     */
    List<TakenOver> takeOver(TakeOverRequest request);

    /**
     * Notes that a claimed job is about to do a durable step, before it does it; and that the job has an undo, if the step has
     * one. A step that was begun before and still stands is answered as it is, whoever began it; if it had no undo then and has one
     * now, that is noted too.
     *
     * @param hasUndo whether the step is to be undone if the job fails or is cancelled
     */
    StepBegun beginStep(Claim claim, StepName name, boolean hasUndo);

    /**
     * Stores the result of a step that was begun. Also if the job's cancellation was requested meanwhile: its undo wants to
     * know.
     *
     * @param result JSON; null for none
     * @return {@code APPLIED}, {@code ALREADY_APPLIED} if a result had been stored before, which stays, or {@code LOST} if the
     *     claim no longer holds or there is no such step
     */
    Settled finishStep(Claim claim, StepName name, @Nullable String result);

    /**
     * Notes that a claimed undo job has undone a step that was handed to it.
     *
     * @param undo the claim of the undo job
     * @param step as read by {@link #steps}
     * @return {@code APPLIED}, {@code ALREADY_APPLIED} if that had been noted before, or {@code LOST} if the claim no longer
     *     holds or the step was not handed to this job
     */
    Settled stepUndone(Claim undo, JobStep step);

    /** The durable steps of a job in the order in which they were begun, those of earlier rounds included. */
    List<JobStep> steps(UUID jobId);

    /**
     * Stores progress of claimed jobs; changes nothing for claims that no longer hold. Their parents follow, perhaps in atomic steps of
     * their own, and not those that others have locked.
     */
    void report(List<ProgressReport> reports);

    /** The job with this id. */
    Optional<Job> find(UUID id);

    /**
     * The children of a job in the order of their places, its finisher left out. Those without a place, which a stranger or an older
     * version of the library has written, come last, in the order of their ids; {@link ChildPages} reads them all.
     *
     * @param after only those with a higher place, or without one: 0 for the first page, then the highest place read
     * @param limit how many at the most
     */
    List<Job> children(UUID parentId, int after, int limit);

    /** The jobs that a job comes after, as far as they still exist, in the order in which it names them. */
    List<Job> predecessors(UUID id);

    /** The failed attempts of a job, the first one first. */
    List<JobFailure> failures(UUID id);

    /** The jobs a query selects, highest id first, which for ids drawn by the library is newest first. */
    List<Job> list(JobQuery query);

    /** How many jobs a query selects. */
    long count(JobQuery query);

    /**
     * Cancels a job: at once if it is pending or waiting, otherwise by request to its worker; with a parent that waits, everything below it
     * that is open, also below children that have ended. An undo job is not cancelled.
     *
     * @param locale the language of the message that a parent without a locale of its own gets, if the job ends by this call
     */
    CancelResult cancel(UUID id, Locale locale);

    /**
     * Retries a failed or cancelled job by hand: it is due at once, and attempt, counters, progress, result, error and end
     * are reset; the claim is not. A parent waits again, and keeps the result of its own part; its failed and cancelled children are retried
     * with it, and so are failed and cancelled predecessors with a job that does not run without them ({@link RetryRule}). If the
     * unique key of any of them is taken, or the durable steps of any of them have yet to be undone, nothing changes. A child that is
     * retried does not reopen its parent; only a finisher does, which does not run without the other children. Steps that
     * were undone are done anew, with new keys; if there were none to undo, steps that have a result keep it.
     */
    RetryResult retry(UUID id);

    /**
     * Retries one page of the failed and cancelled jobs that a query selects, newest first, each as {@link #retry} would; a job
     * that is not to be had is left as it is and counted. A job without relatives that others have locked is not waited for.
     * Each job is an atomic step of its own, or several together.
     *
     * <p>By default what {@link #list} selects is retried one by one.
     *
     * @param page at most its limit are retried; without a status it means failed and cancelled jobs
     * @return what became of them, and where the next page begins; a job that fails again meanwhile is not on it
     * @throws IllegalArgumentException if the query names a status that cannot be retried; nothing is changed
     */
    default BulkRetry retryPage(JobQuery page) {
        List<Job> jobs = list(page.retryable());
        UUID next =
                jobs.size() < page.limit() ? null : jobs.get(jobs.size() - 1).id();
        BulkRetry answer = BulkRetry.NONE.goingOnFrom(next);
        for (Job job : jobs) {
            answer = answer.and(retry(job.id()));
        }
        return answer;
    }

    /**
     * Deletes jobs that ended longer ago than {@code retention} allows, with their failed attempts and steps, at most
     * {@code limit} of them. Children and finishers stay until their parent has completed or is itself deleted, predecessors until the
     * jobs that come after them have completed or are deleted; so what has failed stays together and can be retried. Jobs whose steps have
     * yet to be undone stay as well. Nobody comes after a job that was deleted, also if another one gets its id.
     *
     * @return how many were deleted
     */
    int purge(Retention retention, int limit);

    /**
     * Asks to be told when jobs may have been added, by this process or another. A hint: it may come late, twice or never.
     * By default never.
     */
    default Subscription onAdded(Runnable hint) {
        return () -> {};
    }

    /**
     * Gives the hint of {@link #onAdded} as if jobs had been added, here and wherever else the store gives it: for jobs that others have
     * committed behind its back. A hint as well; a store that cannot give it at the moment does not say so. By default nothing.
     */
    default void wake() {}

    /**
     * Whether those who asked by {@link #onAdded} are told at once at present, whoever adds the jobs and in whatever process. Where they are
     * not, workers look more often for a while when they have found something. By default they are not.
     */
    default boolean hearsOthers() {
        return false;
    }

    /**
     * Whether what this store adds is durable only once its caller commits a transaction of their own, as a store does that was made for one
     * transaction. It is used on the thread of that transaction only. By default not.
     */
    default boolean joinsTransaction() {
        return false;
    }

    /**
     * Asks to be told when the cancellation of a running job has been requested, by this process or another: with the claim
     * under which it was running then, as read in the atomic step of {@link #cancel}. A hint: it may come late, twice or
     * never. By default never; {@link #beat} tells in any case. What the listener throws does not reach whoever cancels.
     */
    default Subscription onCancelRequested(Consumer<Claim> hint) {
        return () -> {};
    }

    /** Ends what it stands for when closed; closing again does nothing. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
