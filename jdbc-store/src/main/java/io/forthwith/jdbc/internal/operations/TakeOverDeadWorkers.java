package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedAndBusyJobs;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.rows.WorkerRows;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.LockPolling;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import io.forthwith.store.Claim;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.rules.TakeOverRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes jobs from dead workers, each worker in a transaction of its own. Immutable and thread-safe.
 *
 * <p>The transaction locks the row of the worker first, and only if its lease has lapsed, so that a heartbeat cannot revive it meanwhile. Jobs with
 * relatives are locked together with the jobs that may change because of them; then the other jobs. A job keeps a worker that does not exist if another
 * transaction has locked what it needs, or if a claim of that worker commits later. The next look finds it. (Claims of libraries before schema 9 lock the
 * row of their worker, which is left alone until they end.)
 */
public final class TakeOverDeadWorkers {
    private static final String HAS_RELATIVES =
            "parent_id IS NOT NULL OR has_successors OR sealed IS NOT NULL OR on_predecessor_failure IS NOT NULL"
                    // Its failure cancels others.
                    + " OR coalesce(sequence_failure, '-') = 'cancel_rest'";

    private static final StoreLogger LOG = StoreLogger.INSTANCE;

    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final DeadWorkerQuery deadWorkers;
    private final StatementText stillDead;
    private final StatementText held;
    private final StatementText orphans;
    private final StatementText forget;
    private final StatementText forgetTypes;

    public TakeOverDeadWorkers(SqlDialect dialect, FamilyLocks locks, DeadWorkerQuery deadWorkers) {
        this.dialect = dialect;
        this.locks = locks;
        this.deadWorkers = deadWorkers;
        this.stillDead = dialect.sql(
                "SELECT id FROM {job_worker} WHERE id = ? AND lease_until <= {now} {for_update_skip_locked}");
        this.held = dialect.sql("SELECT id, claim, started_at, " + HAS_RELATIVES
                + " FROM {job} WHERE worker_id = ? AND status = 'processing'");
        this.orphans = deadWorkers.orphansWith("id, claim, started_at, " + HAS_RELATIVES);
        this.forget = dialect.sql("DELETE FROM {job_worker} WHERE id = ?");
        this.forgetTypes = dialect.sql(WorkerRows.DELETION_OF_TYPES);
    }

    /** From all dead workers. */
    public AnswerWithNotices<List<TakenOver>> takeOver(Database database, TakeOverRequest request) {
        return takeFrom(database, deadWorkers.find(database), request);
    }

    /** Only from workers whose process has ended. */
    public AnswerWithNotices<List<TakenOver>> takeOverEnded(Database database, TakeOverRequest request) {
        return takeFrom(database, deadWorkers.findEnded(database), request);
    }

    private AnswerWithNotices<List<TakenOver>> takeFrom(
            Database database, DeadWorkerQuery.Found found, TakeOverRequest request) {
        List<TakenOver> taken = new ArrayList<>();
        List<Claim> toCancel = new ArrayList<>();
        boolean hasReleased = false;
        List<AnswerWithNotices<List<TakenOver>>> rounds = new ArrayList<>();
        JobStoreException failed = null;
        for (UUID worker : found.lapsed()) {
            try {
                rounds.add(LockPolling.of(
                        database.lockWait(),
                        () -> takeFrom(database, worker, request, locks::lockUnlessAnyIsBusy),
                        () -> takeFrom(database, worker, request, locks::lockUnlessBusy)));
            } catch (LocksHeldException unknown) {
                rounds.add(takeFrom(database, worker, request, this::leaveAll));
            } catch (JobStoreException thisOne) {
                // A family that another transaction has locked does not stop the take-over of other jobs.
                LOG.warn("Worker {} is dead, but what it held cannot be taken over yet", worker, thisOne);
                failed = thisOne;
            }
        }
        if (found.hasOrphans()) {
            rounds.addAll(takeOrphans(database, request));
        }
        if (failed != null && rounds.stream().allMatch(round -> round.answer().isEmpty())) {
            throw failed;
        }
        for (AnswerWithNotices<List<TakenOver>> round : rounds) {
            taken.addAll(round.answer());
            toCancel.addAll(round.toCancel());
            hasReleased |= round.hasReleased();
        }
        return new AnswerWithNotices<>(taken, toCancel, hasReleased);
    }

    private AnswerWithNotices<List<TakenOver>> takeFrom(
            Database database, UUID worker, TakeOverRequest request, FamilyLocks.Way way) {
        return FamilyLocks.repeatedly(more -> database.transaction(DeadWorkerQuery.WHAT, session -> {
            Optional<UUID> locked =
                    session.first(stillDead, binder -> binder.id(worker), row -> dialect.readId(row, 1));
            if (locked.isEmpty()) {
                return AnswerWithNotices.withoutNotices(List.of());
            }
            List<Held> jobs = session.query(held, binder -> binder.id(worker), this::held);
            AnswerWithNotices<List<TakenOver>> taken = take(session, jobs, worker, request, more, way);
            session.update(forget, binder -> binder.id(worker));
            session.update(forgetTypes, binder -> binder.id(worker));
            return taken;
        }));
    }

    /** The ids of workers are never used again. What an open claim of such a worker commits later, the next look takes. */
    private List<AnswerWithNotices<List<TakenOver>>> takeOrphans(Database database, TakeOverRequest request) {
        try {
            return List.of(takeOrphans(database, orphan -> true, request, locks::lockUnlessBusy));
        } catch (LocksHeldException unknown) {
            // One by one: what one of them needs is locked.
            List<AnswerWithNotices<List<TakenOver>>> each = new ArrayList<>();
            each.add(takeOrphans(database, orphan -> !orphan.hasRelatives, request, locks::lockUnlessBusy));
            for (Held job :
                    database.read(DeadWorkerQuery.WHAT, session -> session.query(orphans, Binder.NONE, this::held))) {
                if (job.hasRelatives) {
                    each.add(takeOrphan(database, job, request));
                }
            }
            return each;
        }
    }

    private AnswerWithNotices<List<TakenOver>> takeOrphan(Database database, Held job, TakeOverRequest request) {
        try {
            return takeOrphans(database, job::equals, request, locks::lockUnlessBusy);
        } catch (LocksHeldException others) {
            return AnswerWithNotices.withoutNotices(List.of());
        }
    }

    private AnswerWithNotices<List<TakenOver>> takeOrphans(
            Database database, Predicate<Held> which, TakeOverRequest request, FamilyLocks.Way way) {
        return FamilyLocks.repeatedly(more -> database.transaction(
                DeadWorkerQuery.WHAT,
                session -> take(
                        session,
                        session.query(orphans, Binder.NONE, this::held).stream()
                                .filter(which)
                                .toList(),
                        null,
                        request,
                        more,
                        way)));
    }

    /** Locks none of them. */
    private LockedAndBusyJobs leaveAll(Session session, Collection<UUID> ids, Collection<UUID> more)
            throws SQLException {
        return new LockedAndBusyJobs(locks.lockFree(session, Set.of()), Set.copyOf(ids));
    }

    /**
     * @param worker the one to take from; null for any
     * @param way locks jobs with relatives
     */
    private AnswerWithNotices<List<TakenOver>> take(
            Session session,
            List<Held> jobs,
            @Nullable UUID worker,
            TakeOverRequest request,
            Set<UUID> more,
            FamilyLocks.Way way)
            throws SQLException {
        List<TakenOver> taken = new ArrayList<>();
        AnswerWithNotices<List<TakenOver>> moved = AnswerWithNotices.withoutNotices(taken);
        Map<UUID, Held> relatives = byId(jobs, true);
        if (!relatives.isEmpty()) {
            LockedAndBusyJobs free = way.lock(session, relatives.keySet(), more);
            LockedJobs locked = free.locked();
            relatives.keySet().removeAll(free.busy());
            taken.addAll(take(locked, relatives, worker, request));
            locked.end();
            moved = locked.committed(taken);
        }
        Map<UUID, Held> singles = byId(jobs, false);
        if (!singles.isEmpty()) {
            LockedJobs locked = locks.lockFree(session, singles.keySet());
            taken.addAll(take(locked, singles, worker, request));
            locked.end();
        }
        return moved;
    }

    /**
     * Takes those that are still claimed as they were when they were found: another transaction may have taken one
     * meanwhile, and a worker may have claimed it again.
     */
    private static List<TakenOver> take(
            LockedJobs locked, Map<UUID, Held> jobs, @Nullable UUID worker, TakeOverRequest request) {
        List<TakenOver> taken = new ArrayList<>();
        for (UUID id : IdOrder.sorted(jobs.keySet())) {
            Job job = locked.get(id);
            Held found = jobs.get(id);
            if (job != null
                    && found != null
                    && job.status() == JobStatus.PROCESSING
                    && found.claim == job.claim()
                    && Objects.equals(found.startedAt, job.startedAt())
                    && (worker == null || Objects.equals(worker, job.workerId()))) {
                taken.add(take(locked, job, request));
            }
        }
        return taken;
    }

    private static TakenOver take(LockedJobs locked, Job job, TakeOverRequest request) {
        TakeOverRule.Verdict verdict =
                TakeOverRule.decide(job, request, ThreadLocalRandom.current(), locked.transitions());
        verdict.failure().ifPresent(locked::remember);
        locked.cascade().move(verdict.taken(), request.locale());
        return verdict.answer();
    }

    private static Map<UUID, Held> byId(Collection<Held> jobs, boolean withRelatives) {
        return jobs.stream()
                .filter(job -> job.hasRelatives == withRelatives)
                .collect(Collectors.toMap(Held::id, Function.identity()));
    }

    private @Nullable Held held(ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        return id == null ? null : new Held(id, row.getLong(2), dialect.timeOrNull(row, 3), row.getBoolean(4));
    }

    /** A job of a dead worker. A row that was changed by hand may have no start. */
    private record Held(UUID id, long claim, @Nullable Instant startedAt, boolean hasRelatives) {}
}
