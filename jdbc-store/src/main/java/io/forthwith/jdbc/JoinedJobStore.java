package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobQuery;
import io.forthwith.JobStep;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JoinedJobs;
import io.forthwith.store.rules.NewFamilies;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Adds and reads within a transaction of the host's. As little thread-safe as its connection. */
final class JoinedJobStore implements JoinedJobs {
    private final Database database;
    private final Connection connection;
    private final Adding adding;
    private final Reads reads;
    private final Stepping stepping;
    private final Telling telling;

    JoinedJobStore(
            Database database, Connection connection, Adding adding, Reads reads, Stepping stepping, Telling telling) {
        this.database = database;
        this.connection = connection;
        this.adding = adding;
        this.reads = reads;
        this.stepping = stepping;
        this.telling = telling;
    }

    @Override
    public List<Added> add(List<EncodedJob> jobs) {
        NewFamilies families = NewFamilies.of(jobs);
        return run("add " + jobs.size() + " jobs", session -> {
            requireTransaction();
            database.dialect().beginWithin(session);
            return adding.add(readsOldSnapshot(families) ? session.latest() : session, jobs, families)
                    .answer();
        });
    }

    /** Without families only rows that are in the way are read at all. */
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
        return run("find job " + id, session -> reads.find(session, id));
    }

    @Override
    public List<JobFailure> failures(UUID id) {
        return run("read the failures of job " + id, session -> reads.failures(session, id));
    }

    @Override
    public List<Job> list(JobQuery query) {
        return run("list jobs", session -> reads.list(session, query));
    }

    @Override
    public long count(JobQuery query) {
        return run("count jobs", session -> reads.count(session, query));
    }

    private <T> T run(String what, Session.Work<T> work) {
        return database.joining(connection, what, work);
    }

    @Override
    public List<Job> children(UUID parentId, int after, int limit) {
        return run("read the children of job " + parentId, session -> reads.children(session, parentId, after, limit));
    }

    @Override
    public List<Job> predecessors(UUID id) {
        return run("read the predecessors of job " + id, session -> reads.predecessors(session, id));
    }

    @Override
    public List<JobStep> steps(UUID jobId) {
        return run("read the steps of job " + jobId, session -> stepping.steps(session, jobId));
    }

    /** To be called after the commit, like that of the store itself; until then nobody sees what was added. */
    @Override
    public void wake() {
        telling.ofJobs();
    }
}
