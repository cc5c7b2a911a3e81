package io.forthwith.store.kit.random;

import io.forthwith.CancelResult;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.Settled;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model of a store: what it answers and what becomes of the jobs, written as briefly as possible and without the code that stores share.
 * Every method is one transaction.
 *
 * <pre>
 *               pending     waiting     processing                          completed   failed      cancelled    no such job
 * claim         claimed     -           -                                   -           -           -            -
 * settle, same
 *   claim no.   ALREADY_    ALREADY_    its worker: APPLIED, or CANCELLED   ALREADY_    ALREADY_    CANCELLED    LOST
 *               APPLIED     APPLIED     if asked for; another worker: LOST  APPLIED     APPLIED
 *   to be deleted: likewise, but a job without relatives is gone when it is APPLIED
 * settle, other
 *   claim no.   LOST        LOST        LOST                                LOST        LOST        LOST         LOST
 * report        -           -           written for its claim and worker    -           -           -            -
 * take-over     -           -           taken if the lease has lapsed or    -           -           -            -
 *                                       the worker is gone
 * cancel        CANCELLED   CANCELLED   REQUESTED                           ALREADY_    ALREADY_    ALREADY_     NOT_FOUND
 *                                                                           ENDED       ENDED       ENDED
 * retry         NOT_        NOT_        NOT_RETRYABLE                       NOT_        RETRIED or  RETRIED or   NOT_FOUND
 *               RETRYABLE   RETRYABLE                                       RETRYABLE   CONFLICT    CONFLICT
 * seal          -           SEALED if   -                                   SEALED if   SEALED if   SEALED if    NOT_FOUND
 *                           unsealed                                        unsealed    unsealed    unsealed
 * purge         -           -           -                                   deleted if old, unless its parent is open, or
 *                                                                           a job that comes after it
 * </pre>
 */
final class CommandModel {
    static final List<String> DECLARED_DEAD = List.of("declared dead");
    /** The length of a lease in ticks. */
    static final int LEASE = ScenarioJobs.LATER;

    private final NavigableMap<String, ModelJob> jobs = new TreeMap<>();
    /** The tick at which the lease of a worker expires. */
    private final NavigableMap<String, Integer> leases = new TreeMap<>();

    private final ModelFamilies families = new ModelFamilies(jobs);
    private int now;

    CommandModel copy() {
        CommandModel copy = new CommandModel();
        jobs.forEach((name, job) -> copy.jobs.put(name, job.copy()));
        copy.leases.putAll(leases);
        copy.now = now;
        return copy;
    }

    void tick() {
        now++;
    }

    // Clients

    /** Answers with the outcome and the job that now stands there. */
    List<String> add(List<ScenarioJobs.Role> call, int delay) {
        List<String> answers = new ModelAdding(jobs, call).add(now + delay);
        families.settle(now);
        return answers;
    }

    SealResult seal(String name) {
        ModelJob group = jobs.get(name);
        if (group == null) {
            return SealResult.NOT_FOUND;
        }
        if (group.isSealed) {
            return SealResult.ALREADY_SEALED;
        }
        group.isSealed = true;
        families.settle(now);
        return SealResult.SEALED;
    }

    CancelResult cancel(String name) {
        ModelJob job = jobs.get(name);
        if (job == null) {
            return CancelResult.NOT_FOUND;
        }
        if (job.status.isFinal()) {
            return CancelResult.ALREADY_ENDED;
        }
        families.cancel(job, now);
        families.settle(now);
        return job.cancelRequested ? CancelResult.REQUESTED : CancelResult.CANCELLED;
    }

    /** Retries the job and the jobs that are retried with it; if a key is taken, none of them. */
    String retry(String name) {
        ModelJob job = jobs.get(name);
        if (job == null) {
            return RetryResult.Outcome.NOT_FOUND.name();
        }
        if (!job.isRetryable()) {
            return RetryResult.Outcome.NOT_RETRYABLE.name();
        }
        Collection<ModelJob> family = families.retriedWith(job);
        for (ModelJob member : family) {
            String holder = ModelAdding.holderOf(member.key, jobs);
            if (holder != null) {
                return RetryResult.Outcome.CONFLICT + " with " + holder;
            }
        }
        for (ModelJob member : family) {
            member.status = families.waits(member, family) ? JobStatus.WAITING : JobStatus.PENDING;
            member.attempt = 0;
            member.lostWorkers = 0;
            member.postponements = 0;
            member.postponed = false;
            member.progress = JobProgress.NONE;
            member.result = member.isParent ? member.result : null;
            member.error = "";
            member.cancelRequested = false;
            member.dueAt = now;
        }
        families.settle(now);
        return RetryResult.Outcome.RETRIED.name();
    }

    /**
     * Deletes the jobs that ended so many ticks ago, and answers with their number.
     *
     * @param locked the jobs that other commands have locked, which this one skips
     */
    int purge(int keepEnded, int keepFailed, Predicate<String> locked) {
        List<String> old = jobs.values().stream()
                .filter(job -> job.status.isFinal())
                .filter(job -> job.endedAt + (job.status == JobStatus.FAILED ? keepFailed : keepEnded) <= now)
                .filter(job -> job.parent == null || isDone(jobs.get(job.parent)))
                .filter(job -> !families.isNeeded(job))
                .map(job -> job.name)
                .filter(locked.negate())
                .toList();
        old.forEach(families::remove);
        return old.size();
    }

    // Workers

    void register(String worker) {
        leases.put(worker, now + LEASE);
    }

    void deregister(String worker) {
        leases.remove(worker);
    }

    /** Answers with the jobs to be cancelled. An expired lease that was not taken over is good again. */
    List<String> beat(String worker) {
        if (!leases.containsKey(worker)) {
            return DECLARED_DEAD;
        }
        leases.put(worker, now + LEASE);
        return heldBy(worker, job -> job.cancelRequested);
    }

    List<String> held(String worker) {
        return heldBy(worker, job -> true);
    }

    /**
     * Claims due jobs, at most one of them at its last try.
     *
     * @param locked the jobs that other commands have locked, which this one skips
     */
    List<String> claim(String worker, int limit, Predicate<String> locked) {
        if (!isAlive(worker)) {
            return List.of();
        }
        List<ModelJob> due = jobs.values().stream()
                .filter(job -> job.status == JobStatus.PENDING && job.dueAt <= now && !locked.test(job.name))
                .sorted(Comparator.comparing((ModelJob job) -> -job.priority))
                .toList();
        List<String> claimed = new ArrayList<>();
        for (ModelJob job : due) {
            boolean isAtLastTry = job.lostWorkers >= StoreFixture.CAP - 1;
            if (claimed.size() < limit && !(isAtLastTry && holdsLastTry(worker))) {
                job.status = JobStatus.PROCESSING;
                job.claim++;
                job.attempt++;
                job.holder = worker;
                job.started = true;
                if (job.postponements > 0) {
                    job.progress = job.progress.withMessage(null);
                }
                claimed.add(job.claimText());
            }
        }
        return claimed;
    }

    /** Settlements of different jobs. */
    List<Settled> settle(List<PlannedSettlement> batch) {
        List<Settled> answers = batch.stream().map(this::settle).toList();
        families.settle(now);
        return answers;
    }

    private Settled settle(PlannedSettlement settling) {
        ModelJob job = jobs.get(settling.job());
        if (job == null || job.claim != settling.claim()) {
            return Settled.LOST;
        }
        if (job.status != JobStatus.PROCESSING) {
            return job.status == JobStatus.CANCELLED ? Settled.CANCELLED : Settled.ALREADY_APPLIED;
        }
        if (!job.holder.equals(settling.worker())) {
            return Settled.LOST;
        }
        if (job.cancelRequested) {
            job.end(JobStatus.CANCELLED, "", now);
            return Settled.CANCELLED;
        }
        if (settling.how() == PlannedSettlement.How.SPAWN
                && (exists(ScenarioJobs.SPAWNED.name()) || ModelAdding.holderOf(ScenarioJobs.KEY, jobs) != null)) {
            return Settled.CONFLICT;
        }
        apply(job, settling.how());
        return Settled.APPLIED;
    }

    private void apply(ModelJob job, PlannedSettlement.How how) {
        switch (how) {
            case COMPLETE, COMPLETE_AND_DELETE -> {
                job.end(JobStatus.COMPLETED, "", now);
                job.result = PlannedSettlement.RESULT;
                if (how == PlannedSettlement.How.COMPLETE_AND_DELETE && !job.hasRelatives()) {
                    families.remove(job.name);
                }
            }
            case FAIL -> {
                job.end(JobStatus.FAILED, ModelJob.error(PlannedSettlement.FAILURE), now);
                job.remember(PlannedSettlement.FAILURE);
            }
            case RETRY_NOW, RETRY_LATER -> {
                job.status = JobStatus.PENDING;
                job.error = ModelJob.error(PlannedSettlement.TIMEOUT);
                job.dueAt = now + how.delay();
                job.remember(PlannedSettlement.TIMEOUT);
            }
            case POSTPONE_NOW, POSTPONE_LATER -> {
                job.status = JobStatus.PENDING;
                job.attempt--;
                job.postponements++;
                job.postponed = true;
                job.progress = job.progress.withMessage(PlannedSettlement.NOT_READY);
                job.dueAt = now + how.delay();
            }
            case GIVE_BACK -> {
                job.status = JobStatus.PENDING;
                job.attempt--;
            }
            case AWAIT_CHILDREN -> awaitChildren(job, null);
            case SPAWN -> {
                awaitChildren(job, PlannedSettlement.RESULT);
                job.onChildFailure = ScenarioJobs.SPAWNERS_POLICY;
                ModelJob child = new ModelJob(ScenarioJobs.SPAWNED);
                child.dueAt = now;
                jobs.put(child.name, child);
            }
        }
    }

    private static void awaitChildren(ModelJob job, @Nullable String result) {
        job.status = JobStatus.WAITING;
        job.isParent = true;
        job.error = "";
        job.result = result;
    }

    void report(String name, long claim, String worker, JobProgress progress) {
        ModelJob job = jobs.get(name);
        if (job != null && job.status == JobStatus.PROCESSING && job.claim == claim && job.holder.equals(worker)) {
            job.progress = progress;
        }
    }

    /** Takes what a worker holds and forgets the worker, unless its lease is good. */
    List<String> takeFrom(String worker, Predicate<String> locked) {
        if (leases.getOrDefault(worker, now) > now) {
            return List.of();
        }
        leases.remove(worker);
        return take(job -> job.holder.equals(worker) && !locked.test(job.name));
    }

    /** Takes what is processing under workers that do not exist. */
    List<String> takeOrphans(Predicate<String> locked) {
        return take(job -> !leases.containsKey(job.holder) && !locked.test(job.name));
    }

    private List<String> take(Predicate<ModelJob> which) {
        List<ModelJob> taken = jobs.values().stream()
                .filter(job -> job.status == JobStatus.PROCESSING)
                .filter(which)
                .toList();
        for (ModelJob job : taken) {
            JobError error = JobError.permanent(
                    "worker_lost",
                    "The job was given up: " + (job.lostWorkers + 1) + " workers were lost while running it");
            if (job.cancelRequested) {
                job.end(JobStatus.CANCELLED, "", now);
            } else if (job.lostWorkers + 1 >= StoreFixture.CAP) {
                job.end(JobStatus.FAILED, ModelJob.error(error), now);
                job.remember(error);
            } else {
                job.status = JobStatus.PENDING;
                job.dueAt = now;
            }
            job.claim++;
            job.attempt--;
            job.lostWorkers++;
        }
        families.settle(now);
        return taken.stream()
                .map(job -> job.name + " " + job.status + " from " + job.holder)
                .toList();
    }

    // Words

    private static boolean isDone(@Nullable ModelJob job) {
        return job == null || job.status == JobStatus.COMPLETED;
    }

    private boolean exists(@Nullable String name) {
        return name != null && jobs.containsKey(name);
    }

    private boolean isAlive(String worker) {
        return leases.getOrDefault(worker, now) > now;
    }

    private boolean holdsLastTry(String worker) {
        return !heldBy(worker, job -> job.lostWorkers >= StoreFixture.CAP - 1).isEmpty();
    }

    private List<String> heldBy(String worker, Predicate<ModelJob> which) {
        return jobs.values().stream()
                .filter(job -> job.status == JobStatus.PROCESSING && job.holder.equals(worker))
                .filter(which)
                .map(ModelJob::claimText)
                .toList();
    }

    // State

    /** The jobs, by name. */
    NavigableMap<String, ModelJob> jobs() {
        return Collections.unmodifiableNavigableMap(jobs);
    }

    ModelJob job(String name) {
        return Objects.requireNonNull(jobs.get(name), name);
    }

    /** The workers that were registered and not forgotten since. */
    Set<String> workers() {
        return Collections.unmodifiableSet(leases.keySet());
    }

    /** All rows as text. */
    String rows() {
        return jobs.values().stream().map(ModelJob::toString).collect(Collectors.joining("\n"));
    }

    /** The whole state, also what the rows do not say in ticks: two models with the same state behave the same from then on. */
    String state() {
        return jobs.values().stream()
                        .map(job -> job + " due " + job.dueAt + " ended " + job.endedAt + " after " + job.after
                                + (job.hasSuccessors ? " before others" : ""))
                        .collect(Collectors.joining("\n"))
                + leases
                + now;
    }
}
