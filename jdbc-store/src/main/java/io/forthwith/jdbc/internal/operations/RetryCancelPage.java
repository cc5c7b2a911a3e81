package io.forthwith.jdbc.internal.operations;

import io.forthwith.BulkResult;
import io.forthwith.CancelResult;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.RetryResult;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedAndBusyJobs;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.sql.CarriedSqlException;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.BulkControl;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Retries and cancels many jobs by hand. Immutable and thread-safe.
 *
 * <p><b>Locks.</b> Jobs without relatives, and of those that are retried without unique keys, are written together in one transaction, which waits
 * for no other one: it leaves out what others have locked. Every other job is written in a transaction of its own, as {@link CancelSealRetry} does,
 * so that nothing is locked while one of them waits for its relatives or its unique key.
 */
public final class RetryCancelPage {
    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final JobSelects reads;
    private final CancelSealRetry cancelSealRetry;
    private final StatementText lockFree;
    private final StatementText ended;
    private final StatementText openUndos;
    private final StatementText retry;

    public RetryCancelPage(SqlDialect dialect, FamilyLocks locks, JobSelects reads, CancelSealRetry cancelSealRetry) {
        this.dialect = dialect;
        this.locks = locks;
        this.reads = reads;
        this.cancelSealRetry = cancelSealRetry;
        this.lockFree = dialect.sql("SELECT id, status FROM {job} WHERE id {in} ORDER BY id {for_update_skip_locked}");
        this.ended = dialect.sql("SELECT count(*) FROM {job} WHERE id {in} AND status IN ('failed', 'cancelled')");
        this.openUndos = dialect.sql(
                "SELECT undoes FROM {job} WHERE undoes {in} AND undoes IS NOT NULL AND status <> 'completed'");
        // The same as Transitions.retry, without reading and writing inputs and results.
        this.retry = dialect.sql("""
                UPDATE {job} SET
                  status = 'pending', run_at = {now}, attempt = 0, lost_workers = 0, postponements = 0,
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
                : database.transaction("retry " + plain.size() + " jobs", session -> retryPlain(session, plain));
        AnswerWithNotices<BulkResult> answer = AnswerWithNotices.withoutNotices(retried);
        for (UUID id : found.ids(job -> !job.isPlain())) {
            BulkResult before = answer.answer();
            AnswerWithNotices<Optional<RetryResult>> one =
                    after(before, id, () -> cancelSealRetry.retryUnlessLocked(database, id));
            answer = answer.and(
                    one, one.answer().map(before::and).orElseGet(() -> before.and(BulkResult.Skipped.LOCKED, 1)));
        }
        return answer.answering(answer.answer().goingOnFrom(found.next()));
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

    private BulkResult retryPlain(Session session, List<UUID> ids) throws SQLException {
        Set<UUID> retryable =
                new HashSet<>(session.query(lockFree, binder -> binder.ids(IdOrder.sorted(ids)), this::retryable));
        long locked = retryable.size() == ids.size() ? 0 : countEnded(session, ids) - retryable.size();
        // A new statement: the transaction that ended a job has also added the job that undoes its steps.
        Set<UUID> undosOpen =
                new HashSet<>(session.query(openUndos, binder -> binder.ids(retryable), row -> dialect.readId(row, 1)));
        List<UUID> retried =
                retryable.stream().filter(id -> !undosOpen.contains(id)).toList();
        session.update(retry, binder -> binder.ids(retried));
        return BulkResult.ofDone(retried.size())
                .and(BulkResult.Skipped.LOCKED, locked)
                .and(BulkResult.Skipped.UNDO_OPEN, undosOpen.size());
    }

    /** An ended job that is not among the locked rows is locked by another transaction. */
    private long countEnded(Session session, List<UUID> ids) throws SQLException {
        return session.first(ended, binder -> binder.ids(ids), row -> row.getLong(1))
                .orElse(0L);
    }

    private @Nullable UUID retryable(ResultSet row) throws SQLException {
        JobStatus status = JobRowReader.status(row.getString(2));
        return status != null && status.isRetryable() ? dialect.readId(row, 1) : null;
    }

    public AnswerWithNotices<BulkResult> cancel(Database database, JobQuery query, Locale locale) {
        JobQuery page = query.open();
        JobSelects.Page found = database.read("list jobs to cancel", session -> reads.candidates(session, page));
        List<UUID> alone = found.ids(job -> !job.hasRelatives());
        AnswerWithNotices<Cancelled> together = alone.isEmpty()
                ? AnswerWithNotices.withoutNotices(new Cancelled(BulkResult.NONE, List.of()))
                : database.transaction(
                        "cancel " + alone.size() + " jobs", session -> cancelAlone(session, alone, locale));
        AnswerWithNotices<BulkResult> answer =
                together.answering(together.answer().jobs());
        List<UUID> others = new ArrayList<>(found.ids(JobSelects.Candidate::hasRelatives));
        others.addAll(together.answer().others());
        for (UUID id : others) {
            Optional<UUID> top = database.read("find job " + id, session -> top(session, id, page));
            if (top.isPresent()) {
                BulkResult before = answer.answer();
                AnswerWithNotices<CancelResult> one =
                        after(before, id, () -> cancelSealRetry.cancel(database, top.get(), locale));
                answer = answer.and(one, before.and(one.answer()));
            }
        }
        return answer.answering(answer.answer().goingOnFrom(found.next()));
    }

    /** Empty if the job has ended meanwhile, perhaps with its parent. */
    private Optional<UUID> top(Session session, UUID id, JobQuery page) throws SQLException {
        return CarriedSqlException.unpacked(() -> reads.find(session, id)
                .filter(job -> !job.status().isFinal())
                .map(job -> BulkControl.toCancelFor(
                        job, page, parent -> CarriedSqlException.carried(() -> reads.find(session, parent))))
                .map(Job::id));
    }

    /** @param others jobs that have got relatives since they were read */
    private record Cancelled(BulkResult jobs, List<UUID> others) {}

    private AnswerWithNotices<Cancelled> cancelAlone(Session session, List<UUID> ids, Locale locale)
            throws SQLException {
        LockedAndBusyJobs free = locks.lockWhatIsFree(session, ids);
        LockedJobs locked = free.locked();
        BulkResult answer =
                BulkResult.NONE.and(BulkResult.Skipped.LOCKED, free.busy().size());
        List<UUID> others = new ArrayList<>();
        for (UUID id : List.copyOf(locked.ids())) {
            Job job = locked.get(id);
            if (job != null
                    && (job.relations().hasSuccessors() || job.relations().isParent())) {
                others.add(id);
            } else {
                answer = answer.and(CancelSealRetry.cancel(locked, id, locale));
            }
        }
        locked.end();
        return locked.committed(new Cancelled(answer, others));
    }
}
