package io.forthwith.jdbc.internal.operations;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedAndBusyJobs;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.rows.JobConditions;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.sql.CarriedSqlException;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.BulkControl;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Retries and cancels many jobs by hand. Immutable and thread-safe.
 *
 * <p><b>Locks.</b> Jobs without relatives, and of those that are retried without unique keys, are written together in one transaction, which waits
 * for no other one: it leaves out what others have locked. Every other job is written in a transaction of its own, as {@link CancelSealRetry} does,
 * so that nothing is locked while one of them waits for its relatives or its unique key.
 *
 * <p><b>Races.</b> A page is read without locks, so the query is tested again on each locked row. A job that has left the query meanwhile stays as
 * it is, and is not counted.
 */
public final class RetryCancelPage {
    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final JobSelects reads;
    private final CancelSealRetry cancelSealRetry;
    private final StatementText openUndos;
    private final StatementText retry;

    public RetryCancelPage(SqlDialect dialect, FamilyLocks locks, JobSelects reads, CancelSealRetry cancelSealRetry) {
        this.dialect = dialect;
        this.locks = locks;
        this.reads = reads;
        this.cancelSealRetry = cancelSealRetry;
        this.openUndos = dialect.sql(
                "SELECT undoes FROM {job} WHERE undoes {in} AND undoes IS NOT NULL AND status <> 'completed'");
        // The same as JobMoves.retry, without reading and writing inputs and results.
        this.retry = dialect.sql("""
                UPDATE {job} SET
                  status = 'pending', run_at = {now}, due_at = NULL, parked_under = NULL, parked_rank = NULL, attempt = 0, lost_workers = 0, postponements = 0,
                  postponed_since = NULL, progress = 0, current_step = 0, total_steps = NULL, progress_message = NULL,
                  result_data = NULL, error_message = NULL, error_kind = NULL, error_code = NULL, completed_at = NULL,
                  cancel_requested_at = NULL, expires_at = NULL, start_key = NULL, updated_at = {now}
                WHERE id {in}""");
    }

    public AnswerWithNotices<BulkResult> retry(Database database, JobQuery query) {
        JobQuery page = query.retryable();
        JobSelects.Page found = database.read("list jobs to retry", session -> reads.candidates(session, page));
        List<UUID> plain = found.ids(JobSelects.Candidate::isPlain);
        BulkResult retried = plain.isEmpty()
                ? BulkResult.NONE
                : database.transaction(
                        "retry " + plain.size() + " jobs",
                        session -> retryPlain(session, plain, JobConditions.all(page))
                                .result());
        AnswerWithNotices<BulkResult> answer = AnswerWithNotices.withoutNotices(retried);
        for (UUID id : found.ids(job -> !job.isPlain())) {
            BulkResult before = answer.answer();
            AnswerWithNotices<Optional<ActResult>> one =
                    after(before, id, () -> cancelSealRetry.retryUnlessLocked(database, id, page));
            answer = answer.and(
                    one,
                    one.answer()
                            .map(done -> before.and(LibraryOnly.KEY, done))
                            .orElseGet(() -> before.and(LibraryOnly.KEY, ActResult.Outcome.LOCKED, 1)));
        }
        return answer.answering(answer.answer().goingOnFrom(LibraryOnly.KEY, found.next()));
    }

    /** Earlier transactions of the call are committed: a failure now must not say "nothing was changed". */
    private static <T> T after(BulkResult before, UUID id, Supplier<T> one) {
        try {
            return one.get();
        } catch (JobStoreException failed) {
            if (before.done() > 0 && failed.kind() == JobStoreException.Kind.TRANSIENT) {
                throw new JobStoreException(
                        JobStoreException.Kind.UNKNOWN_OUTCOME,
                        "Could not retry or cancel job " + id + ": " + before.done()
                                + " others of the page are done; repeat the call for the rest",
                        failed);
            }
            throw failed;
        }
    }

    /**
     * What has become of some jobs.
     *
     * @param ids of those that were done
     */
    public record Done(List<UUID> ids, BulkResult result) {}

    /** Retries jobs that have neither relatives nor a unique key, those that meet the conditions, without those that others have locked. */
    public Done retryPlain(Session session, List<UUID> ids, JobConditions conditions) throws SQLException {
        Set<UUID> retryable = new HashSet<>(lockFree(session, ids, conditions));
        long locked = retryable.size() == ids.size() ? 0 : count(session, ids, conditions) - retryable.size();
        // A new statement: the transaction that ended a job has also added the job that undoes its steps.
        Set<UUID> undosOpen =
                new HashSet<>(session.query(openUndos, binder -> binder.ids(retryable), row -> dialect.readId(row, 1)));
        List<UUID> retried =
                retryable.stream().filter(id -> !undosOpen.contains(id)).toList();
        session.update(retry, binder -> binder.ids(retried));
        return new Done(
                retried,
                BulkResult.ofDone(LibraryOnly.KEY, retried.size())
                        .and(LibraryOnly.KEY, ActResult.Outcome.LOCKED, locked)
                        .and(LibraryOnly.KEY, ActResult.Outcome.UNDO_OPEN, undosOpen.size()));
    }

    /** Those that are selected. The conditions do not choose the rows: no index but that of the ids is to find them. */
    private List<UUID> lockFree(Session session, List<UUID> ids, JobConditions conditions) throws SQLException {
        return session.query(
                dialect.sql("SELECT id, " + conditions.orElse("1")
                        + " FROM {job} WHERE id {in} ORDER BY id {for_update_skip_locked}"),
                binder -> {
                    conditions.bind(binder);
                    binder.ids(IdOrder.sorted(ids));
                },
                row -> row.getString(2) == null ? null : dialect.readId(row, 1));
    }

    /** A selected job that is not among the locked rows is locked by another transaction. */
    private long count(Session session, List<UUID> ids, JobConditions conditions) throws SQLException {
        return session.first(
                        dialect.sql("SELECT count(" + conditions.orElse("1") + ") FROM {job} WHERE id {in}"),
                        binder -> {
                            conditions.bind(binder);
                            binder.ids(ids);
                        },
                        row -> row.getLong(1))
                .orElse(0L);
    }

    public AnswerWithNotices<BulkResult> cancel(Database database, JobQuery query, Locale locale) {
        JobQuery page = query.open();
        JobSelects.Page found = database.read("list jobs to cancel", session -> reads.candidates(session, page));
        List<UUID> alone = found.ids(job -> !job.hasRelatives());
        AnswerWithNotices<Cancelled> together = alone.isEmpty()
                ? AnswerWithNotices.withoutNotices(new Cancelled(new Done(List.of(), BulkResult.NONE), List.of()))
                : database.transaction(
                        "cancel " + alone.size() + " jobs",
                        session -> cancelAlone(session, alone, page::selects, locale));
        AnswerWithNotices<BulkResult> answer =
                together.answering(together.answer().done().result());
        List<UUID> others = new ArrayList<>(found.ids(JobSelects.Candidate::hasRelatives));
        others.addAll(together.answer().others());
        for (UUID id : others) {
            BulkResult before = answer.answer();
            AnswerWithNotices<ActResult> one = after(before, id, () -> cancelTop(database, id, page, locale));
            answer = answer.and(one, before.and(LibraryOnly.KEY, one.answer()));
        }
        return answer.answering(answer.answer().goingOnFrom(LibraryOnly.KEY, found.next()));
    }

    private AnswerWithNotices<ActResult> cancelTop(Database database, UUID id, JobQuery page, Locale locale) {
        while (true) {
            Optional<UUID> top = database.read("find job " + id, session -> top(session, id, page));
            if (top.isEmpty()) {
                return AnswerWithNotices.withoutNotices(ActResult.ENDED);
            }
            Optional<AnswerWithNotices<ActResult>> one =
                    cancelSealRetry.cancelIfSelected(database, top.get(), page::selects, locale, Beside.nothing());
            if (one.isPresent()) {
                return one.get();
            }
            // An ancestor has left the query meanwhile. The job itself may be selected still.
        }
    }

    /** The job to cancel for one of many. Empty if the query does not select the job any more: it has ended, perhaps with its parent, or was changed. */
    public Optional<UUID> top(Session session, UUID id, JobQuery page) throws SQLException {
        return CarriedSqlException.unpacked(() -> reads.find(session, id)
                .filter(page::selects)
                .map(job -> BulkControl.toCancelFor(
                        job, page, parent -> CarriedSqlException.carried(() -> reads.find(session, parent))))
                .map(Job::id));
    }

    /**
     * What was cancelled.
     *
     * @param others jobs that have got relatives since they were read
     */
    public record Cancelled(Done done, List<UUID> others) {}

    /** Cancels jobs without relatives, those that are selected still, without those that others have locked. */
    public AnswerWithNotices<Cancelled> cancelAlone(
            Session session, List<UUID> ids, Predicate<Job> isSelected, Locale locale) throws SQLException {
        LockedAndBusyJobs free = locks.lockWhatIsFree(session, ids);
        LockedJobs locked = free.locked();
        BulkResult answer = BulkResult.NONE.and(
                LibraryOnly.KEY, ActResult.Outcome.LOCKED, free.busy().size());
        List<UUID> others = new ArrayList<>();
        List<UUID> done = new ArrayList<>();
        List<Job> selected =
                locked.getAll(locked.ids()).stream().filter(isSelected).toList();
        for (Job job : selected) {
            if (job.relations().hasSuccessors() || job.relations().isParent()) {
                others.add(job.id());
            } else {
                ActResult one = CancelSealRetry.cancel(locked, job.id(), locale);
                if (one.outcome() == ActResult.Outcome.DONE || one.outcome() == ActResult.Outcome.REQUESTED) {
                    done.add(job.id());
                }
                answer = answer.and(LibraryOnly.KEY, one);
            }
        }
        locked.end();
        return locked.committed(new Cancelled(new Done(done, answer), others));
    }
}
