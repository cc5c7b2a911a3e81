package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.rules.Families;
import io.forthwith.store.rules.Transitions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Moves jobs that are processing, within a transaction: as their worker says, or because the worker is dead. */
final class RowSettling {
    private final RowTransaction moves;
    private final JobRows rows;
    private final Transitions transitions;

    RowSettling(RowTransaction moves) {
        this.moves = moves;
        this.rows = moves.rows();
        this.transitions = moves.transitions();
    }

    /**
     * Checks the jobs that a settlement adds, before anything is changed.
     *
     * @throws IllegalArgumentException if they contradict themselves
     */
    static void check(Settlement settlement) {
        if (settlement instanceof Settlement.AwaitChildren waiting) {
            Families.ofSpawned(waiting.claim().jobId(), waiting.spawn().jobs());
        }
    }

    Settled settle(Settlement settlement) {
        Job job = rows.get(settlement.claim().jobId());
        Optional<Settled> refusal = Transitions.refusal(job, settlement.claim());
        if (job == null || refusal.isPresent()) {
            return refusal.orElse(Settled.LOST);
        }
        if (settlement instanceof Settlement.AwaitChildren waiting
                && job.cancelRequestedAt() == null
                && !new RowAdding(moves).spawn(job.id(), waiting.spawn().jobs())) {
            return Settled.CONFLICT;
        }
        // Steps are read only for the few jobs that are to be deleted.
        if (settlement instanceof Settlement.Complete complete
                && complete.isToDelete()
                && complete.deletes(job, !rows.steps(job.id()).isEmpty())) {
            rows.delete(job.id());
            return Settled.APPLIED;
        }
        transitions.failure(job, settlement).ifPresent(rows::put);
        moves.move(transitions.settle(job, settlement), settlement.locale());
        return job.cancelRequestedAt() != null ? Settled.CANCELLED : Settled.APPLIED;
    }

    /** Takes the jobs of a worker and forgets it, unless its lease is good. */
    List<TakenOver> takeOver(UUID worker, TakeOverRequest request, RandomGenerator random) {
        Instant lease = rows.lease(worker);
        if (lease != null && lease.isAfter(transitions.now())) {
            return List.of();
        }
        List<Job> jobs = rows.heldBy(worker).toList();
        rows.removeLease(worker);
        return jobs.stream().map(job -> takeOver(job, request, random)).toList();
    }

    private TakenOver takeOver(Job job, TakeOverRequest request, RandomGenerator random) {
        long micros = request.maxDelay().toNanos() / 1_000;
        Job taken = transitions.takeOver(job, request, Duration.of(random.nextLong(micros + 1), ChronoUnit.MICROS));
        if (taken.status() == JobStatus.FAILED) {
            rows.put(transitions.failure(job, Transitions.workerLost(taken, request)));
        }
        moves.move(taken, request.locale());
        return new TakenOver(job.id(), taken.status(), job.workerId());
    }

    void report(ProgressReport report) {
        Job job = rows.get(report.claim().jobId());
        if (job != null && Transitions.refusal(job, report.claim()).isEmpty()) {
            moves.progress(transitions.report(job, report.progress()));
        }
    }
}
