package io.forthwith.jdbc.internal.operations;

import io.forthwith.Retention;
import io.forthwith.jdbc.internal.rows.JobWrites;
import io.forthwith.jdbc.internal.rows.WorkerRows;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.Remaining;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * Deletes jobs that ended long ago. Leaves out rows that other transactions have locked. Thread-safe.
 *
 * <p>The jobs of a family or a graph stay as long as one of them may be retried: children stay until their parent has
 * completed; a predecessor stays until all its successors have completed or are deleted. A completed job never opens
 * again, so this cannot change later.
 *
 * <p>The question whether an undo job is open is asked twice. An undo job may be added after the first query and
 * before the lock; it changes no row that the lock would read again.
 */
public final class PurgeOldJobs {
    private static final int FORGOTTEN_AT_ONCE = 500;
    /** A round of full parts may take hours: after so many of them it looks for the rest too. */
    private static final int FULL_PARTS = 100;

    private final AtomicInteger fullParts = new AtomicInteger();
    private final SqlDialect dialect;
    private final JobWrites writes;
    private final OldJobs oldJobs;
    private final StatementText notNeeded;
    private final StatementText lockPredecessorRows;
    private final StatementText deletePredecessors;
    private final StatementText deleteSuccessors;
    private final StatementText endedKeys;
    private final StatementText deleteKey;
    private final StatementText numbers;
    private final StatementText deleteNumber;
    private final StatementText strayTypes;
    private final StatementText deleteTypes;
    private final StatementText oldAudit;
    private final StatementText deleteAudit;
    private final StatementText oldActs;
    private final StatementText deleteActs;

    public PurgeOldJobs(JobOperations operations, JobWrites writes) {
        this.dialect = operations.dialect();
        this.writes = writes;
        this.oldJobs = operations.oldJobs();
        this.notNeeded = dialect.sql("SELECT id FROM {job} j WHERE id {in} AND " + OldJobs.NOT_NEEDED);
        this.lockPredecessorRows = dialect.sql("{lock_predecessor_rows}");
        this.deletePredecessors = dialect.sql("DELETE FROM {job_predecessor} WHERE {among job_id}");
        this.endedKeys = dialect.sql("SELECT type, unique_key FROM {job_key} WHERE expires_at <= {now}"
                + " ORDER BY expires_at LIMIT ? {for_update_skip_locked}");
        this.deleteKey = dialect.sql("DELETE FROM {job_key} WHERE type = ? AND unique_key = ?");
        this.numbers =
                dialect.sql("SELECT n FROM {job_number} WHERE n > 0 ORDER BY n LIMIT ? {for_update_skip_locked}");
        this.deleteNumber = dialect.sql("DELETE FROM {job_number} WHERE n = ?");
        this.strayTypes = dialect.sql("""
                SELECT DISTINCT t.worker_id FROM {job_worker_type} t
                WHERE NOT EXISTS (SELECT 1 FROM {job_worker} w WHERE w.id = t.worker_id) LIMIT ?""");
        this.deleteTypes = dialect.sql(WorkerRows.DELETION_OF_TYPES);
        this.oldAudit = dialect.sql(
                "SELECT id FROM {job_audit} WHERE done_at <= {after} ORDER BY done_at LIMIT ? {for_update_skip_locked}");
        this.deleteAudit = dialect.sql("DELETE FROM {job_audit} WHERE id {in}");
        this.oldActs = dialect.sql("SELECT id FROM {job_act} WHERE state <> 'open' AND ended_at <= {after} LIMIT ?"
                + " {for_update_skip_locked}");
        this.deleteActs = dialect.sql("DELETE FROM {job_act} WHERE id {in}");
        this.deleteSuccessors = dialect.sql("DELETE FROM {job_predecessor} WHERE {among predecessor_id}");
    }

    /**
     * Purges; what needs rows that another transaction has locked is left to a later call.
     *
     * @param database with a {@linkplain Database#withLockWait limited} lock wait
     */
    public Upkeep purge(Database database, Retention retention, int atMost) {
        TurnTime time = new TurnTime();
        boolean hasMore = forget(time, () -> forgetKeys(database));
        forget(time, () -> sweepLabels(database));
        int jobs = 0;
        boolean isLocked = false;
        try {
            jobs = database.transaction(
                    "purge at most " + atMost + " jobs", session -> purge(session, retention, atMost));
        } catch (LocksHeldException others) {
            isLocked = true;
        }
        boolean isFull = jobs == atMost;
        if (isFull && fullParts.incrementAndGet() % FULL_PARTS != 0) {
            return new Upkeep(jobs, Remaining.MORE);
        }
        // There is little of it: once in a round of calls is often enough, unless the round is long.
        hasMore |= forget(time, () -> forgetTypes(database));
        hasMore |= forget(time, () -> forgetActs(database));
        return new Upkeep(jobs, isFull || hasMore ? Remaining.MORE : isLocked ? Remaining.LOCKED : Remaining.NOTHING);
    }

    /** Whether there may be more, but the time is over. What others have locked is left to the next round. */
    private static boolean forget(TurnTime time, IntSupplier some) {
        try {
            while (some.getAsInt() == FORGOTTEN_AT_ONCE) {
                if (time.isOver()) {
                    return true;
                }
            }
        } catch (LocksHeldException others) {
            return false;
        }
        return false;
    }

    private int forgetKeys(Database database) {
        return database.transaction(
                "delete unique keys whose period is over, and drawn numbers",
                session -> Math.max(forgetKeys(session), forgetNumbers(session)));
    }

    /** Deletes keys whose period is over, without those that others have locked: a host's transaction may have taken one again. */
    private int forgetKeys(Session session) throws SQLException {
        List<List<String>> ended = session.query(
                endedKeys,
                binder -> binder.number(FORGOTTEN_AT_ONCE),
                row -> List.of(row.getString(1), row.getString(2)));
        session.batch(deleteKey, ended, (binder, key) -> binder.text(key.get(0)).text(key.get(1)));
        return ended.size();
    }

    /** A number that was drawn for a sequence does not come again, also without its row. Open transactions keep theirs. */
    private int forgetNumbers(Session session) throws SQLException {
        List<Long> drawn = session.query(numbers, binder -> binder.number(FORGOTTEN_AT_ONCE), row -> row.getLong(1));
        session.batch(deleteNumber, drawn, (binder, number) -> binder.number(number));
        return drawn.size();
    }

    /** A worker of an older version that takes over from a dead one does not know these rows. */
    private int forgetTypes(Database database) {
        return database.transaction("delete the types of workers that are gone", session -> {
            List<UUID> gone = session.query(
                    strayTypes, binder -> binder.number(FORGOTTEN_AT_ONCE), row -> dialect.readId(row, 1));
            session.batch(deleteTypes, gone, Binder::id);
            return gone.size();
        });
    }

    private int forgetActs(Database database) {
        return database.transaction("delete old entries of the audit, and acts that ended as long ago", session -> {
            int entries = forget(session, oldAudit, deleteAudit);
            return Math.max(entries, forget(session, oldActs, deleteActs));
        });
    }

    private int forget(Session session, StatementText lockOld, StatementText delete) throws SQLException {
        List<UUID> old = session.query(
                lockOld,
                binder -> binder.number(-Binder.microsOf(ActStore.KEPT)).number(FORGOTTEN_AT_ONCE),
                row -> dialect.readId(row, 1));
        session.updateByIds(delete, Binder.NONE, old);
        return old.size();
    }

    private int sweepLabels(Database database) {
        return database.transaction("delete labels without a job", session -> {
            writes.labels().sweep(session);
            return 0;
        });
    }

    private int purge(Session session, Retention retention, int atMost) throws SQLException {
        List<UUID> locked = oldJobs.lock(session, retention, atMost);
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
