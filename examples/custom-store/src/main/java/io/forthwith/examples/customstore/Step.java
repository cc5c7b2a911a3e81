package io.forthwith.examples.customstore;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobMoves;
import io.forthwith.store.ParentRule;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Retention;
import io.forthwith.store.RetryResult;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What one call does to a copy of the rows: if the step is dropped, nothing has happened. Not thread-safe. */
final class Step {
    private final Rows rows;
    private final JobMoves moves;
    private final Map<UUID, Job> changed = new LinkedHashMap<>();
    private final List<JobFailure> failures = new ArrayList<>();
    private final List<JobStep> steps = new ArrayList<>();
    private final List<UUID> purged = new ArrayList<>();
    /** Waiting jobs to look at, each with the language of the move that touched it first. */
    private final Map<UUID, Locale> touched = new LinkedHashMap<>();

    Step(Rows before, Instant now) {
        this.rows = new Rows(before);
        this.moves = new JobMoves(now);
    }

    /** Settles the parents of all that has ended, and tells everything that has changed. */
    Change end() {
        while (!touched.isEmpty()) {
            // The deepest first: when a parent is decided, all below it have been.
            UUID parent = Collections.max(touched.keySet(), Comparator.comparingInt(this::depth));
            settleParent(parent, touched.getOrDefault(parent, Locale.ENGLISH));
            touched.remove(parent);
        }
        return new Change(List.copyOf(changed.values()), failures, steps, purged);
    }

    Rows rows() {
        return rows;
    }

    Instant now() {
        return moves.now();
    }

    Added add(EncodedJob encoded, boolean isParent) {
        NewJob job = encoded.job();
        if (rows.get(job.id()) != null) {
            return new Added(job.id(), Added.Outcome.ID_EXISTS);
        }
        Optional<Job> holder = rows.holderOf(job.type().name(), job.uniqueKey());
        if (holder.isPresent()) {
            return new Added(holder.get().id(), Added.Outcome.KEY_TAKEN);
        }
        put(moves.add(encoded, isParent), Locale.ENGLISH);
        return new Added(job.id(), Added.Outcome.ADDED);
    }

    List<Job> claim(ClaimRequest request) {
        boolean holdsSuspect = rows.heldBy(request.workerId()).anyMatch(job -> isSuspect(job, request));
        List<Job> claimed = new ArrayList<>();
        List<String> queues = new ArrayList<>(request.queues());
        queues.addAll(request.undoQueues());
        for (Job job : rows.due(queues, now())) {
            boolean suspect = isSuspect(job, request);
            if (claimed.size() < request.limit() && !(suspect && holdsSuspect)) {
                claimed.add(moves.claim(job, request.workerId()));
                holdsSuspect |= suspect;
            }
        }
        claimed.forEach(job -> put(job, Locale.ENGLISH));
        return claimed;
    }

    private static boolean isSuspect(Job job, ClaimRequest request) {
        return job.lostWorkers() > 0 && job.lostWorkers() >= request.lostWorkersCap() - 1;
    }

    Settled settle(Settlement settlement) {
        Job job = rows.get(settlement.claim().jobId());
        Optional<Settled> refusal = JobMoves.refusal(job, settlement.claim());
        if (job == null || refusal.isPresent()) {
            return refusal.orElse(Settled.LOST);
        }
        moves.failure(job, settlement).ifPresent(this::remember);
        put(moves.settle(job, settlement), settlement.locale());
        return job.cancelRequestedAt() != null ? Settled.CANCELLED : Settled.APPLIED;
    }

    StepBegun begin(Claim claim, StepName name, boolean hasUndo) {
        Job job = rows.get(claim.jobId());
        Optional<StepBegun> refused = JobMoves.refusedStep(job, claim);
        if (job == null || refused.isPresent()) {
            return refused.orElse(StepBegun.refused(Settled.LOST));
        }
        Optional<JobStep> standing = standing(claim, name);
        if (hasUndo) {
            put(moves.withUndo(job), Locale.ENGLISH);
        }
        if (standing.isPresent()) {
            JobStep known = hasUndo ? JobMoves.withUndo(standing.get()) : standing.get();
            put(known);
            return new StepBegun(Settled.ALREADY_APPLIED, known);
        }
        JobStep begun = moves.begin(claim, name, hasUndo, rows.stepsOf(job.id()).size());
        put(begun);
        return new StepBegun(Settled.APPLIED, begun);
    }

    Settled finish(Claim claim, StepName name, @Nullable String result) {
        Optional<JobStep> standing = standing(claim, name);
        if (standing.isEmpty() || isRefused(claim)) {
            return Settled.LOST;
        }
        if (standing.get().isFinished()) {
            return Settled.ALREADY_APPLIED;
        }
        put(moves.finish(standing.get(), result));
        return Settled.APPLIED;
    }

    Settled undone(Claim undo, JobStep undone) {
        Optional<JobStep> mine = rows.stepsOf(undone.jobId()).stream()
                .filter(step -> step.key().equals(undone.key()) && undo.jobId().equals(step.undoJobId()))
                .findFirst();
        if (mine.isEmpty() || isRefused(undo)) {
            return Settled.LOST;
        }
        if (mine.get().undoneAt() != null) {
            return Settled.ALREADY_APPLIED;
        }
        put(moves.undone(mine.get()));
        return Settled.APPLIED;
    }

    private boolean isRefused(Claim claim) {
        return JobMoves.refusal(rows.get(claim.jobId()), claim).isPresent();
    }

    private Optional<JobStep> standing(Claim claim, StepName name) {
        return rows.stepsOf(claim.jobId()).stream()
                .filter(step -> step.stands() && StepName.of(step).equals(name))
                .findFirst();
    }

    private void put(JobStep step) {
        rows.put(step);
        steps.add(step);
    }

    void report(ProgressReport report) {
        Job job = rows.get(report.claim().jobId());
        if (job != null && JobMoves.refusal(job, report.claim()).isEmpty()) {
            put(moves.report(job, report.progress()), Locale.ENGLISH);
        }
    }

    TakenOver takeOver(Job job, TakeOverRequest request, RandomGenerator random) {
        Duration delay = Duration.ofMillis(random.nextLong(request.maxDelay().toMillis() + 1));
        Job taken = moves.takeOver(job, request, delay);
        if (taken.status() == JobStatus.FAILED) {
            remember(moves.failure(job, JobMoves.workerLost(taken, request)));
        }
        put(taken, request.locale());
        return new TakenOver(job.id(), taken.status(), job.workerId());
    }

    CancelResult cancel(Job job, Locale locale) {
        if (job.status().isFinal()) {
            return CancelResult.ALREADY_ENDED;
        }
        if (job.isUndo()) {
            return CancelResult.NOT_CANCELLABLE;
        }
        if (job.status() != JobStatus.PROCESSING) {
            put(moves.cancel(job), locale);
            return CancelResult.CANCELLED;
        }
        if (job.cancelRequestedAt() == null) {
            put(moves.requestCancel(job), locale);
        }
        return CancelResult.REQUESTED;
    }

    /** Retries a job with its failed and cancelled children, or answers what keeps one from it: drop the step then. */
    RetryResult retry(Job job) {
        Optional<UUID> undo = rows.openUndo(job);
        if (undo.isPresent()) {
            return RetryResult.undoOpen(undo.get());
        }
        Optional<Job> holder = rows.holderOf(job.type(), job.uniqueKey());
        if (holder.isPresent()) {
            return RetryResult.conflict(holder.get().id());
        }
        List<Job> children = rows.childrenOf(job.id());
        put(moves.retry(job, !children.isEmpty()), Locale.ENGLISH);
        RetryResult result = RetryResult.of(RetryResult.Outcome.RETRIED);
        for (Job child : children) {
            if (JobMoves.isRetryable(child) && result.outcome() == RetryResult.Outcome.RETRIED) {
                result = retry(child);
            }
        }
        return result;
    }

    int purge(Retention retention, int limit) {
        List<UUID> old = rows.old(retention, now()).limit(limit).map(Job::id).toList();
        rows.purge(old);
        purged.addAll(old);
        return old.size();
    }

    private void settleParent(UUID id, Locale locale) {
        Job parent = rows.get(id);
        if (parent != null && parent.status() == JobStatus.WAITING) {
            put(moves.settleParent(parent, ParentRule.decide(parent, rows.childrenOf(id), locale)), locale);
        }
    }

    private int depth(UUID id) {
        Job job = rows.get(id);
        return job == null || job.parentId() == null ? 0 : 1 + depth(job.parentId());
    }

    private void put(Job job, Locale locale) {
        moves.undo(rows.get(job.id()), job).ifPresent(this::addUndo);
        rows.put(job);
        changed.put(job.id(), job);
        if (job.status() == JobStatus.WAITING) {
            touched.putIfAbsent(job.id(), locale);
        } else if (job.status().isFinal() && job.parentId() != null) {
            touched.putIfAbsent(job.parentId(), locale);
        }
    }

    private void addUndo(Job undo) {
        rows.put(undo);
        changed.put(undo.id(), undo);
        UUID undoes = Objects.requireNonNull(undo.undoes());
        rows.stepsOf(undoes).forEach(step -> put(JobMoves.handOver(step, undo.id())));
    }

    private void remember(JobFailure failure) {
        rows.remember(failure);
        failures.add(failure);
    }
}
