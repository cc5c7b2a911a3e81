package io.forthwith.jdbc.internal;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStep;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.jdbc.internal.adding.AddJobs;
import io.forthwith.jdbc.internal.operations.ChangeNotices;
import io.forthwith.jdbc.internal.operations.RecordSteps;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.rows.Labels;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JoinedStore;
import io.forthwith.store.label.LabelStore;
import io.forthwith.store.rules.NewFamilies;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Adds and reads jobs within a transaction of the host. As little thread-safe as its connection. */
public final class JdbcJoinedJobs implements JoinedStore {
    private final Database database;
    private final Connection connection;
    private final AddJobs addJobs;
    private final JobSelects selects;
    private final RecordSteps recordSteps;
    private final Labels labels;
    private final ChangeNotices notices;

    public JdbcJoinedJobs(
            Database database,
            Connection connection,
            AddJobs addJobs,
            JobSelects selects,
            RecordSteps recordSteps,
            Labels labels,
            ChangeNotices notices) {
        this.database = database;
        this.connection = connection;
        this.addJobs = addJobs;
        this.selects = selects;
        this.recordSteps = recordSteps;
        this.labels = labels;
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
    public Set<UUID> openAmong(List<UUID> ids) {
        return run("ask which of " + ids.size() + " jobs are open", session -> selects.openAmong(session, ids));
    }

    @Override
    public List<FailedAttempt> failures(UUID id) {
        return run("read the failures of job " + id, session -> selects.failures(session, id));
    }

    @Override
    public List<Job> scan(JobQuery query) {
        return run("list jobs", session -> selects.list(session, query));
    }

    @Override
    public JobPage search(JobQuery query, int budget) {
        return run("search jobs", session -> selects.search(session, query, budget));
    }

    @Override
    public BoundedCount countUpTo(JobQuery query, int atMost, int budget) {
        return run("count jobs", session -> selects.countUpTo(session, query, atMost, budget));
    }

    @Override
    public long countByScan(JobQuery query) {
        return run("count jobs", session -> selects.count(session, query));
    }

    @Override
    public Optional<LabelStore> labels() {
        return Optional.of(() -> run("read the names of labels", labels::names));
    }

    private <T> T run(String what, Session.Work<T> work) {
        return database.joining(connection, what, work);
    }

    @Override
    public List<Job> children(UUID parentId, int after, int atMost) {
        return run(
                "read the children of job " + parentId, session -> selects.children(session, parentId, after, atMost));
    }

    @Override
    public List<Job> predecessors(UUID id) {
        return run("read the predecessors of job " + id, session -> selects.predecessors(session, id));
    }

    @Override
    public List<Job> successors(UUID id, int atMost) {
        return run("read the successors of job " + id, session -> selects.successors(session, id, atMost));
    }

    @Override
    public List<JobStep> steps(UUID jobId) {
        return run("read the steps of job " + jobId, session -> recordSteps.steps(session, jobId));
    }

    /** Called after the commit: before, no other transaction sees what was added. */
    @Override
    public void wake() {
        notices.ofJobs();
    }
}
