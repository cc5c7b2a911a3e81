package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.rows.FreeJobs;
import io.forthwith.jdbc.internal.rows.JobWrites;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlStatement;
import io.forthwith.store.Retention;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * Deletes old jobs, stepping around rows that others have locked.
 *
 * <p>A family stays together, and a graph, as long as it may be retried: children stay until their parent has completed, predecessors
 * until all that come after them have, or until those are deleted themselves. What has completed never opens again, so nothing can come
 * in between.
 *
 * <p>Each job is looked up by itself, in sub-selects that are no joins and are ordered as their index is: where one job has very many
 * successors, or nothing is known of the tables, the planner would read them as a whole.
 *
 * <p>Whether an undo job is open is asked twice: one that was added after our first look and before our lock has changed no row that we
 * would look at again.
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
    private final FreeJobs oldEnded;
    private final FreeJobs oldFailed;
    private final SqlStatement notNeeded;
    private final SqlStatement lockEdges;
    private final SqlStatement deleteEdges;
    private final SqlStatement deleteEdgesTo;

    public PurgeOldJobs(SqlDialect dialect, JobWrites writes, Function<String, FreeJobs> freeJobs) {
        this.dialect = dialect;
        this.writes = writes;
        this.oldEnded = freeJobs.apply(old("status IN ('completed', 'cancelled')"));
        this.oldFailed = freeJobs.apply(old("status = 'failed'"));
        this.notNeeded = dialect.sql("SELECT id FROM {job} j WHERE id {in} AND " + NOT_NEEDED);
        this.lockEdges = dialect.sql("{lock_ties}");
        this.deleteEdges = dialect.sql("DELETE FROM {job_predecessor} WHERE {among job_id}");
        this.deleteEdgesTo = dialect.sql("DELETE FROM {job_predecessor} WHERE {among predecessor_id}");
    }

    /** A job that ended long ago was created before that: the index on created_at narrows the search. */
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
        // In one order: another purge may have the other end of some of them.
        session.query(lockEdges, binder -> binder.ids(ids).ids(ids), row -> null);
        session.update(deleteEdges, binder -> binder.among(ids));
        // Also where it is the predecessor: nobody waits for whoever gets its id next.
        session.update(deleteEdgesTo, binder -> binder.among(ids));
        return writes.delete(session, ids);
    }

    private static List<UUID> lock(Session session, FreeJobs old, Duration kept, int limit) throws SQLException {
        long ago = -Binder.microsOf(kept);
        return old.lock(session, binder -> binder.number(ago).number(ago), limit);
    }
}
