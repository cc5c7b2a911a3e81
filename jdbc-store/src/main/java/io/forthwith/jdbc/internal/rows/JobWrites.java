package io.forthwith.jdbc.internal.rows;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.rules.FailureFingerprint;
import io.forthwith.store.rules.MetadataJson;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes rows that the transaction has locked. Thread-safe. */
public final class JobWrites {
    private final JobUpdates updates;
    private final StatementText updateRelations;
    private final StatementText remember;
    private final StatementText addUndo;
    private final StatementText handOver;
    private final StatementText deleteFailures;
    private final StatementText deleteSteps;
    private final StatementText deleteJobs;
    private final LimitNotes notes;
    private final Labels labels;

    public JobWrites(SqlDialect dialect, JobUpdates updates, Labels labels) {
        this.updates = updates;
        this.labels = labels;
        this.notes = new LimitNotes(dialect);
        this.updateRelations = dialect.sql("""
                UPDATE {job} SET sealed = ?, on_child_failure = ?, cancel_siblings = ?, has_successors = ? WHERE id = ?""");
        this.addUndo = dialect.sql("""
                INSERT INTO {job} (id, type, queue, priority, time_limit_ms, locale, undoes, run_at, created_at, updated_at,
                  metadata, trace_context)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""");
        this.handOver =
                dialect.sql("UPDATE {job_step} SET undo_job_id = ? WHERE {among job_id} AND undo_job_id IS NULL");
        this.deleteFailures = dialect.sql("DELETE FROM {job_failure} WHERE {among job_id}");
        this.deleteSteps = dialect.sql("DELETE FROM {job_step} WHERE {among job_id}");
        this.deleteJobs = dialect.sql("DELETE FROM {job} WHERE id {in}");
        this.remember = dialect.sql("{put} {job_failure} (" + JobRowReader.FAILURE_COLUMNS
                + ", type, cause) {by_claim} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {instead}");
    }

    /** The labels of jobs. */
    public Labels labels() {
        return labels;
    }

    /** Writes what has changed of these jobs, except their relations. */
    public void update(Session session, Collection<JobUpdates.Change> changes) throws SQLException {
        updates.update(session, changes);
    }

    /** Writes those columns of the relations of these jobs that can change, in the order given. */
    public void updateRelations(Session session, Collection<Job> jobs) throws SQLException {
        session.batch(
                updateRelations,
                jobs,
                (binder, job) -> binder.flagOrNull(
                                job.relations().isParent() ? job.relations().isSealed() : null)
                        .text(NewJobRow.text(job.relations().onChildFailure()))
                        .flag(job.relations().cancelsOtherChildren())
                        .flag(job.relations().hasSuccessors())
                        .id(job.id()));
    }

    /** Adds undo jobs, and gives each of them the steps of its job that are still done. */
    public void addUndos(Session session, Collection<Job> undos) throws SQLException {
        session.batch(
                addUndo,
                undos,
                (binder, undo) -> binder.id(undo.id())
                        .text(undo.type())
                        .text(undo.queue())
                        .number(undo.priority())
                        .millis(undo.timeLimit())
                        .locale(undo.locale())
                        .id(undo.undoes())
                        .time(undo.runAt())
                        .time(undo.createdAt())
                        .time(undo.updatedAt())
                        .text(MetadataJson.write(undo.metadata()))
                        .text(undo.traceContext()));
        labels.put(session, undos.stream().collect(Collectors.toMap(Job::id, Job::metadata)));
        session.batch(
                handOver,
                undos,
                (binder, undo) -> binder.id(undo.id()).among(Set.of(Objects.requireNonNull(undo.undoes()))));
    }

    /** Leaves a note for each of these limits, of jobs that have changed: others may start now. */
    public void leaveNotes(Session session, Collection<List<JobLimit>> ofJobs) throws SQLException {
        Set<LimitKey> keys = new TreeSet<>();
        ofJobs.forEach(limits -> JobLimit.held(limits).forEach(limit -> keys.add(limit.key())));
        notes.leave(session, keys, null);
    }

    /**
     * Deletes jobs with their failed attempts, steps and labels.
     *
     * @return how many jobs
     */
    public int delete(Session session, Collection<UUID> ids) throws SQLException {
        session.update(deleteFailures, binder -> binder.among(ids));
        session.update(deleteSteps, binder -> binder.among(ids));
        labels.delete(session, ids);
        return session.updateByIds(deleteJobs, Binder.NONE, List.copyOf(ids));
    }

    /**
     * Adds failed attempts. One of the same job and claim is replaced: a job with the same id has left it, whose row
     * somebody has deleted by hand.
     *
     * @param type of the job with an id
     */
    public void remember(Session session, Collection<FailedAttempt> failures, Function<UUID, String> type)
            throws SQLException {
        session.batch(
                remember,
                failures,
                (binder, failure) -> binder.id(failure.jobId())
                        .number(failure.claim())
                        .number(failure.attempt())
                        .text(JobRowReader.text(failure.kind()))
                        .text(failure.code())
                        .text(failure.message())
                        .text(failure.exceptionClass())
                        .text(failure.trace())
                        .id(failure.workerId())
                        .time(failure.startedAt())
                        .time(failure.failedAt())
                        .text(type.apply(failure.jobId()))
                        .text(FailureFingerprint.cause(failure.code(), failure.exceptionClass(), failure.message())));
    }
}
