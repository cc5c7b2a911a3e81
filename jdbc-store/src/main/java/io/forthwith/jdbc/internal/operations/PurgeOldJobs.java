package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.rows.JobWrites;
import io.forthwith.jdbc.internal.rows.UnlockedJobs;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Retention;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * Deletes jobs that ended long ago. Leaves out rows that other transactions have locked. Immutable and thread-safe.
 *
 * <p>The jobs of a family or a graph stay as long as one of them may be retried: children stay until their parent has
 * completed; a predecessor stays until all its successors have completed or are deleted. A completed job never opens
 * again, so this cannot change later.
 *
 * <p>Each job is checked by sub-selects in the order of their indexes, not by joins: if one job has very many
 * successors, or the tables have no statistics yet, the planner would read whole tables for a join.
 *
 * <p>The question whether an undo job is open is asked twice. An undo job may be added after the first query and
 * before the lock; it changes no row that the lock would read again.
 */
public final class PurgeOldJobs {
    private static final String NOT_NEEDED = """
            (SELECT p.id FROM {job} p WHERE p.id = j.parent_id AND p.status <> 'completed') IS NULL
            AND (SELECT u.undoes FROM {job} u
              WHERE u.undoes >= j.id AND u.undoes <= j.id AND u.undoes IS NOT NULL AND u.status <> 'completed'
              ORDER BY u.undoes LIMIT 1) IS NULL
            AND (NOT j.has_successors OR (SELECT e.predecessor_id FROM {job_predecessor} e
              WHERE e.predecessor_id >= j.id AND e.predecessor_id <= j.id
                AND (SELECT s.status FROM {job} s WHERE s.id = e.job_id) <> 'completed'
              ORDER BY e.predecessor_id LIMIT 1) IS NULL)""";

    private final SqlDialect dialect;
    private final JobWrites writes;
    private final UnlockedJobs oldEnded;
    private final UnlockedJobs oldFailed;
    private final StatementText notNeeded;
    private final StatementText lockPredecessorRows;
    private final StatementText deletePredecessors;
    private final StatementText deleteSuccessors;

    public PurgeOldJobs(SqlDialect dialect, JobWrites writes, Function<String, UnlockedJobs> freeJobs) {
        this.dialect = dialect;
        this.writes = writes;
        this.oldEnded = freeJobs.apply(old("status IN ('completed', 'cancelled')"));
        this.oldFailed = freeJobs.apply(old("status = 'failed'"));
        this.notNeeded = dialect.sql("SELECT id FROM {job} j WHERE id {in} AND " + NOT_NEEDED);
        this.lockPredecessorRows = dialect.sql("{lock_predecessor_rows}");
        this.deletePredecessors = dialect.sql("DELETE FROM {job_predecessor} WHERE {among job_id}");
        this.deleteSuccessors = dialect.sql("DELETE FROM {job_predecessor} WHERE {among predecessor_id}");
    }

    /** A job that ended long ago was created even earlier: the index on created_at narrows the search. */
    private static String old(String ended) {
        return "FROM {job} j WHERE " + ended + " AND completed_at <= {after} AND created_at <= {after} AND "
                + NOT_NEEDED;
    }

    public int purge(Session session, Retention retention, int limit) throws SQLException {
        List<UUID> locked = new ArrayList<>(lock(session, oldEnded, retention.completed(), limit));
        if (locked.size() < limit) {
            locked.addAll(lock(session, oldFailed, retention.failed(), limit - locked.size()));
        }
        if (locked.isEmpty()) {
            return 0;
        }
        List<UUID> ids = session.query(notNeeded, binder -> binder.ids(locked), row -> dialect.readId(row, 1));
        // In one order: another purge may delete the same rows, because of the other job of each.
        session.query(lockPredecessorRows, binder -> binder.ids(ids).ids(ids), row -> null);
        session.update(deletePredecessors, binder -> binder.among(ids));
        // Also where it is the predecessor: no job may wait for a later job with the same id.
        session.update(deleteSuccessors, binder -> binder.among(ids));
        return writes.delete(session, ids);
    }

    private static List<UUID> lock(Session session, UnlockedJobs old, Duration kept, int limit) throws SQLException {
        long ago = -Binder.microsOf(kept);
        return old.lock(session, binder -> binder.number(ago).number(ago), limit);
    }
}
