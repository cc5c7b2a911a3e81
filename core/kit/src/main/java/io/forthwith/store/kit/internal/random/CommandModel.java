package io.forthwith.store.kit.internal.random;

import io.forthwith.ActResult;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.store.Settled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The one model of jobs, families and workers: what a store answers and what becomes of the jobs, as the contract says it, and without the
 * code that stores share. Every method is one transaction. Where the contract leaves a choice, a method answers with all that may be
 * answered, or gets what the store did as an argument.
 *
 * <pre>
 *               pending     waiting     processing                          completed   failed      cancelled    no such job
 * claim         handed out  -           -                                   -           -           -            -
 * settle, same claim
 *   no., worker ALREADY_    ALREADY_    APPLIED, or CANCELLED if asked for  ALREADY_    ALREADY_    CANCELLED    LOST
 *               APPLIED     APPLIED                                         APPLIED     APPLIED
 *   to be deleted: likewise, but a job without relatives is gone when it is APPLIED
 * settle, other
 *   no., worker LOST        LOST        LOST                                LOST        LOST        LOST         LOST
 * report        -           -           written for its claim and worker    -           -           -            -
 * take-over     -           -           taken if the lease has lapsed or    -           -           -            -
 *                                       the worker is gone
 * cancel        DONE        DONE        REQUESTED                           ENDED       ENDED       ENDED        NOT_FOUND
 * retry         NOT_FAILED  NOT_FAILED  NOT_FAILED                          NOT_FAILED  DONE or     DONE or      NOT_FOUND
 *                                                                                       KEY_TAKEN   KEY_TAKEN
 * seal          -           DONE if     -                                   DONE if     DONE if     DONE if      NOT_FOUND
 *                           unsealed                                        unsealed    unsealed    unsealed
 * purge         -           -           -                                   deleted if old, unless its parent is open, or
 *                                                                           a job that comes after it
 * </pre>
 */
final class CommandModel {
    static final List<String> DECLARED_DEAD = List.of("declared dead");
    /** How many ticks a lease lasts. */
    static final int LEASE = ScenarioJobs.LATER;

    private final Function<String, UUID> ids;
    private final int cap;
    private final ModelJobs jobs = new ModelJobs();
    /** The tick from which on the lease of a worker has lapsed. */
    private final NavigableMap<String, Integer> leases = new TreeMap<>();

    private final ModelFamilies families = new ModelFamilies(jobs);
    private final ModelAdding adding;

    /**
     * @param ids the ids of names
     * @param cap how many workers a job may lose
     */
    CommandModel(Function<String, UUID> ids, int cap) {
        this.ids = ids;
        this.cap = cap;
        this.adding = new ModelAdding(jobs, ids);
    }

    CommandModel copy() {
        CommandModel copy = new CommandModel(ids, cap);
        jobs.all().forEach(job -> copy.jobs.add(job.copy()));
        copy.jobs.now = jobs.now;
        copy.families.goOnFrom(families);
        copy.leases.putAll(leases);
        return copy;
    }

    void tick() {
        jobs.now++;
    }

    // Clients

    /** What may be answered, the usual answer first: what happened to each job, and the job that is there now. */
    Set<List<String>> add(List<PlannedJob> call, int delay) {
        Set<List<String>> answers = adding.add(call, jobs.now + delay);
        families.settle();
        return answers;
    }

    ActResult seal(String name) {
        ModelJob group = jobs.find(name);
        if (group == null) {
            return ActResult.NOT_FOUND;
        }
        if (group.isSealed) {
            return group.isParent ? ActResult.ALREADY_SEALED : ActResult.NOT_A_GROUP;
        }
        group.isSealed = true;
        families.settle();
        return ActResult.DONE;
    }

    ActResult cancel(String name) {
        ModelJob job = jobs.find(name);
        if (job == null) {
            return ActResult.NOT_FOUND;
        }
        if (!job.isOpen()) {
            return ActResult.ENDED;
        }
        if (job.status == JobStatus.PROCESSING) {
            job.cancelRequested = true;
            return ActResult.REQUESTED;
        }
        families.cancel(job);
        families.settle();
        return ActResult.DONE;
    }

    /** What may be answered, the usual answer first. */
    Set<String> retry(String name) {
        return new ModelRetry(jobs, families).retry(name);
    }

    /**
     * Deletes jobs that ended so many ticks ago, and answers their number.
     *
     * @param locked jobs that other commands have locked and this one skips
     */
    int purge(int keepEnded, int keepFailed, Predicate<String> locked) {
        List<ModelJob> old = jobs.all().stream()
                .filter(job -> job.status.isFinal())
                .filter(job -> job.endedAt + (job.hasFailed() ? keepFailed : keepEnded) <= jobs.now)
                .filter(job -> jobs.isFreeOfItsParent(job))
                .filter(job -> !jobs.isNeeded(job))
                .filter(job -> !locked.test(job.name))
                .toList();
        old.forEach(jobs::remove);
        return old.size();
    }

    // Workers

    void register(String worker) {
        leases.put(worker, jobs.now + LEASE);
    }

    void deregister(String worker) {
        leases.remove(worker);
    }

    /** The jobs to be cancelled. A lapsed lease that nobody has taken revives. */
    List<String> beat(String worker) {
        if (!leases.containsKey(worker)) {
            return DECLARED_DEAD;
        }
        leases.put(worker, jobs.now + LEASE);
        return heldBy(worker, job -> job.cancelRequested);
    }

    List<String> held(String worker) {
        return heldBy(worker, job -> true);
    }

    /**
     * Hands out due jobs, and at most one at its last try.
     *
     * @param locked jobs that other commands have locked and this one skips
     */
    List<String> claim(String worker, int limit, Predicate<String> locked) {
        if (!isAlive(worker)) {
            return List.of();
        }
        List<ModelJob> due = jobs.all().stream()
                .filter(job -> isDue(job) && !locked.test(job.name))
                .sorted(Comparator.comparing((ModelJob job) -> -job.priority))
                .toList();
        List<String> claimed = new ArrayList<>();
        for (ModelJob job : due) {
            if (claimed.size() < limit && !(isAtLastTry(job) && holdsLastTry(worker))) {
                claimed(job.name, worker);
                claimed.add(job.claimText());
            }
        }
        return claimed;
    }

    /** A job was handed out: where the order of a claim is left to the store. */
    void claimed(String name, String worker) {
        ModelJob job = jobs.get(name);
        job.status = JobStatus.PROCESSING;
        job.claim++;
        job.attempt++;
        job.holder = worker;
        job.started = true;
        if (job.postponements > 0) {
            job.progress = job.progress.withMessage(null);
        }
    }

    /** How many jobs a worker gets that asks for so many. */
    int claimable(String worker, int limit) {
        long due = jobs.all().stream()
                .filter(job -> isDue(job) && !isAtLastTry(job))
                .count();
        boolean getsLastTry =
                !holdsLastTry(worker) && jobs.all().stream().anyMatch(job -> isDue(job) && isAtLastTry(job));
        return (int) Math.min(limit, due + (getsLastTry ? 1 : 0));
    }

    private boolean isDue(ModelJob job) {
        return job.status == JobStatus.PENDING && job.dueAt <= jobs.now;
    }

    boolean isAtLastTry(ModelJob job) {
        return job.lostWorkers >= cap - 1;
    }

    /** Settlements of different jobs. */
    List<Settled> settle(List<PlannedSettlement> batch) {
        List<Settled> answers = batch.stream().map(this::settle).toList();
        families.settle();
        return answers;
    }

    private Settled settle(PlannedSettlement settling) {
        ModelJob job = jobs.find(settling.job());
        if (job == null || !job.started || job.claim != settling.claim() || !job.holder.equals(settling.worker())) {
            return Settled.LOST;
        }
        if (job.status != JobStatus.PROCESSING) {
            return job.status == JobStatus.CANCELLED ? Settled.CANCELLED : Settled.ALREADY_APPLIED;
        }
        if (job.cancelRequested) {
            families.end(job, JobStatus.CANCELLED, null);
            return Settled.CANCELLED;
        }
        if (adding.isTaken(settling.spawn())) {
            return Settled.CONFLICT;
        }
        apply(job, settling);
        return Settled.APPLIED;
    }

    private void apply(ModelJob job, PlannedSettlement settling) {
        PlannedSettlement.How how = settling.how();
        switch (how) {
            case COMPLETE, COMPLETE_AND_DELETE -> {
                families.end(job, JobStatus.COMPLETED, null);
                job.result = settling.result();
                if (how == PlannedSettlement.How.COMPLETE_AND_DELETE && !job.hasRelatives()) {
                    jobs.remove(job);
                }
            }
            case FAIL -> {
                ModelError failure = ModelError.of(settling.failure());
                families.end(job, JobStatus.FAILED, failure);
                job.remember(failure);
            }
            case RETRY_NOW, RETRY_LATER -> {
                job.status = JobStatus.PENDING;
                job.error = ModelError.of(settling.trouble());
                job.dueAt = jobs.now + how.delay();
                job.remember(job.error);
            }
            case POSTPONE_NOW, POSTPONE_LATER -> {
                job.status = JobStatus.PENDING;
                job.attempt--;
                job.postponements++;
                job.postponed = true;
                job.progress = job.progress.withMessage(PlannedSettlement.NOT_READY);
                job.dueAt = jobs.now + how.delay();
            }
            case GIVE_BACK -> {
                job.status = JobStatus.PENDING;
                job.attempt--;
            }
            case AWAIT_CHILDREN -> {
                job.status = JobStatus.WAITING;
                job.isParent = true;
                job.knowsPercent = false;
                job.error = null;
                job.result = settling.result();
                if (!settling.spawn().isEmpty()) {
                    job.onChildFailure = settling.onChildFailure();
                    job.cancelsOtherChildren = settling.cancelsOtherChildren();
                }
                adding.addAll(settling.spawn(), settling.spawn(), jobs.now);
            }
        }
    }

    void report(String name, long claim, String worker, JobProgress progress) {
        ModelJob job = jobs.find(name);
        if (job != null && job.status == JobStatus.PROCESSING && job.claim == claim && job.holder.equals(worker)) {
            job.progress = progress;
        }
    }

    /** Takes what a worker holds and forgets the worker, if its lease has lapsed. */
    List<String> takeFrom(String worker, Predicate<String> locked) {
        if (leases.getOrDefault(worker, jobs.now) > jobs.now) {
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
        List<ModelJob> held = jobs.all().stream()
                .filter(job -> job.status == JobStatus.PROCESSING)
                .filter(which)
                .toList();
        List<String> taken = new ArrayList<>();
        for (ModelJob job : held) {
            int lost = job.lostWorkers + 1;
            if (job.cancelRequested) {
                families.end(job, JobStatus.CANCELLED, null);
            } else if (lost >= cap) {
                ModelError error = ModelError.workersLost(lost);
                families.end(job, JobStatus.FAILED, error);
                job.remember(error);
            } else {
                job.status = JobStatus.PENDING;
                job.dueAt = jobs.now;
            }
            job.claim++;
            job.attempt--;
            job.lostWorkers = lost;
            taken.add(job.name + " " + job.status + " from " + job.holder);
        }
        families.settle();
        return Command.sorted(taken);
    }

    private boolean isAlive(String worker) {
        return leases.getOrDefault(worker, jobs.now) > jobs.now;
    }

    private boolean holdsLastTry(String worker) {
        return !heldBy(worker, this::isAtLastTry).isEmpty();
    }

    private List<String> heldBy(String worker, Predicate<ModelJob> which) {
        return Command.sorted(jobs.all().stream()
                .filter(job -> job.status == JobStatus.PROCESSING && job.holder.equals(worker))
                .filter(which)
                .map(ModelJob::claimText)
                .toList());
    }

    ModelJobs jobs() {
        return jobs;
    }

    ModelJob job(String name) {
        return jobs.get(name);
    }

    /** The workers that were registered and not forgotten since. */
    Set<String> workers() {
        return Collections.unmodifiableSet(leases.keySet());
    }

    /** The workers that a take-over looks at: those with a lease, and those that hold a job without one. */
    Set<String> workersAndHolders() {
        Set<String> workers = new TreeSet<>(leases.keySet());
        workers.addAll(jobs.holders());
        return workers;
    }

    /** What rows say. */
    String rows() {
        return lines(ModelJob::toString);
    }

    /** The whole state, also times in ticks, which rows do not show: two models with the same state never differ later. */
    String state() {
        return lines(job -> job + " due " + job.dueAt + " ended " + job.endedAt + " after " + job.after
                        + (job.hasSuccessors ? " before others" : ""))
                + leases
                + jobs.now;
    }

    private String lines(Function<ModelJob, String> line) {
        return jobs.sortedNames().stream().map(jobs::get).map(line).collect(Collectors.joining("\n"));
    }
}
