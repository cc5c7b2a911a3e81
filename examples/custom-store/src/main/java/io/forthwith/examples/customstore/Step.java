package io.forthwith.examples.customstore;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ParentRule;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Retention;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
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
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What one call does to a copy of the rows: if the step is dropped, nothing has happened. Not thread-safe. */
final class Step {
    private final Rows rows;
    private final Moves moves;
    private final Map<UUID, Job> changed = new LinkedHashMap<>();
    private final List<JobFailure> failures = new ArrayList<>();
    private final List<UUID> purged = new ArrayList<>();
    /** Waiting jobs to look at, each with the language of the move that touched it first. */
    private final Map<UUID, Locale> touched = new LinkedHashMap<>();

    Step(Rows before, Instant now) {
        this.rows = new Rows(before);
        this.moves = new Moves(now);
    }

    /** Settles the parents of all that has ended, and tells everything that has changed. */
    Change end() {
        while (!touched.isEmpty()) {
            // The deepest first: when a parent is decided, all below it have been.
            UUID parent = Collections.max(touched.keySet(), Comparator.comparingInt(this::depth));
            settleParent(parent, touched.getOrDefault(parent, Locale.ENGLISH));
            touched.remove(parent);
        }
        return new Change(List.copyOf(changed.values()), failures, purged);
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
        for (Job job : rows.due(request.queues(), now())) {
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
        Claim claim = settlement.claim();
        Job job = rows.get(claim.jobId());
        if (job == null || job.claim() != claim.number()) {
            return Settled.LOST;
        }
        if (job.status() != JobStatus.PROCESSING) {
            return job.status() == JobStatus.CANCELLED ? Settled.CANCELLED : Settled.ALREADY_APPLIED;
        }
        if (!claim.workerId().equals(job.workerId())) {
            return Settled.LOST;
        }
        if (job.cancelRequestedAt() != null) {
            put(moves.cancel(job), Locale.ENGLISH);
            return Settled.CANCELLED;
        }
        Locale locale = Locale.ENGLISH;
        if (settlement instanceof Settlement.Fail fail) {
            locale = fail.locale();
            remember(job, fail.error());
        } else if (settlement instanceof Settlement.Retry retry) {
            remember(job, retry.error());
        } else if (settlement instanceof Settlement.AwaitChildren await) {
            locale = await.locale();
        }
        put(moves.settle(job, settlement), locale);
        return Settled.APPLIED;
    }

    void report(ProgressReport report) {
        Claim claim = report.claim();
        Job job = rows.get(claim.jobId());
        if (job != null && job.status() == JobStatus.PROCESSING && Claim.of(job).equals(claim)) {
            put(moves.report(job, report.progress()), Locale.ENGLISH);
        }
    }

    TakenOver takeOver(Job job, TakeOverRequest request, RandomGenerator random) {
        Duration delay = Duration.ofMillis(random.nextLong(request.maxDelay().toMillis() + 1));
        Job taken = moves.takeOver(job, request, delay);
        if (taken.status() == JobStatus.FAILED) {
            remember(job, request.capError());
        }
        put(taken, request.locale());
        return new TakenOver(job.id(), taken.status(), job.workerId());
    }

    CancelResult cancel(Job job, Locale locale) {
        if (job.status().isFinal()) {
            return CancelResult.ALREADY_ENDED;
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

    /** Retries a job with its failed and cancelled children, or answers who has a key of theirs: drop the step then. */
    Optional<Job> retry(Job job) {
        Optional<Job> holder = rows.holderOf(job.type(), job.uniqueKey());
        List<Job> children = rows.childrenOf(job.id());
        put(moves.retry(job, !children.isEmpty()), Locale.ENGLISH);
        for (Job child : children) {
            if (isRetryable(child)) {
                holder = holder.or(() -> retry(child));
            }
        }
        return holder;
    }

    static boolean isRetryable(Job job) {
        return job.status() == JobStatus.FAILED || job.status() == JobStatus.CANCELLED;
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
            List<Job> children = rows.childrenOf(id);
            ParentRule.Verdict verdict = ParentRule.decide(count(children), firstFailure(children), locale);
            put(moves.settleParent(parent, verdict), locale);
        }
    }

    private int depth(UUID id) {
        Job job = rows.get(id);
        return job == null || job.parentId() == null ? 0 : 1 + depth(job.parentId());
    }

    private static ParentRule.Children count(List<Job> children) {
        return new ParentRule.Children(
                children.size(),
                count(children, JobStatus.COMPLETED),
                count(children, JobStatus.FAILED),
                count(children, JobStatus.CANCELLED),
                children.stream().mapToLong(child -> child.progress().percent()).sum());
    }

    private static long count(List<Job> children, JobStatus status) {
        return children.stream().filter(child -> child.status() == status).count();
    }

    /** The children come in id order, so that the lowest id among equals is the first. */
    private static ParentRule.@Nullable FirstFailure firstFailure(List<Job> children) {
        return children.stream()
                .filter(child -> child.status() == JobStatus.FAILED)
                .min(Comparator.comparing(Job::completedAt))
                .map(child -> new ParentRule.FirstFailure(child.errorMessage(), child.errorKind()))
                .orElse(null);
    }

    private void put(Job job, Locale locale) {
        rows.put(job);
        changed.put(job.id(), job);
        if (job.status() == JobStatus.WAITING) {
            touched.putIfAbsent(job.id(), locale);
        } else if (job.status().isFinal() && job.parentId() != null) {
            touched.putIfAbsent(job.parentId(), locale);
        }
    }

    private void remember(Job attempted, JobError error) {
        JobFailure failure = moves.failure(attempted, error);
        rows.remember(failure);
        failures.add(failure);
    }
}
