package io.forthwith.store;

import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.store.rows.AbstractJobStore;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.JobMoves;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Where jobs live. This is the one interface to implement to run jobs on another database; it is the sum of its roles, each with a group
 * of tests in the contract kit ({@code forthwith-store-kit}), which tests every sentence of their Javadoc. {@link InMemoryJobStore} is the
 * readable reference. For an engine that reads and writes rows in serializable transactions, {@link AbstractJobStore} does most of the work.
 *
 * <p>The following rules hold for all roles. Implementations are thread-safe.
 *
 * <p><b>Atomicity.</b> Every call is one transaction, and durable when it returns, except where a method says otherwise. If the database is told
 * to have replicas before it answers, durable means that they have it. This is also true of an answer that rests on what an earlier call has
 * written, such as that an id exists already.
 *
 * <p><b>Races</b> are answers, not exceptions. If a store cannot do a call at all, it throws a {@link JobStoreException}; every call may be
 * repeated after one.
 *
 * <p><b>The fence.</b> The claim number of a job grows with every claim, and whenever the job leaves {@code processing} by anything but its
 * worker's settlement. It never shrinks, not even by a retry by hand. Every claim also writes when it begins. What a worker
 * writes is applied only while the job is processing under the same job id, claim number, worker id and start; and a settlement is repeated
 * only if all of them are those of the job's latest claim. So a claim cannot recur, even if the database has forgotten its last commits and
 * gives a number again.
 *
 * <p><b>Time</b> is the store's own clock. The store adds durations that it is given to its own time. It keeps microseconds: what is finer may be cut.
 *
 * <p><b>Locks.</b> An operation that waits for locks takes all of them at once, before it changes anything that another transaction may wait
 * for. Every operation takes them in one order: first the jobs that are children and nothing else, by id, then the other jobs, by id. Claim
 * and purge skip jobs that another transaction has locked; take-over skips such jobs only if they have no relatives.
 * A cluster may have servers that know only their own locks. There an operation also writes the rows that it has locked and leaves as they
 * are: of two operations that have locked the same row on different servers, one fails at its commit and is repeated.
 *
 * <p><b>Families and graphs.</b> When a job ends, the jobs that wait for it are updated in the same transaction, by {@link Cascade}: its
 * parent, the finisher of its parent, its successors, and so on; also the jobs that are cancelled with their parent or because of a sibling.
 * A waiting job is locked before the jobs that it waits for are counted. Otherwise two transactions that end the last two children at the
 * same moment would each count the other's child as open, and the parent would wait for ever. The progress of a waiting parent is the mean
 * of its children's progress. It is written at most once a second, and at the end.
 *
 * <p><b>Durable steps.</b> When a job that {@linkplain Job#hasUndo has an undo} fails or is cancelled, the same transaction adds one undo
 * job ({@link JobMoves#undo}) and hands it all steps of the job that still stand. An undo job either completes or is tried again. It
 * cannot be cancelled, it may lose any number of workers, and a settlement that would fail it returns it to the queue.
 */
public interface JobStore
        extends JobAdding, JobReads, JobControl, BulkControl, WorkQueue, WorkerLeases, StepLedger, StoreHints {
    /**
     * {@inheritDoc}
     *
     * <p>By default this retries one by one what {@link #scan} selects.
     */
    @Override
    default BulkResult retryPage(JobQuery page) {
        return onePage(page.retryable(), (done, job) -> done.and(LibraryOnly.KEY, retry(job.id())));
    }

    /**
     * {@inheritDoc}
     *
     * <p>By default this cancels one by one what {@link #scan} selects.
     */
    @Override
    default BulkResult cancelPage(JobQuery page, Locale locale) {
        JobQuery open = page.open();
        return onePage(
                open,
                (done, job) -> done.and(
                        LibraryOnly.KEY,
                        cancel(BulkControl.toCancelFor(job, open, this::find).id(), locale)));
    }

    /**
     * {@inheritDoc}
     *
     * <p>By default this changes one by one what {@link #scan} selects.
     */
    @Override
    default BulkResult changePage(JobQuery page, JobChange change) {
        change.notEmpty();
        return onePage(page.open(), (done, job) -> done.and(LibraryOnly.KEY, change(job.id(), change)));
    }

    private BulkResult onePage(JobQuery page, BiFunction<BulkResult, Job, BulkResult> one) {
        List<Job> jobs = scan(page);
        BulkResult answer = BulkResult.NONE.goingOnFrom(
                LibraryOnly.KEY,
                jobs.size() < page.atMost() ? null : jobs.get(jobs.size() - 1).id());
        for (Job job : jobs) {
            // A store may be older than a part of the query, and not know it.
            if (page.selects(job)) {
                answer = one.apply(answer, job);
            }
        }
        return answer;
    }

    /** The schedules of this store; empty if it has none. By default empty. */
    default Optional<ScheduleStore> schedules() {
        return Optional.empty();
    }

    /** The limits of this store; empty if it has none, and then no job under a limit can be enqueued. By default empty. */
    default Optional<LimitStore> limits() {
        return Optional.empty();
    }

    /**
     * What the store does at this moment for a call of the thread, in English, for the person on call: the call and, if it waits for one, the
     * statement without its values. Empty if it does nothing for it, or does not know. It does not wait. By default empty.
     */
    default Optional<String> workingOn(Thread thread) {
        return Optional.empty();
    }

    /** How attempts ended in each minute; empty if this store does not keep it. By default empty. */
    default Optional<OutcomeStore> outcomes() {
        return Optional.empty();
    }

    /** Acts on many jobs that outlive their process; empty if this store does not keep them: then a dashboard does some hundred jobs at a time, while somebody waits. By default empty. */
    default Optional<ActStore> acts() {
        return Optional.empty();
    }

    /** Who has done what by hand; empty if this store does not keep it. By default empty. */
    default Optional<AuditStore> audit() {
        return Optional.empty();
    }
}
