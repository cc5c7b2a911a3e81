package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One atomic step of the in-memory store, at one moment: it moves jobs, and at its end all that have to follow, each once, as
 * those they wait for then stand.
 */
final class AtomicStep extends RowsInMemory {
    private final JobTable jobs;
    private final Map<UUID, List<JobFailure>> failures;
    private final StepTable steps;
    private final JobMoves moves;
    private final Cascade cascade;
    private final List<Claim> toCancel = new ArrayList<>();
    private boolean hasSpawned;

    AtomicStep(JobTable jobs, Map<UUID, List<JobFailure>> failures, StepTable steps, Instant now) {
        this.jobs = jobs;
        this.failures = failures;
        this.steps = steps;
        this.moves = new JobMoves(now);
        this.cascade = new Cascade(moves, this);
    }

    Instant now() {
        return moves.now();
    }

    JobMoves moves() {
        return moves;
    }

    Cascade cascade() {
        return cascade;
    }

    /** Adds jobs that are new, or whose parents have to be looked at since they were there already. */
    void add(List<EncodedJob> newJobs, Families families) {
        Map<UUID, Integer> last = new HashMap<>();
        for (EncodedJob encoded : newJobs) {
            UUID parent = encoded.job().parentId();
            if (parent != null) {
                last.computeIfAbsent(parent, jobs::lastPlace);
            }
        }
        List<Job> added = new ArrayList<>();
        for (EncodedJob encoded : newJobs) {
            UUID parent = encoded.job().parentId();
            Job job = moves.add(encoded, families, parent == null ? 0 : last.getOrDefault(parent, 0));
            jobs.put(job);
            added.add(job);
            if (!encoded.job().predecessors().isEmpty()) {
                jobs.comesAfter(job.id(), encoded.job().predecessors());
            }
        }
        for (EncodedJob encoded : newJobs) {
            for (UUID predecessor : encoded.job().predecessors()) {
                jobs.put(moves.withSuccessors(jobs.require(predecessor)));
            }
        }
        added.stream()
                .filter(job -> job.status() == JobStatus.WAITING)
                .forEach(job -> cascade.look(job.id(), Locale.ENGLISH));
    }

    Settled settle(Settlement settlement) {
        Job job = jobs.get(settlement.claim().jobId());
        Optional<Settled> refusal = JobMoves.refusal(job, settlement.claim());
        if (job == null || refusal.isPresent()) {
            return refusal.orElse(Settled.LOST);
        }
        if (settlement instanceof Settlement.AwaitChildren waiting && job.cancelRequestedAt() == null) {
            List<EncodedJob> spawned = waiting.spawn().jobs();
            if (takenBy(spawned).isPresent()) {
                return Settled.CONFLICT;
            }
            add(spawned, spawned(settlement));
            hasSpawned = true;
        }
        if (settlement instanceof Settlement.Complete complete
                && complete.deletes(job, !steps.of(job.id()).isEmpty())) {
            delete(job);
            return Settled.APPLIED;
        }
        moves.failure(job, settlement).ifPresent(this::remember);
        cascade.move(moves.settle(job, settlement), settlement.locale());
        return job.cancelRequestedAt() != null ? Settled.CANCELLED : Settled.APPLIED;
    }

    /**
     * The families that a settlement brings.
     *
     * @throws IllegalArgumentException if they make no sense
     */
    static Families spawned(Settlement settlement) {
        List<EncodedJob> jobs = settlement instanceof Settlement.AwaitChildren waiting
                ? waiting.spawn().jobs()
                : List.of();
        return Families.ofSpawned(settlement.claim().jobId(), jobs);
    }

    /** The job that has the id or the unique key of one that is spawned, itself among those perhaps. */
    private Optional<UUID> takenBy(List<EncodedJob> spawned) {
        Optional<UUID> known = spawned.stream()
                .map(each -> each.job().id())
                .filter(jobs::contains)
                .findFirst();
        return known.isPresent() ? known : jobs.takenKey(spawned);
    }

    TakenOver takeOver(Job job, TakeOverRequest request, RandomGenerator random) {
        long micros = request.maxDelay().toNanos() / 1_000;
        Job taken = moves.takeOver(job, request, Duration.of(random.nextLong(micros + 1), ChronoUnit.MICROS));
        if (taken.status() == JobStatus.FAILED) {
            remember(moves.failure(job, JobMoves.workerLost(taken, request)));
        }
        cascade.move(taken, request.locale());
        return new TakenOver(job.id(), taken.status(), job.workerId());
    }

    void report(ProgressReport report) {
        Job job = jobs.get(report.claim().jobId());
        if (job != null && JobMoves.refusal(job, report.claim()).isEmpty()) {
            jobs.put(moves.report(job, report.progress()));
            cascade.progressed(job);
        }
    }

    void requestCancel(Job running) {
        if (running.cancelRequestedAt() == null) {
            jobs.put(moves.requestCancel(running));
        }
        toCancel.add(Claim.of(running));
    }

    /** Deletes a job with all that was noted of it. */
    void delete(Job job) {
        jobs.remove(job);
        jobs.forget(job.id());
        failures.remove(job.id());
        steps.remove(job.id());
    }

    /** The claims whose workers are to be asked to stop. */
    List<Claim> cancelRequested() {
        List<Claim> all = new ArrayList<>(toCancel);
        all.addAll(cascade.cancelRequested());
        return all;
    }

    /** Whether jobs may be claimed now that could not before. */
    boolean hasReleased() {
        return hasSpawned || cascade.hasReleased();
    }

    /** Ends the step. */
    void end() {
        cascade.settle();
    }

    private void remember(JobFailure failure) {
        failures.computeIfAbsent(failure.jobId(), id -> new ArrayList<>()).add(failure);
    }

    @Override
    public @Nullable Job get(UUID id) {
        return jobs.get(id);
    }

    @Override
    public void put(Job moved) {
        moves.undo(jobs.get(moved.id()), moved).ifPresent(undo -> {
            jobs.put(undo);
            steps.change(moved.id(), step -> JobMoves.handOver(step, undo.id()));
        });
        jobs.put(moved);
    }

    @Override
    protected Collection<Job> childrenOf(UUID parent) {
        return jobs.childrenOf(parent);
    }

    @Override
    protected Collection<Job> predecessorsOf(UUID job) {
        return jobs.predecessorsOf(job);
    }

    @Override
    protected Collection<UUID> successorsOf(UUID job) {
        return jobs.successorsOf(job);
    }

    /** The last ones are likely to be the last to end. */
    @Override
    public Set<UUID> withOpenChildren(Set<UUID> parents) {
        return parents.stream()
                .filter(parent -> jobs.childrenOf(parent).descendingSet().stream()
                        .anyMatch(child ->
                                child.status().isOpen() && !child.ties().isSecondPart()))
                .collect(Collectors.toSet());
    }
}
