package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
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
 * Takes jobs from dead workers, each worker in a transaction of its own.
 *
 * <p>The worker's row is locked first, and only if its lease has still lapsed; a claim locks that row as well, so the sweep,
 * a statement of its own, sees everything the worker ever claimed. Jobs with relatives are locked with those that may have to
 * follow them. After them, and never waiting, the others: what somebody has locked just now stays behind without a worker,
 * and the next round finds it.
 */
final class TakingOver {
    private static final String HAS_RELATIVES =
            "parent_id IS NOT NULL OR has_successors OR sealed IS NOT NULL OR on_predecessor_failure IS NOT NULL";

    private static final Logger LOG = LoggerFactory.getLogger(JdbcJobStore.class);

    private final Dialect dialect;
    private final Kin kin;
    private final RollCall rollCall;
    private final String stillDead;
    private final String held;
    private final String orphans;
    private final String forget;

    TakingOver(Dialect dialect, Kin kin) {
        this.dialect = dialect;
        this.kin = kin;
        this.rollCall = dialect.rollCall();
        this.stillDead =
                dialect.sql("SELECT id FROM {job_worker} WHERE id = ? AND lease_until <= {now} FOR UPDATE SKIP LOCKED");
        this.held = dialect.sql(
                "SELECT id, claim, " + HAS_RELATIVES + " FROM {job} WHERE worker_id = ? AND status = 'processing'");
        this.orphans = dialect.sql(dialect.orphans("id, claim, " + HAS_RELATIVES));
        this.forget = dialect.sql("DELETE FROM {job_worker} WHERE id = ?");
    }

    Moved<List<TakenOver>> takeOver(Database database, TakeOverRequest request) {
        List<TakenOver> taken = new ArrayList<>();
        List<Claim> toCancel = new ArrayList<>();
        boolean hasReleased = false;
        String what = RollCall.WHAT;
        List<Moved<List<TakenOver>>> rounds = new ArrayList<>();
        RollCall.Found found = rollCall.find(database);
        JobStoreException failed = null;
        for (UUID worker : found.lapsed()) {
            try {
                rounds.add(Kin.repeatedly(
                        more -> database.transaction(what, session -> takeFrom(session, worker, request, more))));
            } catch (JobStoreException thisOne) {
                // A family that somebody holds up does not hold up the jobs of other workers.
                LOG.warn("Worker {} is dead, but what it held cannot be taken over yet", worker, thisOne);
                failed = thisOne;
            }
        }
        if (found.hasOrphans()) {
            rounds.add(
                    Kin.repeatedly(more -> database.transaction(what, session -> takeOrphans(session, request, more))));
        }
        if (failed != null && rounds.stream().allMatch(round -> round.answer().isEmpty())) {
            throw failed;
        }
        for (Moved<List<TakenOver>> round : rounds) {
            taken.addAll(round.answer());
            toCancel.addAll(round.toCancel());
            hasReleased |= round.hasReleased();
        }
        return new Moved<>(taken, toCancel, hasReleased);
    }

    private Moved<List<TakenOver>> takeFrom(Session session, UUID worker, TakeOverRequest request, Set<UUID> more)
            throws SQLException {
        Optional<UUID> locked = session.first(stillDead, binder -> binder.id(worker), row -> dialect.readId(row, 1));
        if (locked.isEmpty()) {
            return Moved.quietly(List.of());
        }
        List<Held> jobs = session.query(held, binder -> binder.id(worker), this::held);
        Moved<List<TakenOver>> taken = take(session, jobs, worker, request, more);
        session.update(forget, binder -> binder.id(worker));
        return taken;
    }

    /** Nobody can claim under a worker that does not exist, and ids of workers are never used again. */
    private Moved<List<TakenOver>> takeOrphans(Session session, TakeOverRequest request, Set<UUID> more)
            throws SQLException {
        return take(session, session.query(orphans, Binder.NONE, this::held), null, request, more);
    }

    /** @param worker the one to take from; null for any */
    private Moved<List<TakenOver>> take(
            Session session, List<Held> jobs, @Nullable UUID worker, TakeOverRequest request, Set<UUID> more)
            throws SQLException {
        List<TakenOver> taken = new ArrayList<>();
        Moved<List<TakenOver>> moved = Moved.quietly(taken);
        Map<UUID, Long> relatives = claims(jobs, true);
        if (!relatives.isEmpty()) {
            Changes changes = kin.lock(session, relatives.keySet(), more);
            taken.addAll(take(changes, relatives, worker, request));
            changes.end();
            moved = changes.moved(taken);
        }
        Map<UUID, Long> singles = claims(jobs, false);
        if (!singles.isEmpty()) {
            Changes changes = kin.lockFree(session, singles.keySet());
            taken.addAll(take(changes, singles, worker, request));
            changes.end();
        }
        return moved;
    }

    /** Those that are still held as they were when they were found: an orphan may have been taken, and claimed anew, since. */
    private static List<TakenOver> take(
            Changes changes, Map<UUID, Long> claims, @Nullable UUID worker, TakeOverRequest request) {
        List<TakenOver> taken = new ArrayList<>();
        for (UUID id : IdOrder.sorted(claims.keySet())) {
            Job job = changes.get(id);
            if (job != null
                    && job.status() == JobStatus.PROCESSING
                    && Objects.equals(claims.get(id), job.claim())
                    && (worker == null || Objects.equals(worker, job.workerId()))) {
                taken.add(take(changes, job, request));
            }
        }
        return taken;
    }

    private static TakenOver take(Changes changes, Job job, TakeOverRequest request) {
        TakeOverRule.Verdict verdict = TakeOverRule.decide(job, request, ThreadLocalRandom.current(), changes.moves());
        verdict.failure().ifPresent(changes::remember);
        changes.cascade().move(verdict.taken(), request.locale());
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

    /** A job that a dead worker holds. */
    private record Held(UUID id, long claim, boolean hasRelatives) {}
}
