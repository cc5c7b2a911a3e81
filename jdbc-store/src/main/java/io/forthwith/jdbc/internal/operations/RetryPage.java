package io.forthwith.jdbc.internal.operations;

import io.forthwith.BulkRetryResult;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.RetryResult;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Retries many jobs by hand. Immutable and thread-safe.
 *
 * <p><b>Locks.</b> Jobs without relatives and unique keys are retried together in one transaction, which waits for no
 * other one: it leaves out what others have locked. Every other job is retried in a transaction of its own, as {@link
 * CancelSealRetry#retry} does, so that nothing is locked while one of them waits for its relatives or its unique key.
 */
public final class RetryPage {
    private final SqlDialect dialect;
    private final JobSelects reads;
    private final CancelSealRetry cancelSealRetry;
    private final StatementText lockFree;
    private final StatementText ended;
    private final StatementText openUndos;
    private final StatementText retry;

    public RetryPage(SqlDialect dialect, JobSelects reads, CancelSealRetry cancelSealRetry) {
        this.dialect = dialect;
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
                  cancel_requested_at = NULL, updated_at = {now}
                WHERE id {in}""");
    }

    public AnswerWithNotices<BulkRetryResult> retry(Database database, JobQuery query) {
        JobQuery page = query.retryable();
        List<JobSelects.Retryable> found =
                database.read("list jobs to retry", session -> reads.retryable(session, page));
        List<UUID> plain = new ArrayList<>();
        List<UUID> others = new ArrayList<>();
        UUID last = null;
        for (JobSelects.Retryable job : found) {
            UUID id = job.id();
            if (id != null) {
                (job.isPlain() ? plain : others).add(id);
                last = id;
            }
        }
        BulkRetryResult answer = BulkRetryResult.NONE;
        if (!plain.isEmpty()) {
            answer = database.transaction("retry " + plain.size() + " jobs", session -> retryPlain(session, plain));
        }
        List<Claim> toCancel = new ArrayList<>();
        for (UUID id : others) {
            AnswerWithNotices<Optional<RetryResult>> retried = retryOne(database, id, answer);
            answer = retried.answer().isPresent()
                    ? answer.and(retried.answer().get())
                    : answer.and(new BulkRetryResult(0, 1, 0, 0, null));
            toCancel.addAll(retried.toCancel());
        }
        return new AnswerWithNotices<>(answer.goingOnFrom(found.size() < page.limit() ? null : last), toCancel, false);
    }

    /** Earlier transactions of the call are committed: a failure now must not say "nothing was changed". */
    private AnswerWithNotices<Optional<RetryResult>> retryOne(Database database, UUID id, BulkRetryResult before) {
        try {
            return cancelSealRetry.retryUnlessLocked(database, id);
        } catch (JobStoreException failed) {
            if (before.retried() > 0 && failed.kind() == JobStoreException.Kind.TRANSIENT) {
                throw new JobStoreException(
                        JobStoreException.Kind.UNKNOWN_OUTCOME,
                        "Could not retry job " + id + ": " + before.retried()
                                + " others of the page are retried; repeat the call for the rest",
                        failed);
            }
            throw failed;
        }
    }

    private BulkRetryResult retryPlain(Session session, List<UUID> ids) throws SQLException {
        Set<UUID> retryable =
                new HashSet<>(session.query(lockFree, binder -> binder.ids(IdOrder.sorted(ids)), this::retryable));
        long locked = retryable.size() == ids.size() ? 0 : countEnded(session, ids) - retryable.size();
        // A new statement: the transaction that ended a job has also added the job that undoes its steps.
        Set<UUID> undosOpen =
                new HashSet<>(session.query(openUndos, binder -> binder.ids(retryable), row -> dialect.readId(row, 1)));
        List<UUID> retried =
                retryable.stream().filter(id -> !undosOpen.contains(id)).toList();
        session.update(retry, binder -> binder.ids(retried));
        return new BulkRetryResult(retried.size(), locked, 0, undosOpen.size(), null);
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
}
