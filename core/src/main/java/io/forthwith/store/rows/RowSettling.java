package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.Transitions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

    /**
     * Checks what a settlement brings, before anything is changed.
     *
     * @throws IllegalArgumentException if it makes no sense
     */
    static void check(Settlement settlement) {
        if (settlement instanceof Settlement.AwaitChildren waiting) {
            NewFamilies.ofSpawned(waiting.claim().jobId(), waiting.spawn().jobs());
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
                && !new RowAdding(step).spawn(job.id(), waiting.spawn().jobs())) {
            return Settled.CONFLICT;
        }
        // Few are to be deleted, so the steps of most are not read.
        if (settlement instanceof Settlement.Complete complete
                && complete.isToDelete()
                && complete.deletes(job, !rows.steps(job.id()).isEmpty())) {
            rows.delete(job.id());
            return Settled.APPLIED;
        }
        moves.failure(job, settlement).ifPresent(rows::put);
        step.move(moves.settle(job, settlement), settlement.locale());
        return job.cancelRequestedAt() != null ? Settled.CANCELLED : Settled.APPLIED;
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
        long micros = request.maxDelay().toNanos() / 1_000;
        Job taken = moves.takeOver(job, request, Duration.of(random.nextLong(micros + 1), ChronoUnit.MICROS));
        if (taken.status() == JobStatus.FAILED) {
            rows.put(moves.failure(job, Transitions.workerLost(taken, request)));
        }
        step.move(taken, request.locale());
        return new TakenOver(job.id(), taken.status(), job.workerId());
    }

    void report(ProgressReport report) {
        Job job = rows.get(report.claim().jobId());
        if (job != null && Transitions.refusal(job, report.claim()).isEmpty()) {
            step.progress(moves.report(job, report.progress()));
        }
    }
}
