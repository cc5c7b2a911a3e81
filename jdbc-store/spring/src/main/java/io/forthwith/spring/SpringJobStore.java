package io.forthwith.spring;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStep;
import io.forthwith.JobStoreException;
import io.forthwith.Retention;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.Added;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.JobReads;
import io.forthwith.store.JobSituation;
import io.forthwith.store.JobStore;
import io.forthwith.store.JoinedStore;
import io.forthwith.store.LongDueJob;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueTypes;
import io.forthwith.store.label.LabelStore;
import io.forthwith.store.limit.LimitStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A {@link JdbcJobStore} that takes part in Spring's transactions on its data source. Thread-safe.
 *
 * <p>What {@link #add} adds within such a transaction exists if and only if it is committed, and workers are told of it after the commit.
 * Reads see what the transaction sees. Cancelling, retrying by hand, sealing, and pausing and resuming queues have transactions of their own, and are refused within one of
 * yours. What workers do has transactions of its own, too.
 *
 * <p>A transaction counts if its manager works on the data source of the store: {@code DataSourceTransactionManager},
 * {@code JdbcTransactionManager}, and {@code JpaTransactionManager} with a dialect that tells its connection, as that of Hibernate does. Without
 * one, and in code that runs after it has ended, such as {@code afterCommit}, each call has a transaction of its own. So that it knows
 * the latter, {@link #transactionListener} has to be registered with the transaction manager; the starters for Spring Boot do that.
 */
public final class SpringJobStore implements JobStore {
    private final JdbcJobStore store;
    private final TransactionMode mode;
    private final DataSource dataSource;

    private SpringJobStore(JdbcJobStore store, TransactionMode mode) {
        this.store = store;
        this.mode = mode;
        this.dataSource = store.dataSource();
    }

    /** A store that {@linkplain TransactionMode#JOIN joins} transactions on the data source of {@code store}. */
    public static SpringJobStore of(JdbcJobStore store) {
        Objects.requireNonNull(store, "store must not be null: give JdbcJobStore.of(dataSource)");
        return new SpringJobStore(store, TransactionMode.JOIN);
    }

    /** The same with another mode. The default is {@link TransactionMode#JOIN}. */
    public SpringJobStore transactionMode(TransactionMode other) {
        Objects.requireNonNull(other, "other must not be null: leave transactionMode() out to join transactions");
        return new SpringJobStore(store, other);
    }

    /** The same with another time-out of its statements, see {@link JdbcJobStore#queryTimeout}. */
    public SpringJobStore queryTimeout(Duration timeout) {
        return new SpringJobStore(store.queryTimeout(timeout), mode);
    }

    /**
     * Tells stores when transactions begin and end. Register it with the transaction manager of the data source
     * ({@code ConfigurableTransactionManager.addListener}). Without it, a job that is enqueued in {@code afterCommit} may be lost, and so may one
     * that is enqueued within a transaction of another data source, if the connections of this one are not in auto-commit mode.
     */
    public static TransactionExecutionListener transactionListener() {
        return TrackedTransactions.INSTANCE;
    }

    /**
     * Does the last work of a job and completes the job in one transaction, as {@link JdbcJobStore#complete} does. {@code JdbcTemplate}s
     * and transactional methods that {@code work} calls take part in it, if they work on this data source on the calling thread and their
     * transaction manager is one for JDBC. Jobs that are enqueued meanwhile exist only if it is committed, except with the mode {@link
     * TransactionMode#OWN}.
     *
     * @param job the context of a job that a worker of this store runs
     * @param work the work to do
     * @return the result
     * @throws IllegalStateException if the calling thread has a transaction: call this outside of it; if a transactional method has marked
     *     the transaction for rollback; or if the job has spawned
     * @throws java.util.concurrent.CancellationException if the job is no longer this attempt's to complete
     * @throws io.forthwith.NotReadyException if only the completion or the commit failed, for a reason that passes
     * @throws Exception what {@code work} threw, or as {@link JdbcJobStore#complete}; nothing was committed
     */
    public <R extends @Nullable Object> R complete(JobContext job, Callable<R> work) throws Exception {
        Objects.requireNonNull(job, "job must not be null: give the context that the processor was called with");
        Objects.requireNonNull(work, "work must not be null: give what to do before the job completes");
        if (TransactionSynchronizationManager.isSynchronizationActive()
                || TransactionSynchronizationManager.hasResource(dataSource)) {
            throw new IllegalStateException(
                    "A transaction of Spring's is active on this thread, and complete() begins one of its own:"
                            + " call it outside of transactional methods; those that its work calls take part in it");
        }
        CompletionTransaction transaction = new CompletionTransaction(dataSource);
        boolean isCommitted = false;
        R result;
        try {
            result = store.complete(job, connection -> transaction.work(connection, work));
            isCommitted = true;
        } finally {
            if (!isCommitted) {
                transaction.failed();
            }
        }
        transaction.committed();
        return result;
    }

    /**
     * Adds jobs, in the transaction that the {@linkplain #transactionMode mode} says.
     *
     * @throws IllegalStateException if the mode is {@link TransactionMode#MANDATORY} and there is no transaction, or if the transaction to join is
     *     read-only; nothing is added
     */
    @Override
    public List<Added> add(List<EncodedJob> jobs) {
        if (!isInTransaction()) {
            if (mode == TransactionMode.MANDATORY) {
                throw new IllegalStateException(
                        "There is no transaction on the data source of the store, and its mode is MANDATORY: enqueue within"
                                + " a transactional method of this data source, or use the mode JOIN");
            }
            return store.add(jobs);
        }
        TrackedTransactions.Tracked transaction = tracked();
        boolean isReadOnly = transaction == null
                ? TransactionSynchronizationManager.isCurrentTransactionReadOnly()
                : transaction.isReadOnly();
        if (isReadOnly) {
            throw new IllegalStateException(
                    "The transaction is read-only, so nothing can be enqueued in it: use @Transactional without readOnly,"
                            + " or enqueue in a method with Propagation.REQUIRES_NEW");
        }
        List<Added> answers = joined(jobsOfTransaction -> jobsOfTransaction.add(jobs));
        if (answers.stream().anyMatch(Added::mayBeDue)) {
            wakeAfterCommit();
        }
        return answers;
    }

    /** Whether the calling thread has a transaction on the data source of this store, which {@link #add} and reads take part in. */
    @Override
    public boolean isInTransaction() {
        return mode != TransactionMode.OWN
                && TransactionSynchronizationManager.isActualTransactionActive()
                && TransactionSynchronizationManager.getResource(dataSource) instanceof ConnectionHolder bound
                && isInTransaction(bound);
    }

    private boolean isInTransaction(ConnectionHolder bound) {
        return switch (TrackedTransactions.of(bound)) {
            case ACTIVE -> true;
            case NONE -> CompletionTransaction.has(bound);
            case UNKNOWN -> onConnection(connection -> !connection.getAutoCommit());
        };
    }

    /** Wakes workers; within a transaction, after its commit. */
    @Override
    public void wake() {
        if (isInTransaction()) {
            wakeAfterCommit();
        } else {
            store.wake();
        }
    }

    private void wakeAfterCommit() {
        TrackedTransactions.Tracked transaction = tracked();
        if (transaction == null) {
            WakeAfterCommit.of(store);
        } else {
            transaction.wake(store);
        }
    }

    private TrackedTransactions.@Nullable Tracked tracked() {
        return TransactionSynchronizationManager.getResource(dataSource) instanceof ConnectionHolder bound
                ? TrackedTransactions.active(bound)
                : null;
    }

    private void requireNoTransaction(String method) {
        if (isInTransaction()) {
            throw new IllegalStateException("A transaction is active on this thread, and " + method
                    + " has one of its own, which does not see what yours has changed, or waits for it: call it after the commit, or in a"
                    + " method with Propagation.NOT_SUPPORTED");
        }
    }

    private <T> T joined(Function<JoinedStore, T> work) {
        return onConnection(connection -> work.apply(store.joining(connection)));
    }

    private <T> T read(Function<JobReads, T> work) {
        return isInTransaction() ? joined(work::apply) : work.apply(store);
    }

    /** Something to do on the connection that is bound to the thread. */
    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private <T> T onConnection(Work<T> work) {
        try {
            Connection connection = DataSourceUtils.doGetConnection(dataSource);
            try {
                return work.on(connection);
            } finally {
                DataSourceUtils.releaseConnection(connection, dataSource);
            }
        } catch (SQLException failed) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT, "The connection of the transaction cannot be used", failed);
        }
    }

    @Override
    public Optional<Job> find(UUID id) {
        return read(jobs -> jobs.find(id));
    }

    @Override
    public Set<UUID> openAmong(List<UUID> ids) {
        return read(jobs -> jobs.openAmong(ids));
    }

    @Override
    public List<Job> scan(JobQuery query) {
        return read(jobs -> jobs.scan(query));
    }

    @Override
    public JobPage search(JobQuery query, int budget) {
        return read(jobs -> jobs.search(query, budget));
    }

    @Override
    public BoundedCount countUpTo(JobQuery query, int atMost, int budget) {
        return read(jobs -> jobs.countUpTo(query, atMost, budget));
    }

    @Override
    public long countByScan(JobQuery query) {
        return read(jobs -> jobs.countByScan(query));
    }

    @Override
    public List<Job> children(UUID parentId, int after, int atMost) {
        return read(jobs -> jobs.children(parentId, after, atMost));
    }

    @Override
    public List<Job> predecessors(UUID id) {
        return read(jobs -> jobs.predecessors(id));
    }

    @Override
    public List<Job> successors(UUID id, int atMost) {
        return read(jobs -> jobs.successors(id, atMost));
    }

    @Override
    public List<FailedAttempt> failures(UUID id) {
        return read(jobs -> jobs.failures(id));
    }

    @Override
    public List<JobStep> steps(UUID jobId) {
        return read(jobs -> jobs.steps(jobId));
    }

    @Override
    public ActResult cancel(UUID id, Locale locale) {
        requireNoTransaction("cancel");
        return store.cancel(id, locale);
    }

    @Override
    public Upkeep expire(int atMost, Locale locale) {
        requireNoTransaction("expire");
        return store.expire(atMost, locale);
    }

    @Override
    public ActResult retry(UUID id) {
        requireNoTransaction("retry");
        return store.retry(id);
    }

    @Override
    public BulkResult retryPage(JobQuery page) {
        requireNoTransaction("retryAll");
        return store.retryPage(page);
    }

    @Override
    public BulkResult cancelPage(JobQuery page, Locale locale) {
        requireNoTransaction("cancelAll");
        return store.cancelPage(page, locale);
    }

    @Override
    public ActResult change(UUID id, JobChange change) {
        requireNoTransaction("change");
        return store.change(id, change);
    }

    @Override
    public BulkResult changePage(JobQuery page, JobChange change) {
        requireNoTransaction("changeAll");
        return store.changePage(page, change);
    }

    @Override
    public ActResult seal(UUID id, Locale locale) {
        requireNoTransaction("seal");
        return store.seal(id, locale);
    }

    /** The schedules. Changes have transactions of their own, and throw an {@link IllegalStateException} within one of the application. */
    @Override
    public Optional<ScheduleStore> schedules() {
        return store.schedules().map(Schedules::new);
    }

    /** The limits. Changes have transactions of their own, and throw an {@link IllegalStateException} within one of the application. */
    @Override
    public Optional<LimitStore> limits() {
        return store.limits().map(limits -> new SpringLimitStore(limits, this::requireNoTransaction));
    }

    @Override
    public Optional<String> workingOn(Thread thread) {
        return store.workingOn(thread);
    }

    /** The labels that were declared to the store that this one was made of. */
    @Override
    public Optional<LabelStore> labels() {
        return store.labels();
    }

    /** How attempts have ended. Workers write it in transactions of their own. */
    @Override
    public Optional<OutcomeStore> outcomes() {
        return store.outcomes();
    }

    /** The acts on many jobs. They have transactions of their own, and throw an {@link IllegalStateException} within one of the application. */
    @Override
    public Optional<ActStore> acts() {
        return store.acts().map(acts -> new SpringActStore(acts, this::requireNoTransaction));
    }

    /** Who has done what by hand. It is written in a transaction of its own. */
    @Override
    public Optional<AuditStore> audit() {
        return store.audit();
    }

    private final class Schedules implements ScheduleStore {
        private final ScheduleStore schedules;

        private Schedules(ScheduleStore schedules) {
            this.schedules = schedules;
        }

        @Override
        public <T> Map<String, T> changeAll(Map<String, ScheduleStore.Change<T>> changes) {
            requireNoTransaction("a change of a schedule");
            return schedules.changeAll(changes);
        }

        @Override
        public <T> T change(String name, ScheduleStore.Change<T> change) {
            requireNoTransaction("a change of a schedule");
            return schedules.change(name, change);
        }

        @Override
        public Map<String, String> failing(int atMost) {
            return schedules.failing(atMost);
        }

        @Override
        public ScheduleStore.Fired fireDue(int atMost) {
            return schedules.fireDue(atMost);
        }

        @Override
        public Optional<StoredSchedule> find(String name) {
            return schedules.find(name);
        }

        @Override
        public List<StoredSchedule> list(@Nullable String after, int atMost) {
            return schedules.list(after, atMost);
        }

        @Override
        public @Nullable Long newestVersion(String owner) {
            return schedules.newestVersion(owner);
        }
    }

    @Override
    public Pause pauseQueue(String queue, Pause pause) {
        requireNoTransaction("pauseQueue");
        return store.pauseQueue(queue, pause);
    }

    @Override
    public boolean resumeQueue(String queue) {
        requireNoTransaction("resumeQueue");
        return store.resumeQueue(queue);
    }

    @Override
    public List<PausedQueue> pausedQueues() {
        return store.pausedQueues();
    }

    @Override
    public Upkeep purge(Retention retention, int atMost) {
        return store.purge(retention, atMost);
    }

    @Override
    public List<Job> claim(ClaimRequest request) {
        return store.claim(request);
    }

    @Override
    public List<Claim> held(UUID workerId) {
        return store.held(workerId);
    }

    @Override
    public List<Settled> settle(List<Settlement> settlements) {
        return store.settle(settlements);
    }

    @Override
    public List<ProgressReport> report(List<ProgressReport> reports) {
        return store.report(reports);
    }

    @Override
    public List<TakenOver> takeOver(TakeOverRequest request) {
        return store.takeOver(request);
    }

    @Override
    public List<TakenOver> takeOverEnded(TakeOverRequest request) {
        return store.takeOverEnded(request);
    }

    @Override
    public void register(WorkerInfo worker, Duration lease) {
        store.register(worker, lease);
    }

    @Override
    public BeatAnswer beat(UUID workerId, Duration lease, WorkerLoad load) {
        return store.beat(workerId, lease, load);
    }

    @Override
    public List<RegisteredWorker> workers() {
        return store.workers();
    }

    @Override
    public Set<QueuedType> servedByOthers(UUID workerId, Set<QueuedType> asked) {
        return store.servedByOthers(workerId, asked);
    }

    @Override
    public Optional<JobSituation> situation(UUID id) {
        return store.situation(id);
    }

    @Override
    public List<QueueState> queues() {
        return store.queues();
    }

    @Override
    public QueueTypes types(String queue) {
        return store.types(queue);
    }

    @Override
    public List<Job> longRunning(Duration longer, int atMost) {
        return store.longRunning(longer, atMost);
    }

    @Override
    public List<Job> openGroups(Duration longer, int atMost) {
        return store.openGroups(longer, atMost);
    }

    @Override
    public List<LongDueJob> overdue(Duration longer) {
        return store.overdue(longer);
    }

    @Override
    public void deregister(UUID workerId) {
        store.deregister(workerId);
    }

    @Override
    public StepBegun beginStep(Claim claim, StepName name, boolean hasUndo) {
        return store.beginStep(claim, name, hasUndo);
    }

    @Override
    public Settled finishStep(Claim claim, StepName name, @Nullable String result) {
        return store.finishStep(claim, name, result);
    }

    @Override
    public Settled stepUndone(Claim undo, JobStep step) {
        return store.stepUndone(undo, step);
    }

    @Override
    public Subscription onAdded(Runnable listener) {
        return store.onAdded(listener);
    }

    @Override
    public boolean hearsOthers() {
        return store.hearsOthers();
    }

    @Override
    public Subscription onCancelRequested(Consumer<Claim> listener) {
        return store.onCancelRequested(listener);
    }

    @Override
    public Subscription onServerChange(Runnable listener) {
        return store.onServerChange(listener);
    }
}
