package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.ClaimFence;
import io.forthwith.store.rules.SettleRule;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Settles jobs of any kind in one transaction: it locks them, checks their claims, applies the settlements and
 * settles what follows. Immutable and thread-safe.
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

    public AnswerWithNotices<List<Settled>> settle(Database database, List<Settlement> settlements) {
        String what = "settle " + settlements.size() + (settlements.size() == 1 ? " job" : " jobs");
        return FamilyLocks.repeatedly(
                more -> database.transaction(what, session -> settle(session, settlements, more)));
    }

    /** The same within a transaction that has begun; a repetition rolls back to a savepoint. */
    AnswerWithNotices<List<Settled>> settleWithin(Session session, List<Settlement> settlements) throws SQLException {
        return FamilyLocks.repeatedlyWithin(session, more -> settle(session, settlements, more));
    }

    private AnswerWithNotices<List<Settled>> settle(Session session, List<Settlement> settlements, Set<UUID> more)
            throws SQLException {
        Set<UUID> ids = new HashSet<>();
        settlements.forEach(settlement -> ids.add(settlement.claim().jobId()));
        LockedJobs locked = locks.lock(session, ids, more);
        Map<Claim, Settled> answers = new LinkedHashMap<>();
        Map<Claim, Settlement.AwaitChildren> spawns = new LinkedHashMap<>();
        for (Settlement settlement : settlements) {
            Job job = locked.get(settlement.claim().jobId());
            Optional<Settled> refusal = ClaimFence.refusal(job, settlement.claim());
            if (job == null || refusal.isPresent()) {
                answers.put(settlement.claim(), refusal.orElse(Settled.LOST));
            } else {
                SettleRule.spawning(job, settlement).ifPresent(waiting -> spawns.put(waiting.claim(), waiting));
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
