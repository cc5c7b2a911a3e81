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
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One atomic step of the in-memory store, at one moment: it moves jobs, and at its end all that have to follow, each once, as
 * those they wait for then stand.
 */
final class AtomicStep implements FamilyRows {
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
    public int depth(UUID id) {
        int depth = 0;
        Job job = jobs.get(id);
        while (job != null && job.parentId() != null) {
            depth++;
            job = jobs.get(job.parentId());
        }
        return depth;
    }

    @Override
    public Set<UUID> withOpenChildren(Set<UUID> parents) {
        // The last ones are likely to be the last to end.
        return those(
                parents,
                parent -> jobs.childrenOf(parent).descendingSet().stream()
                        .anyMatch(child ->
                                child.status().isOpen() && !child.ties().isSecondPart()));
    }

    @Override
    public Map<UUID, Children> children(Set<UUID> parents) {
        Map<UUID, Children> all = new HashMap<>();
        for (UUID parent : parents) {
            Children children = Children.NONE;
            for (Job child : jobs.childrenOf(parent)) {
                children = child.ties().isSecondPart() ? children : children.and(child);
            }
            all.put(parent, children);
        }
        return all;
    }

    @Override
    public Map<UUID, Integer> sizes(Set<UUID> parents) {
        return parents.stream()
                .collect(Collectors.toMap(id -> id, id -> jobs.childrenOf(id).size()));
    }

    @Override
    public Map<UUID, UUID> secondParts(Set<UUID> parents) {
        Map<UUID, UUID> secondParts = new HashMap<>();
        for (UUID parent : parents) {
            jobs.childrenOf(parent).stream()
                    .limit(1)
                    .filter(child -> child.ties().isSecondPart())
                    .forEach(child -> secondParts.put(parent, child.id()));
        }
        return secondParts;
    }

    @Override
    public List<UUID> childrenToCancel(UUID parent) {
        return jobs.childrenOf(parent).stream()
                .filter(child -> child.status().isOpen() || child.ties().isParent())
                .map(Job::id)
                .toList();
    }

    @Override
    public @Nullable FirstFailure firstFailedChild(UUID parent) {
        return FirstFailure.among(jobs.childrenOf(parent).stream()
                .filter(child -> !child.ties().isSecondPart())
                .toList());
    }

    @Override
    public Set<UUID> successors(Set<UUID> predecessors) {
        return predecessors.stream()
                .flatMap(id -> jobs.successorsOf(id).stream())
                .collect(Collectors.toSet());
    }

    @Override
    public Set<UUID> withOpenPredecessors(Set<UUID> waiting) {
        return those(
                waiting,
                id -> jobs.predecessorsOf(id).stream()
                        .anyMatch(predecessor -> predecessor.status().isOpen()));
    }

    @Override
    public Map<UUID, Predecessors> predecessors(Set<UUID> waiting) {
        Map<UUID, Predecessors> all = new HashMap<>();
        for (UUID id : waiting) {
            Predecessors predecessors = Predecessors.NONE;
            for (Job predecessor : jobs.predecessorsOf(id)) {
                predecessors = predecessors.and(predecessor);
            }
            all.put(id, predecessors);
        }
        return all;
    }

    @Override
    public @Nullable FirstFailure firstFailedPredecessor(UUID id) {
        return FirstFailure.among(jobs.predecessorsOf(id));
    }

    private static Set<UUID> those(Collection<UUID> ids, Predicate<UUID> which) {
        return ids.stream().filter(which).collect(Collectors.toSet());
    }
}
