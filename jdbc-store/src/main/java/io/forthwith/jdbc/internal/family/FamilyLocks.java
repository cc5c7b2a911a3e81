package io.forthwith.jdbc.internal.family;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.rows.JobWrites;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.SavepointScope;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Locks jobs together with the jobs that may change because of them. Immutable and thread-safe.
 *
 * <p><b>Lock order.</b> A first query, without locks, finds the jobs that may change. One statement then locks all of
 * them: first the jobs that are only children, by id; then the others, by id. This kind of a job does not change,
 * except when it begins to wait for children that it has spawned. So two operations on one family lock in the same
 * order and cannot deadlock. And many children can be completed by one statement before their parents are locked. Inputs are not read, and results only of finishers: many rows may be
 * locked at once.
 *
 * <p><b>Further locks.</b> What follows from a change is known only when the rows are locked. If a transaction needs one
 * more row, it locks it without waiting. If another transaction has locked that row, this one is rolled back and
 * repeated, and locks the row at its start ({@link LocksMissingException}).
 */
public final class FamilyLocks {
    /** The order in which every statement that waits for several rows locks them. */
    public static final String LOCK_ORDER = """
            ORDER BY CASE WHEN sealed IS NULL AND on_predecessor_failure IS NULL AND coalesce(position, 1) > 0 THEN 0 ELSE 1 END,
              id
            """;

    /** A {@link Job} does not show what a parked row has in its columns. */
    private static final String IS_PARKED = "parked_under IS NOT NULL OR due_at IS NOT NULL OR parked_rank IS NOT NULL";

    /** How often a transaction is repeated although it knows of no further row. */
    private static final int MOST_IN_VAIN = 5;

    private final SqlDialect dialect;
    private final JobRowReader rows;
    private final JobWrites writes;
    private final FamilyQueries queries;
    private final StatementText near;
    private final StatementText lock;
    private final StatementText lockMore;
    private final StatementText lockFree;
    private final StatementText lockToClaim;
    private final StatementText lockReady;
    private final StatementText now;

    public FamilyLocks(SqlDialect dialect, JobRowReader rows, FamilyQueries queries, JobWrites writes) {
        this.dialect = dialect;
        this.rows = rows;
        this.queries = queries;
        this.writes = writes;
        this.near = dialect.sql("SELECT id, parent_id, has_successors FROM {job} WHERE id {in} {latest}");
        String rowsWithoutText = "SELECT " + JobRowReader.COLUMNS_WITHOUT_TEXT + ", {now}, "
                + JobRowReader.HAS_UNREAD_RESULT + ", " + IS_PARKED + " FROM {job} WHERE id {in} ";
        String lockAll = rowsWithoutText + LOCK_ORDER;
        this.lock = dialect.sql(lockAll + "{for_update}");
        this.lockMore = dialect.sql(lockAll + "{for_update_skip_locked}");
        this.lockFree = dialect.sql(rowsWithoutText + "ORDER BY id {for_update_skip_locked}");
        String lockToClaim = "SELECT " + JobRowReader.COLUMNS + ", {now}, FALSE, " + IS_PARKED
                + " FROM {job} WHERE id {in}%s ORDER BY id {for_update_skip_locked}";
        this.lockToClaim = dialect.sql(lockToClaim.formatted(""));
        // A claim that was faster may have parked a job since it was found.
        this.lockReady = dialect.sql(lockToClaim.formatted(" AND run_at < {far}"));
        this.now = dialect.sql("SELECT {now}");
    }

    public FamilyQueries queries() {
        return queries;
    }

    public JobWrites writes() {
        return writes;
    }

    /**
     * Repeats a transaction with more rows locked at its start, as long as it needs further ones.
     *
     * @throws LocksHeldException if it needs a row that it could not lock even at its start
     */
    public static <T> T repeatedly(Function<Set<UUID>, T> transaction) {
        Set<UUID> more = new HashSet<>();
        int inVain = 0;
        while (true) {
            try {
                return transaction.apply(more);
            } catch (LocksMissingException needed) {
                // Jobs may be deleted and added again each time.
                if (!more.addAll(needed.ids()) && ++inVain == MOST_IN_VAIN) {
                    throw new LocksHeldException(needed);
                }
            }
        }
    }

    /** The same within a transaction that has begun: only this work is rolled back, to a savepoint. */
    public static <T> T repeatedlyWithin(Session session, SessionWork<T> work) throws SQLException {
        Set<UUID> more = new HashSet<>();
        try (SavepointScope scope = session.savepoint()) {
            while (true) {
                try {
                    return work.on(more);
                } catch (LocksMissingException needed) {
                    scope.rollBack();
                    more.addAll(needed.ids());
                }
            }
        }
    }

    /** Work that is repeated with more rows locked. */
    @FunctionalInterface
    public interface SessionWork<T extends @Nullable Object> {
        T on(Set<UUID> more) throws SQLException;
    }

    /**
     * Locks jobs, their ancestors and their successors. Waits for other transactions.
     *
     * @param more jobs that an earlier attempt has needed; all that may change because of them is locked as well
     * @throws LocksMissingException if one of them was deleted and added again meanwhile, and another transaction has locked it
     */
    public LockedJobs lock(Session session, Collection<UUID> ids, Collection<UUID> more) throws SQLException {
        return lockRelatives(session, affectedBy(session, ids, more).all());
    }

    /**
     * While the statement waits, a purge may delete one of the rows, and a third transaction may add that job again, after a job or to a parent that is to be
     * locked here. The statement does not see the new row, but who adds it has not seen either what changes here. The locks that are held now keep others out, so a
     * second look by a new statement finds it.
     */
    private LockedJobs lockRelatives(Session session, Collection<UUID> ids) throws SQLException {
        Set<UUID> seen = new HashSet<>();
        LockedJobs locked = lock(session, lock, ids, seen);
        Set<UUID> unseen = new HashSet<>(ids);
        unseen.removeAll(seen);
        if (!unseen.isEmpty()) {
            locked.lookAgain(unseen);
        }
        return locked;
    }

    /**
     * Locks the same rows, but waits for no other transaction: a transaction of another program may last for hours. A job is answered as
     * busy if another transaction has locked it or a row that may change because of it.
     *
     * @param more jobs that an earlier attempt has needed
     * @throws LocksHeldException if nobody knows which of the jobs need what is locked
     */
    public LockedAndBusyJobs lockUnlessBusy(Session session, Collection<UUID> ids, Collection<UUID> more)
            throws SQLException {
        AffectedJobs affected = affectedBy(session, ids, more);
        Set<UUID> seen = new HashSet<>();
        LockedJobs locked = lock(session, lockMore, affected.all(), seen);
        Set<UUID> held = affected.existingWithout(seen);
        if (held.isEmpty()) {
            return new LockedAndBusyJobs(locked, Set.of());
        }
        Set<UUID> busy = affected.thatNeed(held, more, ids);
        if (busy.isEmpty()) {
            throw new LocksHeldException(null);
        }
        locked.leaveOut(held);
        return new LockedAndBusyJobs(locked, busy);
    }

    /** The same, but throws {@link LocksHeldException} if a job is busy. */
    public LockedAndBusyJobs lockUnlessAnyIsBusy(Session session, Collection<UUID> ids, Collection<UUID> more)
            throws SQLException {
        LockedAndBusyJobs free = lockUnlessBusy(session, ids, more);
        if (!free.busy().isEmpty()) {
            throw new LocksHeldException(null);
        }
        return free;
    }

    /** How a transaction locks jobs with those that may change because of them. */
    @FunctionalInterface
    public interface Way {
        /** As {@link #lockUnlessBusy}. */
        LockedAndBusyJobs lock(Session session, Collection<UUID> ids, Collection<UUID> more) throws SQLException;
    }

    private AffectedJobs affectedBy(Session session, Collection<UUID> ids, Collection<UUID> more) throws SQLException {
        AffectedJobs affected = new AffectedJobs();
        affected.add(affectedJobs(session, more, true, affected));
        affected.add(affectedJobs(session, ids, false, affected));
        return affected;
    }

    /**
     * Locks a job with relatives as {@link #lock} does. A job without relatives is locked only if no other
     * transaction has locked it.
     *
     * @param more the job, and those of its relatives that are concerned
     */
    public LockedJobs lockAloneOr(Session session, UUID id, Collection<UUID> more) throws SQLException {
        Set<UUID> all = affectedJobs(session, more, true, new AffectedJobs());
        return all.equals(Set.of(id)) ? lockFree(session, all) : lockRelatives(session, all);
    }

    /**
     * Locks these jobs, without the jobs that may change because of them. Waits for other transactions.
     *
     * @param more jobs that an earlier attempt has needed; all that may change because of them is locked as well
     */
    public LockedJobs lockNamed(Session session, Collection<UUID> ids, Collection<UUID> more) throws SQLException {
        Set<UUID> all = affectedJobs(session, more, true, new AffectedJobs());
        all.addAll(ids);
        return lockOnly(session, all);
    }

    /**
     * Locks further rows outside the lock order, but only those that no other transaction has locked: a transaction
     * that does not wait cannot be part of a deadlock.
     *
     * @return the jobs that were locked
     */
    LockedRows lockMore(Session session, Collection<UUID> ids) throws SQLException {
        LockedRows locked = LockedRows.none();
        session.query(lockMore, binder -> binder.ids(IdOrder.sorted(ids)), row -> read(row, locked));
        return locked;
    }

    /** Locks these rows. Waits for other transactions. */
    public LockedJobs lockOnly(Session session, Collection<UUID> ids) throws SQLException {
        return lock(session, lock, ids);
    }

    /** Locks those rows that no other transaction has locked. */
    public LockedJobs lockFree(Session session, Collection<UUID> ids) throws SQLException {
        return lock(session, lockFree, ids);
    }

    /** The same, and reads their inputs and results. */
    public LockedJobs lockToClaim(Session session, Collection<UUID> ids) throws SQLException {
        return lock(session, lockToClaim, ids);
    }

    /** The same, without those that are parked. */
    public LockedJobs lockReady(Session session, Collection<UUID> ids) throws SQLException {
        return lock(session, lockReady, ids);
    }

    /** Locks those of these rows that no other transaction has locked, and says which of them others have locked. */
    public LockedAndBusyJobs lockWhatIsFree(Session session, Collection<UUID> ids) throws SQLException {
        Set<UUID> seen = new HashSet<>();
        LockedJobs locked = lock(session, lockFree, ids, seen);
        Set<UUID> missing = new HashSet<>(ids);
        missing.removeAll(seen);
        return new LockedAndBusyJobs(
                locked,
                missing.isEmpty()
                        ? missing
                        : new HashSet<>(
                                session.query(near, binder -> binder.ids(missing), row -> dialect.readId(row, 1))));
    }

    /** See {@link SqlDialect#touch}. */
    void hold(Session session, Collection<UUID> ids) throws SQLException {
        dialect.touch(session, ids);
    }

    private LockedJobs lock(Session session, StatementText statement, Collection<UUID> ids) throws SQLException {
        return lock(session, statement, ids, new HashSet<>());
    }

    /**
     * Locks rows.
     *
     * @param seen receives the ids of the locked rows, also of those that cannot be read
     */
    private LockedJobs lock(Session session, StatementText statement, Collection<UUID> ids, Set<UUID> seen)
            throws SQLException {
        LockedRows locked = LockedRows.none();
        Session.Row<Instant> reader = row -> {
            UUID id = dialect.readId(row, 1);
            if (id != null) {
                seen.add(id);
            }
            return read(row, locked) && locked.jobs().size() == 1 ? dialect.time(row, JobRowReader.COUNT + 1) : null;
        };
        List<UUID> sorted = IdOrder.sorted(ids);
        // H2, which takes long lists in parts, locks in the order of the ids whatever a statement says.
        List<Instant> times = session.queryByIds(statement, sorted, reader);
        Instant time = times.isEmpty()
                ? session.first(now, Binder.NONE, row -> dialect.time(row, 1)).orElseThrow()
                : times.get(0);
        return new LockedJobs(session, this, locked, new HashSet<>(ids), time);
    }

    /** Whether the row is a job. */
    private boolean read(ResultSet row, LockedRows into) throws SQLException {
        Job job = rows.job(row);
        if (job == null) {
            return false;
        }
        into.add(
                row.getBoolean(JobRowReader.COUNT + 2)
                        ? job.toBuilder().result(JobRowReader.UNREAD).build()
                        : job,
                row.getBoolean(JobRowReader.COUNT + 3));
        return true;
    }

    /**
     * The jobs, all their ancestors, and their successors.
     *
     * @param toTheEnd whether the successors of ancestors and of successors are included, and so on
     * @param found receives how they are related
     */
    private Set<UUID> affectedJobs(Session session, Collection<UUID> ids, boolean toTheEnd, AffectedJobs found)
            throws SQLException {
        Set<UUID> all = new HashSet<>(ids);
        Set<UUID> edge = new HashSet<>(ids);
        boolean isFirst = true;
        while (!edge.isEmpty()) {
            Set<UUID> next = new HashSet<>();
            Set<UUID> withSuccessors = new HashSet<>();
            Set<UUID> from = edge;
            session.query(near, binder -> binder.ids(from), row -> {
                UUID parent = dialect.readId(row, 2);
                UUID id = dialect.readId(row, 1);
                if (id != null) {
                    found.exists(id);
                }
                if (parent != null) {
                    next.add(parent);
                }
                if (id != null && parent != null) {
                    found.parent(id, parent);
                }
                return id != null && row.getBoolean(3) && withSuccessors.add(id);
            });
            if (!withSuccessors.isEmpty() && (isFirst || toTheEnd)) {
                Set<UUID> successors = queries.successors(session, withSuccessors, found::successor);
                if (toTheEnd) {
                    next.addAll(successors);
                } else {
                    all.addAll(successors);
                }
            }
            next.removeAll(all);
            all.addAll(next);
            edge = next;
            isFirst = false;
        }
        return all;
    }

    /** The descendants of a job that are open or parents: those that a cancellation may concern. */
    Set<UUID> openBelow(Session session, UUID id) throws SQLException {
        return closure(id, edge -> queries.childrenToCancel(session, edge));
    }

    /**
     * A job, and its children and predecessors that have failed or were cancelled, with theirs: those that a retry by
     * hand may concern.
     */
    public Set<UUID> endedBelow(Session session, UUID id) throws SQLException {
        return closure(id, edge -> queries.endedBelow(session, edge));
    }

    private static Set<UUID> closure(UUID id, Generation next) throws SQLException {
        Set<UUID> all = new HashSet<>(Set.of(id));
        Set<UUID> edge = new HashSet<>(all);
        while (!edge.isEmpty()) {
            edge = new HashSet<>(next.from(edge));
            edge.removeAll(all);
            all.addAll(edge);
        }
        return all;
    }

    @FunctionalInterface
    private interface Generation {
        List<UUID> from(Set<UUID> ids) throws SQLException;
    }
}
