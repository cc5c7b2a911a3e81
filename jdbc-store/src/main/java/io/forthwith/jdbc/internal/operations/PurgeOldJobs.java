package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.rows.JobWrites;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Retention;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/**
 * Deletes jobs that ended long ago. Leaves out rows that other transactions have locked. Immutable and thread-safe.
 *
 * <p>The jobs of a family or a graph stay as long as one of them may be retried: children stay until their parent has
 * completed; a predecessor stays until all its successors have completed or are deleted. A completed job never opens
 * again, so this cannot change later.
 *
 * <p>The question whether an undo job is open is asked twice. An undo job may be added after the first query and
 * before the lock; it changes no row that the lock would read again.
 */
public final class PurgeOldJobs {
    private final SqlDialect dialect;
    private final JobWrites writes;
    private final OldJobs oldJobs;
    private final StatementText notNeeded;
    private final StatementText lockPredecessorRows;
    private final StatementText deletePredecessors;
    private final StatementText deleteSuccessors;

    public PurgeOldJobs(JobOperations operations, JobWrites writes) {
        this.dialect = operations.dialect();
        this.writes = writes;
        this.oldJobs = operations.oldJobs();
        this.notNeeded = dialect.sql("SELECT id FROM {job} j WHERE id {in} AND " + OldJobs.NOT_NEEDED);
        this.lockPredecessorRows = dialect.sql("{lock_predecessor_rows}");
        this.deletePredecessors = dialect.sql("DELETE FROM {job_predecessor} WHERE {among job_id}");
        this.deleteSuccessors = dialect.sql("DELETE FROM {job_predecessor} WHERE {among predecessor_id}");
    }

    /** Purges; if another transaction has locked more than jobs, it leaves all to a later call. */
    public int purge(Database database, Retention retention, int limit) {
        try {
            return database.transaction(
                    "purge at most " + limit + " jobs", session -> purge(session, retention, limit));
        } catch (LocksHeldException others) {
            return 0;
        }
    }

    private int purge(Session session, Retention retention, int limit) throws SQLException {
        List<UUID> locked = oldJobs.lock(session, retention, limit);
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
}
