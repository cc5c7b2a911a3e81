package io.forthwith.jdbc.internal;

import io.forthwith.BulkRetry;
import io.forthwith.CancelResult;
import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobQuery;
import io.forthwith.JobStep;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.jdbc.internal.operations.AddJobs;
import io.forthwith.jdbc.internal.operations.ChangeNotices;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.store.Added;
import io.forthwith.store.Beat;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Retention;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.WorkerInfo;
import io.forthwith.store.rules.NewFamilies;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Adds and reads jobs within a transaction of the host. As little thread-safe as the connection. */
public final class JoinedJobStore implements JobStore {
    private final Database database;
    private final Connection connection;
    private final AddJobs addJobs;
    private final JobSelects selects;
    private final ChangeNotices notices;

    public JoinedJobStore(
            Database database, Connection connection, AddJobs addJobs, JobSelects selects, ChangeNotices notices) {
        this.database = database;
        this.connection = connection;
        this.addJobs = addJobs;
        this.selects = selects;
        this.notices = notices;
    }

    @Override
    public List<Added> add(List<EncodedJob> jobs) {
        NewFamilies families = NewFamilies.of(jobs);
        return run("add " + jobs.size() + " jobs", session -> {
            requireTransaction();
            database.dialect().beginWithin(session);
            return addJobs.add(readsOldSnapshot(families) ? session.latest() : session, jobs, families)
                    .answer();
        });
    }

    /**
     * Whether it reads a snapshot that shows all that it needs. Jobs without families are read only if they are in
     * the way of a new one.
     */
    private boolean readsOldSnapshot(NewFamilies families) throws SQLException {
        return families.isEmpty() || connection.getTransactionIsolation() > Connection.TRANSACTION_READ_COMMITTED;
    }

    @Override
    public boolean joinsTransaction() {
        return true;
    }

    private void requireTransaction() throws SQLException {
        if (connection.getAutoCommit()) {
            throw new IllegalStateException("The connection is in auto-commit mode, so there is no transaction to join:"
                    + " call setAutoCommit(false) first, or add through the store itself");
        }
    }

    @Override
    public Optional<Job> find(UUID id) {
        return run("find job " + id, session -> selects.find(session, id));
    }

    @Override
    public List<JobFailure> failures(UUID id) {
        return run("read the failures of job " + id, session -> selects.failures(session, id));
    }

    @Override
    public List<Job> list(JobQuery query) {
        return run("list jobs", session -> selects.list(session, query));
    }

    @Override
    public long count(JobQuery query) {
        return run("count jobs", session -> selects.count(session, query));
    }

    private <T> T run(String what, Session.Work<T> work) {
        return database.joining(connection, what, work);
    }

    @Override
    public List<Job> children(UUID parentId, int after, int limit) {
        return run(
                "read the children of job " + parentId, session -> selects.children(session, parentId, after, limit));
    }

    @Override
    public List<Job> predecessors(UUID id) {
        return run("read the predecessors of job " + id, session -> selects.predecessors(session, id));
    }

    @Override
    public SealResult seal(UUID id, Locale locale) {
        throw notJoined("seal");
    }

    @Override
    public void register(WorkerInfo worker, Duration lease) {
        throw notJoined("register");
    }

    @Override
    public Beat beat(UUID workerId, Duration lease) {
        throw notJoined("beat");
    }

    @Override
    public void deregister(UUID workerId) {
        throw notJoined("deregister");
    }

    @Override
    public List<Job> claim(ClaimRequest request) {
        throw notJoined("claim");
    }

    @Override
    public List<Claim> held(UUID workerId) {
        throw notJoined("held");
    }

    @Override
    public List<Settled> settle(List<Settlement> settlements) {
        throw notJoined("settle");
    }

    @Override
    public List<TakenOver> takeOver(TakeOverRequest request) {
        throw notJoined("takeOver");
    }

    @Override
    public StepBegun beginStep(Claim claim, StepName name, boolean hasUndo) {
        throw notJoined("beginStep");
    }

    @Override
    public Settled finishStep(Claim claim, StepName name, @Nullable String result) {
        throw notJoined("finishStep");
    }

    @Override
    public Settled stepUndone(Claim undo, JobStep step) {
        throw notJoined("stepUndone");
    }

    @Override
    public List<JobStep> steps(UUID jobId) {
        throw notJoined("steps");
    }

    @Override
    public void report(List<ProgressReport> reports) {
        throw notJoined("report");
    }

    @Override
    public CancelResult cancel(UUID id, Locale locale) {
        throw notJoined("cancel");
    }

    @Override
    public RetryResult retry(UUID id) {
        throw notJoined("retry");
    }

    @Override
    public BulkRetry retryPage(JobQuery page) {
        throw notJoined("retryPage");
    }

    @Override
    public int purge(Retention retention, int limit) {
        throw notJoined("purge");
    }

    @Override
    public Subscription onAdded(Runnable hint) {
        throw notJoined("onAdded");
    }

    /** To be called after the commit, on this store or the one that joined: until then no other transaction sees the new jobs. */
    @Override
    public void wake() {
        notices.ofJobs();
    }

    @Override
    public Subscription onCancelRequested(Consumer<Claim> hint) {
        throw notJoined("onCancelRequested");
    }

    private static UnsupportedOperationException notJoined(String operation) {
        return new UnsupportedOperationException(
                "Inside a transaction of yours jobs can be added, found, listed and counted;" + " call " + operation
                        + " on the JdbcJobStore itself");
    }
}
