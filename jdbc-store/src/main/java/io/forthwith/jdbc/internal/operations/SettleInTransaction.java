package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.adding.AddSpawnedJobs;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedAndBusyJobs;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LockPolling;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.ClaimFence;
import io.forthwith.store.rules.SettleRule;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Settles jobs of any kind in one transaction: it locks them, checks their claims, applies the settlements and
 * settles what follows. Immutable and thread-safe.
 *
 * <p>If another transaction keeps rows locked, a second transaction locks only what is free, and answers the
 * settlements that need more as busy. If it does not find out which those are, the settlements are divided, until the
 * one that needs what is locked is alone.
 */
public final class SettleInTransaction {
    private final FamilyLocks locks;
    private final AddSpawnedJobs addSpawnedJobs;
    private final SqlDialect dialect;
    private final StatementText haveSteps;

    SettleInTransaction(SqlDialect dialect, FamilyLocks locks, JobInserts inserts) {
        this.dialect = dialect;
        this.haveSteps = dialect.sql("SELECT DISTINCT job_id FROM {job_step} WHERE {among job_id}");
        this.locks = locks;
        this.addSpawnedJobs = new AddSpawnedJobs(dialect, locks, inserts);
    }

    /**
     * Settles them.
     *
     * @param database with a {@linkplain Database#withLockWait limited} lock wait
     */
    public AnswerWithNotices<List<Settled>> settle(Database database, List<Settlement> settlements) {
        if (!dialect.limitsLockWaits()) {
            return LockPolling.of(
                    database.lockWait(),
                    () -> inOne(database, settlements, locks::lockUnlessAnyIsBusy),
                    () -> settleFree(database, settlements));
        }
        try {
            return inOne(database, settlements, this::lockAndWait);
        } catch (LocksHeldException waited) {
            return settleFree(database, settlements);
        }
    }

    /** The same without waiting for locks. */
    public AnswerWithNotices<List<Settled>> settleFree(Database database, List<Settlement> settlements) {
        try {
            return inOne(database, settlements, locks::lockUnlessBusy);
        } catch (LocksHeldException unknown) {
            return settlements.size() == 1
                    ? AnswerWithNotices.withoutNotices(List.of(Settled.BUSY))
                    : halves(database, settlements);
        }
    }

    private AnswerWithNotices<List<Settled>> halves(Database database, List<Settlement> settlements) {
        int half = settlements.size() / 2;
        AnswerWithNotices<List<Settled>> first = settleFree(database, settlements.subList(0, half));
        AnswerWithNotices<List<Settled>> second = afterOthers(
                what(settlements), half, () -> settleFree(database, settlements.subList(half, settlements.size())));
        List<Settled> all = new ArrayList<>(first.answer());
        all.addAll(second.answer());
        return first.and(second, all);
    }

    static String what(List<Settlement> settlements) {
        return "settle " + settlements.size() + (settlements.size() == 1 ? " job" : " jobs");
    }

    /**
     * Runs another transaction of a call. Earlier ones are committed: a failure now must not say "nothing was changed".
     *
     * @param settled how many settlements the earlier ones have written
     */
    public static <T> T afterOthers(String what, int settled, Supplier<T> next) {
        try {
            return next.get();
        } catch (JobStoreException failed) {
            if (settled > 0 && failed.kind() == JobStoreException.Kind.TRANSIENT) {
                throw new JobStoreException(
                        JobStoreException.Kind.UNKNOWN_OUTCOME,
                        "Could not " + what + ": " + settled + " of them are settled; repeat the call for the rest",
                        failed);
            }
            throw failed;
        }
    }

    private AnswerWithNotices<List<Settled>> inOne(
            Database database, List<Settlement> settlements, FamilyLocks.Way way) {
        return FamilyLocks.repeatedly(
                more -> database.transaction(what(settlements), session -> settle(session, settlements, more, way)));
    }

    private LockedAndBusyJobs lockAndWait(Session session, Collection<UUID> ids, Collection<UUID> more)
            throws SQLException {
        return new LockedAndBusyJobs(locks.lock(session, ids, more), Set.of());
    }

    /** The same within a transaction that has begun; a repetition rolls back to a savepoint. Waits for locks. */
    AnswerWithNotices<List<Settled>> settleWithin(Session session, List<Settlement> settlements) throws SQLException {
        return FamilyLocks.repeatedlyWithin(session, more -> settle(session, settlements, more, this::lockAndWait));
    }

    private AnswerWithNotices<List<Settled>> settle(
            Session session, List<Settlement> settlements, Set<UUID> more, FamilyLocks.Way way) throws SQLException {
        Set<UUID> ids = new HashSet<>();
        settlements.forEach(settlement -> ids.add(settlement.claim().jobId()));
        LockedAndBusyJobs free = way.lock(session, ids, more);
        LockedJobs locked = free.locked();
        Map<Claim, Settled> answers = refusals(free, settlements);
        if (answers.values().stream().anyMatch(refusal -> refusal != Settled.BUSY)) {
            dialect.awaitReplicas(session);
        }
        Map<Claim, Settlement.AwaitChildren> spawns = new LinkedHashMap<>();
        for (Settlement settlement : settlements) {
            if (!answers.containsKey(settlement.claim())) {
                SettleRule.spawning(held(locked, settlement), settlement)
                        .ifPresent(waiting -> spawns.put(waiting.claim(), waiting));
            }
        }
        Set<UUID> withSteps = withSteps(session, settlements);
        addSpawnedJobs.conflicts(locked, spawns.values()).forEach(claim -> answers.put(claim, Settled.CONFLICT));
        for (Settlement settlement : settlements) {
            if (!answers.containsKey(settlement.claim())) {
                answers.put(settlement.claim(), apply(locked, settlement, withSteps));
            }
        }
        locked.end();
        return locked.committed(settlements.stream()
                .map(settlement -> answers.getOrDefault(settlement.claim(), Settled.LOST))
                .toList());
    }

    /** The answers to those that cannot be applied. */
    private static Map<Claim, Settled> refusals(LockedAndBusyJobs free, List<Settlement> settlements) {
        Map<Claim, Settled> refusals = new HashMap<>();
        for (Settlement settlement : settlements) {
            Claim claim = settlement.claim();
            if (free.busy().contains(claim.jobId())) {
                refusals.put(claim, Settled.BUSY);
            } else {
                ClaimFence.refusal(free.locked().get(claim.jobId()), claim)
                        .ifPresent(refusal -> refusals.put(claim, refusal));
            }
        }
        return refusals;
    }

    /** The job of a settlement that is not refused. */
    private static Job held(LockedJobs locked, Settlement settlement) {
        return Objects.requireNonNull(locked.get(settlement.claim().jobId()));
    }

    /** Those of the jobs to be deleted that have durable steps. */
    private Set<UUID> withSteps(Session session, List<Settlement> settlements) throws SQLException {
        List<UUID> toDelete = settlements.stream()
                .filter(SettleRule::asksToDelete)
                .map(settlement -> settlement.claim().jobId())
                .toList();
        return toDelete.isEmpty()
                ? Set.of()
                : new HashSet<>(
                        session.query(haveSteps, binder -> binder.among(toDelete), row -> dialect.readId(row, 1)));
    }

    private static Settled apply(LockedJobs locked, Settlement settlement, Set<UUID> withSteps) {
        Job job = locked.get(settlement.claim().jobId());
        if (job == null) {
            return Settled.LOST;
        }
        SettleRule.Verdict verdict =
                SettleRule.decide(job, settlement, () -> withSteps.contains(job.id()), locked.transitions());
        if (verdict instanceof SettleRule.Move move) {
            move.failure().ifPresent(locked::remember);
            locked.cascade().move(move.moved(), settlement.locale());
        } else {
            locked.delete(job);
        }
        return verdict.answer();
    }
}
