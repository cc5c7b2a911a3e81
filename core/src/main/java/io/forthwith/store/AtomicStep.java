package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * One atomic step of the in-memory store, at one moment: it moves jobs, and at its end settles the parents of all that have
 * ended in it, each once, as their children then stand.
 */
final class AtomicStep {
    private final JobTable jobs;
    private final Map<UUID, List<JobFailure>> failures;
    private final StepTable steps;
    private final JobMoves moves;
    /** Parents that may have to move, with the language of the move that touched them first. */
    private final Map<UUID, Locale> touched = new LinkedHashMap<>();

    AtomicStep(JobTable jobs, Map<UUID, List<JobFailure>> failures, StepTable steps, Instant now) {
        this.jobs = jobs;
        this.failures = failures;
        this.steps = steps;
        this.moves = new JobMoves(now);
    }

    Instant now() {
        return moves.now();
    }

    JobMoves moves() {
        return moves;
    }

    Settled settle(Settlement settlement) {
        Job job = jobs.get(settlement.claim().jobId());
        Optional<Settled> refusal = JobMoves.refusal(job, settlement.claim());
        if (job == null || refusal.isPresent()) {
            return refusal.orElse(Settled.LOST);
        }
        moves.failure(job, settlement).ifPresent(this::remember);
        put(moves.settle(job, settlement), settlement.locale());
        return job.cancelRequestedAt() != null ? Settled.CANCELLED : Settled.APPLIED;
    }

    TakenOver takeOver(Job job, TakeOverRequest request, RandomGenerator random) {
        long micros = request.maxDelay().toNanos() / 1_000;
        Job taken = moves.takeOver(job, request, Duration.of(random.nextLong(micros + 1), ChronoUnit.MICROS));
        if (taken.status() == JobStatus.FAILED) {
            remember(moves.failure(job, JobMoves.workerLost(taken, request)));
        }
        put(taken, request.locale());
        return new TakenOver(job.id(), taken.status(), job.workerId());
    }

    /** Stores a job that has moved, with the job that undoes its steps, and notes the parent that may have to follow. */
    void put(Job moved, Locale locale) {
        moves.undo(jobs.get(moved.id()), moved).ifPresent(undo -> {
            jobs.put(undo);
            steps.change(moved.id(), step -> JobMoves.handOver(step, undo.id()));
        });
        jobs.put(moved);
        if (moved.status() == JobStatus.WAITING) {
            touched.putIfAbsent(moved.id(), locale);
        } else if (moved.status().isFinal() && moved.parentId() != null) {
            touched.putIfAbsent(moved.parentId(), locale);
        }
    }

    /** Settles the waiting parents of what has ended, then theirs, until none is left. */
    void settleParents() {
        while (!touched.isEmpty()) {
            // The deepest first, so that each parent is decided once, when all below it has been.
            UUID id = touched.keySet().stream()
                    .max(Comparator.comparingInt(this::depth))
                    .orElseThrow();
            settleParent(id, touched.getOrDefault(id, Locale.ENGLISH));
            touched.remove(id);
        }
    }

    private void settleParent(UUID id, Locale locale) {
        Job parent = jobs.get(id);
        if (parent != null && parent.status() == JobStatus.WAITING) {
            put(moves.settleParent(parent, ParentRule.decide(parent, jobs.childrenOf(id), locale)), locale);
        }
    }

    private int depth(UUID id) {
        Job job = jobs.get(id);
        return job == null || job.parentId() == null ? 0 : 1 + depth(job.parentId());
    }

    private void remember(JobFailure failure) {
        failures.computeIfAbsent(failure.jobId(), id -> new ArrayList<>()).add(failure);
    }
}
