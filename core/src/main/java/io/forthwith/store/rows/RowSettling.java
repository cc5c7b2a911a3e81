package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.rules.ClaimFence;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.SettleRule;
import io.forthwith.store.rules.TakeOverRule;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Ends attempts within a transaction: settlements of workers, and take-overs from dead workers. */
final class RowSettling {
    private final RowTransaction moves;
    private final JobRowAccess rows;
    private final JobMoves transitions;

    RowSettling(RowTransaction moves) {
        this.moves = moves;
        this.rows = moves.rows();
        this.transitions = moves.transitions();
    }

    Settled settle(Settlement settlement) {
        Job job = rows.get(settlement.claim().jobId());
        Optional<Settled> refusal = ClaimFence.refusal(job, settlement.claim());
        if (job == null || refusal.isPresent()) {
            return refusal.orElse(Settled.LOST);
        }
        Optional<Settlement.AwaitChildren> spawning = SettleRule.spawning(job, settlement);
        if (spawning.isPresent()
                && !new RowAdding(moves).spawn(job.id(), spawning.get().spawn().jobs())) {
            return Settled.CONFLICT;
        }
        SettleRule.Verdict verdict =
                SettleRule.decide(job, settlement, () -> !rows.steps(job.id()).isEmpty(), transitions);
        if (verdict instanceof SettleRule.Move move) {
            move.failure().ifPresent(rows::put);
            moves.move(move.moved(), settlement.locale());
        } else {
            moves.delete(job);
        }
        return verdict.answer();
    }

    /** Takes the jobs of a worker and forgets it, unless its lease is good. */
    List<TakenOver> takeOver(UUID worker, TakeOverRequest request, RandomGenerator random) {
        RegisteredWorker state = rows.worker(worker);
        if (state != null && state.leaseEndsAt().isAfter(transitions.now())) {
            return List.of();
        }
        List<Job> jobs = rows.heldBy(worker).toList();
        rows.removeWorker(worker);
        return jobs.stream().map(job -> takeOver(job, request, random)).toList();
    }

    private TakenOver takeOver(Job job, TakeOverRequest request, RandomGenerator random) {
        TakeOverRule.Verdict verdict = TakeOverRule.decide(job, request, random, transitions);
        verdict.failure().ifPresent(rows::put);
        moves.move(verdict.taken(), request.locale());
        return verdict.answer();
    }

    void report(ProgressReport report) {
        Job job = rows.get(report.claim().jobId());
        if (job != null && ClaimFence.refusal(job, report.claim()).isEmpty()) {
            moves.progress(transitions.report(job, report.progress()));
        }
    }
}
