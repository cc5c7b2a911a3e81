package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.rules.ClaimFence;
import io.forthwith.store.rules.SettleRule;
import io.forthwith.store.rules.TakeOverRule;
import io.forthwith.store.rules.Transitions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Moves jobs that are processing, within an atomic step: as their worker says, or because that is dead. */
final class RowSettling {
    private final RowTransaction step;
    private final JobRows rows;
    private final Transitions moves;

    RowSettling(RowTransaction step) {
        this.step = step;
        this.rows = step.rows();
        this.moves = step.moves();
    }

    Settled settle(Settlement settlement) {
        Job job = rows.get(settlement.claim().jobId());
        Optional<Settled> refusal = ClaimFence.refusal(job, settlement.claim());
        if (job == null || refusal.isPresent()) {
            return refusal.orElse(Settled.LOST);
        }
        Optional<Settlement.AwaitChildren> spawning = SettleRule.spawning(job, settlement);
        if (spawning.isPresent()
                && !new RowAdding(step).spawn(job.id(), spawning.get().spawn().jobs())) {
            return Settled.CONFLICT;
        }
        SettleRule.Verdict verdict =
                SettleRule.decide(job, settlement, () -> !rows.steps(job.id()).isEmpty(), moves);
        if (verdict instanceof SettleRule.Move move) {
            move.failure().ifPresent(rows::put);
            step.move(move.moved(), settlement.locale());
        } else {
            rows.delete(job.id());
        }
        return verdict.answer();
    }

    /** Takes the jobs of all workers whose lease has lapsed, or that do not exist, and forgets those workers. */
    List<TakenOver> takeOver(TakeOverRequest request, RandomGenerator random) {
        Map<UUID, Instant> leases = rows.leases();
        leases.values().removeIf(until -> !until.isAfter(moves.now()));
        List<Job> orphans = rows.running()
                .filter(job -> job.workerId() == null || !leases.containsKey(job.workerId()))
                .toList();
        return orphans.stream().map(job -> takeOver(job, request, random)).toList();
    }

    private TakenOver takeOver(Job job, TakeOverRequest request, RandomGenerator random) {
        TakeOverRule.Verdict verdict = TakeOverRule.decide(job, request, random, moves);
        verdict.failure().ifPresent(rows::put);
        step.move(verdict.taken(), request.locale());
        return verdict.answer();
    }

    void report(ProgressReport report) {
        Job job = rows.get(report.claim().jobId());
        if (job != null && ClaimFence.refusal(job, report.claim()).isEmpty()) {
            step.progress(moves.report(job, report.progress()));
        }
    }
}
