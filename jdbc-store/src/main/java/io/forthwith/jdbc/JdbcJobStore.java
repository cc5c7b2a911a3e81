package io.forthwith.jdbc;

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
import io.forthwith.jdbc.internal.JdbcJoinedJobs;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.acts.Acts;
import io.forthwith.jdbc.internal.adding.AddJobs;
import io.forthwith.jdbc.internal.counts.Outcomes;
import io.forthwith.jdbc.internal.counts.QueueDepths;
import io.forthwith.jdbc.internal.counts.QueueStates;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.operations.CancelSealRetry;
import io.forthwith.jdbc.internal.operations.ChangeJobs;
import io.forthwith.jdbc.internal.operations.ChangeNotices;
import io.forthwith.jdbc.internal.operations.CompleteInTransaction;
import io.forthwith.jdbc.internal.operations.ExpireJobs;
import io.forthwith.jdbc.internal.operations.JobOperations;
import io.forthwith.jdbc.internal.operations.JobSituations;
import io.forthwith.jdbc.internal.operations.ListenTimeouts;
import io.forthwith.jdbc.internal.operations.OverdueJobs;
import io.forthwith.jdbc.internal.operations.PauseQueues;
import io.forthwith.jdbc.internal.operations.PurgeOldJobs;
import io.forthwith.jdbc.internal.operations.RecordSteps;
import io.forthwith.jdbc.internal.operations.ReportProgress;
import io.forthwith.jdbc.internal.operations.RetryCancelPage;
import io.forthwith.jdbc.internal.operations.Schedules;
import io.forthwith.jdbc.internal.operations.TakeOverDeadWorkers;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.rows.PlainJobs;
import io.forthwith.jdbc.internal.rows.WorkerRows;
import io.forthwith.jdbc.internal.schema.SchemaCheck;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sql.TransactionEnd;
import io.forthwith.limit.Pause;
import io.forthwith.store.Added;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobControl.Upkeep;
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
import io.forthwith.store.rules.LabelsOfMetadata;
import io.forthwith.store.rules.SettleRule;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A store of jobs in a PostgreSQL, MariaDB, MySQL, H2 or SQLite database. {@link JdbcSchema} makes its tables.
 * Thread-safe; any number of processes may share one database.
 *
 * <p>Each operation borrows one connection and gives it back with its settings restored: auto-commit, isolation,
 * read-only state and network time-out. No connection is held while a job runs, except by {@link #complete}. Every
 * statement has a {@linkplain #queryTimeout time-out}.
 *
 * <p>On PostgreSQL the store tells other processes of new jobs by NOTIFY, from a thread of its own. A subscriber of
 * {@link #onAdded}, such as a worker, holds one connection for LISTEN.
 *
 * <p>SQLite has one writer at a time, and the others wait for it, up to the time-out: while a transaction of yours
 * writes, no other one does.
 *
 * <pre>{@code
 * JdbcSchema.migrate(dataSource);
 * JobStore store = JdbcJobStore.of(dataSource);
 * }</pre>
 */
public final class JdbcJobStore implements JobStore {
    /** The default time-out of one statement: 20 seconds. */
    public static final Duration DEFAULT_QUERY_TIMEOUT = Duration.ofSeconds(20);

    static final String NO_DATA_SOURCE = "dataSource must not be null: give the one that leads to the jobs";

    /** The longest time that a worker waits for a lock while others of its jobs wait with it. */
    private static final Duration LOCK_WAIT = Duration.ofMillis(15);
    /** A heartbeat waits so much of its lease for a deaf connection, so that the next one still comes in time. */
    private static final int BEATS_OF_A_LEASE = 4;

    private final Database database;
    /** Learns the leases of the workers of this store. */
    private final TransactionEnd.SilenceLimit silence = new TransactionEnd.SilenceLimit();
    /** For short calls and for those of workers: the server ends their transactions if this process goes silent. */
    private final Database ending;
    /** The same for claims, whose transactions have a time-out as a whole as well. */
    private final Database claiming;
    /** For what a worker does for many jobs at once. */
    private final Database shared;
    /** The same for take-overs, whose transactions have a time-out as a whole as well. */
    private final Database takingOver;

    private final JobOperations operations;
    private final TableNames tables;
    private final ChangeNotices notices;

    private final JobSelects selects;
    private final AddJobs addJobs;
    private final WorkerRows workers;
    private final OverdueJobs overdueJobs;
    private final JobSituations situations;
    private final ReportProgress reportProgress;
    private final RecordSteps recordSteps;
    private final TakeOverDeadWorkers takeOverDeadWorkers;
    private final CancelSealRetry cancelSealRetry;
    private final RetryCancelPage retryCancelPage;
    private final ChangeJobs changeJobs;
    private final ExpireJobs expireJobs;
    private final PauseQueues pauseQueues;
    private final QueueStates queueStates;
    private final PurgeOldJobs purgeOldJobs;
    private final CompleteInTransaction completeInTransaction;
    private final Schedules schedules;
    private final Outcomes outcomes;
    private final Acts acts;
    private final LimitStore limits;
    private final SchemaCheck schemaCheck;

    JdbcJobStore(Database database, JobOperations operations, TableNames tables, ListenTimeouts timeouts) {
        this(database, operations, tables, timeouts, LOCK_WAIT);
    }

    private JdbcJobStore(
            Database database,
            JobOperations operations,
            TableNames tables,
            ListenTimeouts timeouts,
            Duration lockWait) {
        this.database = database;
        this.ending = database.ending(new TransactionEnd(silence, false));
        this.claiming = database.ending(new TransactionEnd(silence, true));
        this.shared = ending.withLockWait(lockWait);
        this.takingOver = claiming.withLockWait(lockWait);
        this.operations = operations;
        this.tables = tables;
        SqlDialect dialect = operations.dialect();
        FamilyLocks locks = operations.locks();
        this.notices = new ChangeNotices(hint -> operations.wakeUps(
                database,
                () -> {
                    operations.limits().lookSoon();
                    hint.run();
                },
                timeouts));
        this.selects = new JobSelects(dialect, operations.rows(), operations.pages());
        this.addJobs = new AddJobs(dialect, operations.rows(), locks, operations.inserts());
        this.workers = operations.workers();
        this.overdueJobs = operations.overdueJobs();
        this.situations = new JobSituations(dialect);
        this.reportProgress = new ReportProgress(dialect, locks);
        this.recordSteps = operations.recordSteps();
        this.takeOverDeadWorkers = new TakeOverDeadWorkers(dialect, locks, operations.deadWorkers());
        this.cancelSealRetry = new CancelSealRetry(dialect, locks);
        this.retryCancelPage = new RetryCancelPage(dialect, locks, selects, cancelSealRetry);
        this.changeJobs = new ChangeJobs(dialect, locks, selects);
        this.expireJobs = new ExpireJobs(dialect, locks);
        this.pauseQueues = new PauseQueues(dialect);
        QueueDepths depths = new QueueDepths(dialect);
        this.queueStates = new QueueStates(dialect, operations, pauseQueues, depths);
        this.purgeOldJobs = new PurgeOldJobs(operations, locks.writes());
        this.completeInTransaction =
                new CompleteInTransaction(database, locks, operations.settleInTransaction(), notices::of);
        this.schedules = new Schedules(ending, addJobs, cancelSealRetry, notices);
        this.outcomes = new Outcomes(ending, shared, operations, selects, queueStates, depths);
        this.acts = new Acts(ending, selects, retryCancelPage, cancelSealRetry, changeJobs, notices);
        this.limits = operations.limits().store(ending, notices::ofJobs);
        this.schemaCheck = new SchemaCheck(dialect, tables);
    }

    /**
     * A store in the database of {@code dataSource}, which it asks for its name and version. The tables have no
     * prefix, and are in the default schema of the connection.
     *
     * @throws IllegalArgumentException if it is none of PostgreSQL 14, MariaDB 10.6, MySQL 8.0.17, H2 2.2.220 and
     *     SQLite 3.38, or newer; or a server that only speaks the protocol of PostgreSQL; or a data source that hands out the connection of a transaction under way, which the store
     *     would commit
     * @throws JobStoreException if it cannot be reached, or the connection that it hands out is in a transaction already
     */
    public static JdbcJobStore of(DataSource dataSource) {
        return of(dataSource, TableNames.STANDARD, DEFAULT_QUERY_TIMEOUT, Set.of());
    }

    private static JdbcJobStore of(
            DataSource dataSource, TableNames tables, Duration queryTimeout, Set<String> labels) {
        SupportedDatabases.requireOwnTransactions(Objects.requireNonNull(dataSource, NO_DATA_SOURCE));
        try (Connection connection = dataSource.getConnection()) {
            SupportedDatabases.requireNoTransaction(connection);
            JobOperations operations = SupportedDatabases.of(connection, tables);
            operations.labels().declare(labels);
            SqlDialect dialect = operations.dialect();
            boolean startsReadCommitted = dialect.startsReadCommitted(connection);
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            Database database = new Database(dataSource, dialect, startsReadCommitted, queryTimeout);
            return new JdbcJobStore(database, operations, tables, ListenTimeouts.STANDARD);
        } catch (SQLException failed) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT, "Could not ask the database what it is", failed);
        }
    }

    /**
     * A store of the same kind with its tables in another schema. The default is the schema of the connection.
     *
     * @throws IllegalArgumentException unless the name has 1 to 31 letters, digits and underscores and does not begin with
     *     a digit; on SQLite the only schema is {@code main}
     */
    public JdbcJobStore schema(String schema) {
        Objects.requireNonNull(schema, "schema must not be null: leave schema() out for the one of the connection");
        return of(new TableNames(schema, tables.tablePrefix()));
    }

    /**
     * A store of the same kind with names of tables that start with {@code tablePrefix}. The default is no prefix.
     *
     * @throws IllegalArgumentException unless the prefix has 1 to 31 letters, digits and underscores and does not begin
     *     with a digit
     */
    public JdbcJobStore tablePrefix(String tablePrefix) {
        return of(new TableNames(tables.schema(), tablePrefix));
    }

    private JdbcJobStore of(TableNames others) {
        return of(
                database.dataSource(),
                others,
                database.queryTimeout(),
                operations.labels().declared());
    }

    /**
     * A store of the same kind that makes metadata with these names labels of the jobs it adds: {@link io.forthwith.JobQuery#label} and the dashboard find
     * jobs by them at once, such as those of order 4711. Give all processes that add jobs, workers included, the same names. The default is none.
     *
     * <p>A label is written with its job, in the same transaction, and goes with it. A value that is empty or longer than 200 characters is no label. Jobs that were added
     * before, or by SQL, have none. The database keeps the names, so a process that only searches need not give them.
     *
     * @param names up to five keys of {@link io.forthwith.NewJob#metadata}; they replace those that this store had
     * @throws IllegalArgumentException if one is not valid or is there twice, or there are more than five
     */
    public JdbcJobStore labels(String... names) {
        return of(database.dataSource(), tables, database.queryTimeout(), LabelsOfMetadata.names(names));
    }

    /**
     * A store of the same kind with another time-out for statements; the network time-out is five seconds longer. The
     * default is 20 seconds. On SQLite it is also the longest wait for other writers.
     *
     * @throws IllegalArgumentException unless it is one second to one hour
     */
    public JdbcJobStore queryTimeout(Duration timeout) {
        Objects.requireNonNull(timeout, "timeout must not be null: leave queryTimeout() out for 20 seconds");
        if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("Query timeout " + timeout + " is out of range: 1 second to 1 hour");
        }
        return new JdbcJobStore(database.withQueryTimeout(timeout), operations, tables, ListenTimeouts.STANDARD);
    }

    /** A store that waits longer for locks. */
    JdbcJobStore lockWait(Duration longest) {
        return new JdbcJobStore(database, operations, tables, ListenTimeouts.STANDARD, longest);
    }

    JdbcJobStore listenTimeouts(ListenTimeouts timeouts) {
        return new JdbcJobStore(database, operations, tables, timeouts);
    }

    /** The data source that leads to the database of this store. */
    public DataSource dataSource() {
        return database.dataSource();
    }

    /**
     * The jobs of this store inside a transaction of yours: what is added there exists only if you commit. {@link
     * io.forthwith.client.TransactionJobs} enqueues and reads through it. It never commits, rolls back as a whole, or closes
     * {@code connection}, and is to be thrown away with it.
     *
     * <p>Workers find such jobs when they next poll, or at once if you call {@code wake} after your commit, here or there. If a call throws a
     * {@link JobStoreException}, roll back: databases refuse to go on with a transaction in which a statement has failed. Adding throws an
     * {@link IllegalStateException} if the connection is in auto-commit mode.
     *
     * @param connection with auto-commit off, leading to this store's database
     */
    public JoinedStore joining(Connection connection) {
        return new JdbcJoinedJobs(
                database,
                Objects.requireNonNull(connection, "connection must not be null: give the one of your transaction"),
                addJobs,
                selects,
                recordSteps,
                operations.labels(),
                notices);
    }

    /**
     * Does the last work of a job and completes the job in one transaction: both are committed, or neither. It does not commit
     * if the worker has lost its lease, or the job is to be cancelled or is out of time. So a worker that was paused and declared
     * dead changes nothing. A processor calls it last, with its own context:
     *
     * <pre>{@code
     * return store.complete(job, connection -> {
     *     insertInvoice(connection, input);
     *     return new Receipt(...);
     * });
     * }</pre>
     *
     * <p>Afterwards the job is completed with this result, and what the processor returns or throws changes nothing. If an
     * exception leaves this method, nothing was committed, and the attempt goes on: let it fail. The work is never repeated
     * here. If the answer to the commit is lost, the row of the job is read until it says what became of it, however long the
     * database is away.
     *
     * <p>If the connection cannot be had or breaks at any moment before the job has completed, or a statement of the store or the commit fails because of a
     * conflict or for another reason that passes, this throws a {@link io.forthwith.NotReadyException}: the job is done again a little later, and no
     * attempt is used up. If a statement of the work meets the break, what the work makes of it does not matter, unless that has no {@code SQLException}
     * among its causes.
     *
     * <p>The transaction is READ COMMITTED. The connection has the settings of the data source, without a time-out of the store, and
     * {@code close} does nothing on it. Locks are held until the end, and the rows of the job and of its parents are locked last: keep
     * the work short. On SQLite no other transaction writes while it runs.
     *
     * @param job the context of a job that a worker of this store runs
     * @param work the work to do; it must neither commit nor roll back
     * @return the result
     * @throws IllegalStateException if the job has spawned: it is completed by its children, so let its processor return the result
     * @throws java.util.concurrent.CancellationException if the job is no longer this attempt's to complete
     * @throws io.forthwith.JobException permanent, with the code {@code result_unstorable}, if the result cannot be stored
     * @throws io.forthwith.NotReadyException if the connection is lost, or a statement of the store fails for a reason that passes
     * @throws java.sql.SQLException if the database refused for another reason; nothing was committed, and the classifier
     *     decides whether another attempt is worth it
     * @throws Exception what {@code work} threw
     */
    public <R extends @Nullable Object> R complete(JobContext job, TransactionalWork<R> work) throws Exception {
        Objects.requireNonNull(job, "job must not be null: give the context that the processor was called with");
        Objects.requireNonNull(work, "work must not be null: give what to do before the job completes");
        return completeInTransaction.complete(job, work::run);
    }

    /**
     * What a processor does in the transaction that completes its job.
     *
     * @param <R> the result of the job, stored as JSON
     */
    @FunctionalInterface
    public interface TransactionalWork<R extends @Nullable Object> {
        /** Does it on this connection, which it does not commit. */
        R run(Connection connection) throws Exception;
    }

    @Override
    public List<Added> add(List<EncodedJob> jobs) {
        if (jobs.isEmpty()) {
            return List.of();
        }
        if (jobs.size() == 1 && PlainJobs.isPlain(jobs.get(0).job())) {
            EncodedJob plain = jobs.get(0);
            if (notices.adding(word -> addJobs.addPlain(database, plain, word))) {
                return List.of(new Added(plain.job().id(), Added.Outcome.ADDED));
            }
        }
        List<Added> answers = notices.told(addJobs.add(database, jobs));
        if (jobs.stream().anyMatch(each -> !each.job().limits().isEmpty())) {
            operations.limits().declared();
        }
        if (answers.stream().anyMatch(Added::mayBeDue)) {
            notices.ofJobs();
        }
        return answers;
    }

    @Override
    public void register(WorkerInfo worker, Duration lease) {
        silence.lease(lease);
        ending.transaction("register worker " + worker.id(), session -> {
            schemaCheck.requireSound(session);
            workers.register(session, worker, lease);
            operations.labels().begin(session);
            return true;
        });
    }

    @Override
    public BeatAnswer beat(UUID workerId, Duration lease, WorkerLoad load) {
        return notices.signing(signed -> ending.urgently(
                "renew the lease of worker " + workerId,
                lease.dividedBy(BEATS_OF_A_LEASE),
                session -> workers.beat(session, workerId, lease, load, signed)));
    }

    @Override
    public void deregister(UUID workerId) {
        ending.transaction("deregister worker " + workerId, session -> {
            workers.deregister(session, workerId);
            return true;
        });
    }

    @Override
    public List<RegisteredWorker> workers() {
        return database.read("read the workers", workers::all);
    }

    @Override
    public Set<QueuedType> servedByOthers(UUID workerId, Set<QueuedType> asked) {
        return database.read(
                "read what other workers serve", session -> workers.servedByOthers(session, workerId, asked));
    }

    @Override
    public Optional<JobSituation> situation(UUID id) {
        return situations.of(database, id);
    }

    @Override
    public List<QueueState> queues() {
        return queueStates.all(database);
    }

    @Override
    public QueueTypes types(String queue) {
        return queueStates.types(database, queue);
    }

    @Override
    public List<Job> longRunning(Duration longer, int atMost) {
        return database.read(
                "look for jobs that run for long", session -> selects.longRunning(session, longer, atMost));
    }

    @Override
    public List<Job> openGroups(Duration longer, int atMost) {
        return database.read("look for open groups", session -> selects.openGroups(session, longer, atMost));
    }

    @Override
    public List<LongDueJob> overdue(Duration longer) {
        return overdueJobs.find(database, longer);
    }

    @Override
    public List<Job> claim(ClaimRequest request) {
        return notices.told(operations.claim(claiming, request));
    }

    @Override
    public List<Claim> held(UUID workerId) {
        return database.read("read what worker " + workerId + " holds", session -> workers.held(session, workerId));
    }

    @Override
    public List<Settled> settle(List<Settlement> settlements) {
        SettleRule.check(settlements);
        return settlements.isEmpty() ? List.of() : notices.told(operations.settle(shared, settlements));
    }

    @Override
    public List<TakenOver> takeOver(TakeOverRequest request) {
        return notices.told(takeOverDeadWorkers.takeOver(takingOver, request));
    }

    @Override
    public List<TakenOver> takeOverEnded(TakeOverRequest request) {
        return notices.told(takeOverDeadWorkers.takeOverEnded(takingOver, request));
    }

    @Override
    public StepBegun beginStep(Claim claim, StepName name, boolean hasUndo) {
        return recordSteps.begin(ending, claim, name, hasUndo);
    }

    @Override
    public Settled finishStep(Claim claim, StepName name, @Nullable String result) {
        return recordSteps.finish(ending, claim, name, result);
    }

    @Override
    public Settled stepUndone(Claim undo, JobStep step) {
        return recordSteps.undone(ending, undo, step);
    }

    @Override
    public List<JobStep> steps(UUID jobId) {
        return database.read("read the steps of job " + jobId, session -> recordSteps.steps(session, jobId));
    }

    @Override
    public List<ProgressReport> report(List<ProgressReport> reports) {
        return reports.isEmpty() ? reports : reportProgress.report(shared, reports);
    }

    @Override
    public Optional<Job> find(UUID id) {
        return database.read("find job " + id, session -> selects.find(session, id));
    }

    @Override
    public Set<UUID> openAmong(List<UUID> ids) {
        return database.read(
                "ask which of " + ids.size() + " jobs are open", session -> selects.openAmong(session, ids));
    }

    @Override
    public List<Job> children(UUID parentId, int after, int atMost) {
        return database.read(
                "read the children of job " + parentId, session -> selects.children(session, parentId, after, atMost));
    }

    @Override
    public List<Job> predecessors(UUID id) {
        return database.read("read the predecessors of job " + id, session -> selects.predecessors(session, id));
    }

    @Override
    public List<Job> successors(UUID id, int atMost) {
        return database.read("read the successors of job " + id, session -> selects.successors(session, id, atMost));
    }

    @Override
    public List<FailedAttempt> failures(UUID id) {
        return database.read("read the failures of job " + id, session -> selects.failures(session, id));
    }

    @Override
    public List<Job> scan(JobQuery query) {
        return database.read("list jobs", session -> selects.list(session, query));
    }

    @Override
    public JobPage search(JobQuery query, int budget) {
        return database.read("search jobs", session -> selects.search(session, query, budget));
    }

    @Override
    public BoundedCount countUpTo(JobQuery query, int atMost, int budget) {
        return database.read("count jobs", session -> selects.countUpTo(session, query, atMost, budget));
    }

    @Override
    public long countByScan(JobQuery query) {
        return database.read("count jobs", session -> selects.count(session, query));
    }

    @Override
    public ActResult cancel(UUID id, Locale locale) {
        return notices.told(cancelSealRetry.cancel(database, id, locale));
    }

    @Override
    public ActResult seal(UUID id, Locale locale) {
        return notices.told(cancelSealRetry.seal(database, id, locale));
    }

    @Override
    public Upkeep expire(int atMost, Locale locale) {
        return notices.told(expireJobs.expire(shared, atMost, locale));
    }

    @Override
    public ActResult retry(UUID id) {
        ActResult result = notices.told(cancelSealRetry.retry(database, id));
        if (result.outcome() == ActResult.Outcome.DONE) {
            notices.ofJobs();
        }
        return result;
    }

    @Override
    public ActResult change(UUID id, JobChange change) {
        return notices.told(changeJobs.change(database, id, change));
    }

    @Override
    public BulkResult retryPage(JobQuery page) {
        boolean isNothing = false;
        try {
            BulkResult answer = notices.told(retryCancelPage.retry(database, page));
            isNothing = answer.done() == 0;
            return answer;
        } finally {
            // Also if it failed half-way: it is not one transaction.
            if (!isNothing) {
                notices.ofJobs();
            }
        }
    }

    @Override
    public BulkResult cancelPage(JobQuery page, Locale locale) {
        return notices.told(retryCancelPage.cancel(database, page, locale));
    }

    @Override
    public BulkResult changePage(JobQuery page, JobChange change) {
        return notices.told(changeJobs.changePage(database, page, change));
    }

    @Override
    public Pause pauseQueue(String queue, Pause pause) {
        return pauseQueues.pause(database, queue, pause);
    }

    @Override
    public boolean resumeQueue(String queue) {
        boolean wasPaused = pauseQueues.resume(database, queue);
        if (wasPaused) {
            notices.ofJobs();
        }
        return wasPaused;
    }

    @Override
    public List<PausedQueue> pausedQueues() {
        return database.read("list the paused queues", pauseQueues::paused);
    }

    @Override
    public Upkeep purge(Retention retention, int atMost) {
        return purgeOldJobs.purge(shared, retention, atMost);
    }

    @Override
    public Optional<LabelStore> labels() {
        return Optional.of(() -> database.read("read the names of labels", operations.labels()::names));
    }

    @Override
    public Optional<LimitStore> limits() {
        return Optional.of(limits);
    }

    @Override
    public Optional<String> workingOn(Thread thread) {
        return database.workingOn(thread);
    }

    @Override
    public Optional<OutcomeStore> outcomes() {
        return Optional.of(outcomes);
    }

    @Override
    public Optional<ActStore> acts() {
        return Optional.of(acts);
    }

    @Override
    public Optional<AuditStore> audit() {
        return Optional.of(acts);
    }

    @Override
    public Optional<ScheduleStore> schedules() {
        return Optional.of(schedules);
    }

    @Override
    public Subscription onAdded(Runnable hint) {
        return notices.onAdded(hint);
    }

    @Override
    public void wake() {
        notices.ofJobs();
    }

    @Override
    public boolean hearsOthers() {
        return notices.hearsOthers();
    }

    @Override
    public Subscription onCancelRequested(Consumer<Claim> hint) {
        return notices.onCancelRequested(hint);
    }

    @Override
    public Subscription onServerChange(Runnable listener) {
        return operations.onServerChange(listener);
    }
}
