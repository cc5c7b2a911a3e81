package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs from dead workers, each worker in a transaction of its own. Immutable and thread-safe.
 *
 * <p>The transaction locks the row of the worker first, and only if its lease has lapsed. A claim locks the same row,
 * so a later statement of this transaction sees every job that the worker has claimed. Jobs with relatives are locked
 * together with the jobs that may change because of them. Then the other jobs are locked without waiting: a job that
 * another transaction has locked keeps a worker that does not exist, and the next look finds it.
 */
public final class TakeOverDeadWorkers {
    private static final String HAS_RELATIVES =
            "parent_id IS NOT NULL OR has_successors OR sealed IS NOT NULL OR on_predecessor_failure IS NOT NULL";

    private static final Logger LOG = LoggerFactory.getLogger(StoreLogger.NAME);

    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final DeadWorkerQuery deadWorkers;
    private final StatementText stillDead;
    private final StatementText held;
    private final StatementText orphans;
    private final StatementText forget;

    public TakeOverDeadWorkers(SqlDialect dialect, FamilyLocks locks, DeadWorkerQuery deadWorkers) {
        this.dialect = dialect;
        this.locks = locks;
        this.deadWorkers = deadWorkers;
        this.stillDead = dialect.sql(
                "SELECT id FROM {job_worker} WHERE id = ? AND lease_until <= {now} {for_update_skip_locked}");
        this.held = dialect.sql(
                "SELECT id, claim, " + HAS_RELATIVES + " FROM {job} WHERE worker_id = ? AND status = 'processing'");
        this.orphans = deadWorkers.orphansWith("id, claim, " + HAS_RELATIVES);
        this.forget = dialect.sql("DELETE FROM {job_worker} WHERE id = ?");
    }

    public AnswerWithNotices<List<TakenOver>> takeOver(Database database, TakeOverRequest request) {
        List<TakenOver> taken = new ArrayList<>();
        List<Claim> toCancel = new ArrayList<>();
        boolean hasReleased = false;
        String what = DeadWorkerQuery.WHAT;
        List<AnswerWithNotices<List<TakenOver>>> rounds = new ArrayList<>();
        DeadWorkerQuery.Found found = deadWorkers.find(database);
        JobStoreException failed = null;
        for (UUID worker : found.lapsed()) {
            try {
                rounds.add(FamilyLocks.repeatedly(
                        more -> database.transaction(what, session -> takeFrom(session, worker, request, more))));
            } catch (JobStoreException thisOne) {
                // A family that another transaction has locked does not stop the take-over of other jobs.
                LOG.warn("Worker {} is dead, but what it held cannot be taken over yet", worker, thisOne);
                failed = thisOne;
            }
        }
        if (found.hasOrphans()) {
            rounds.add(FamilyLocks.repeatedly(
                    more -> database.transaction(what, session -> takeOrphans(session, request, more))));
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
            Session session, UUID worker, TakeOverRequest request, Set<UUID> more) throws SQLException {
        Optional<UUID> locked = session.first(stillDead, binder -> binder.id(worker), row -> dialect.readId(row, 1));
        if (locked.isEmpty()) {
            return AnswerWithNotices.withoutNotices(List.of());
        }
        List<Held> jobs = session.query(held, binder -> binder.id(worker), this::held);
        AnswerWithNotices<List<TakenOver>> taken = take(session, jobs, worker, request, more);
        session.update(forget, binder -> binder.id(worker));
        return taken;
    }

    /** No worker can claim under an id that does not exist, and the ids of workers are never used again. */
    private AnswerWithNotices<List<TakenOver>> takeOrphans(Session session, TakeOverRequest request, Set<UUID> more)
            throws SQLException {
        return take(session, session.query(orphans, Binder.NONE, this::held), null, request, more);
    }

    /**
     * @param worker the one to take from; null for any
     */
    private AnswerWithNotices<List<TakenOver>> take(
            Session session, List<Held> jobs, @Nullable UUID worker, TakeOverRequest request, Set<UUID> more)
            throws SQLException {
        List<TakenOver> taken = new ArrayList<>();
        AnswerWithNotices<List<TakenOver>> moved = AnswerWithNotices.withoutNotices(taken);
        Map<UUID, Long> relatives = claims(jobs, true);
        if (!relatives.isEmpty()) {
            LockedJobs locked = locks.lock(session, relatives.keySet(), more);
            taken.addAll(take(locked, relatives, worker, request));
            locked.end();
            moved = locked.committed(taken);
        }
        Map<UUID, Long> singles = claims(jobs, false);
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
            LockedJobs locked, Map<UUID, Long> claims, @Nullable UUID worker, TakeOverRequest request) {
        List<TakenOver> taken = new ArrayList<>();
        for (UUID id : IdOrder.sorted(claims.keySet())) {
            Job job = locked.get(id);
            if (job != null
                    && job.status() == JobStatus.PROCESSING
                    && Objects.equals(claims.get(id), job.claim())
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

    private static Map<UUID, Long> claims(Collection<Held> jobs, boolean withRelatives) {
        return jobs.stream()
                .filter(job -> job.hasRelatives == withRelatives)
                .collect(Collectors.toMap(Held::id, Held::claim));
    }

    private @Nullable Held held(ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        return id == null ? null : new Held(id, row.getLong(2), row.getBoolean(3));
    }

    /** A job of a dead worker. */
    private record Held(UUID id, long claim, boolean hasRelatives) {}
}
