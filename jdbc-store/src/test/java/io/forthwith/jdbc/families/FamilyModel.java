package io.forthwith.jdbc.families;

import io.forthwith.CancelResult;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.Settled;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Families and graphs in plain maps, as the contract words them, and without the code that stores share. Every method is one
 * atomic step. Where the contract leaves a choice, a method says all that may be answered, or is told what the store did.
 */
final class FamilyModel {
    /** How many workers a job may lose. */
    static final int CAP = 2;

    private final Nodes jobs = new Nodes();
    private final Rules rules = new Rules(jobs);
    private final ModelAdding adding;
    private final Function<String, UUID> ids;

    /** @param ids what names stand for */
    FamilyModel(Function<String, UUID> ids) {
        this.ids = ids;
        this.adding = new ModelAdding(jobs, ids);
    }

    FamilyModel copy() {
        FamilyModel copy = new FamilyModel(ids);
        jobs.all().forEach(job -> copy.jobs.add(new Node(job)));
        copy.rules.goOnFrom(rules);
        return copy;
    }

    // Clients

    /** What may be answered: one answer for each job, or any of those by which all is refused. */
    Set<List<String>> add(List<Role> call) {
        if (!adding.isFamily(call)) {
            return Set.of(call.stream().map(this::addAlone).toList());
        }
        Set<String> refusals = adding.refusals(call);
        if (!refusals.isEmpty()) {
            Set<List<String>> answers = new HashSet<>();
            refusals.forEach(refusal -> answers.add(
                    refusal.equals(ModelAdding.SENSELESS)
                            ? List.of(refusal)
                            : Collections.nCopies(call.size(), refusal)));
            return answers;
        }
        List<Role> added = call.stream().filter(role -> !jobs.has(role.name())).toList();
        List<String> answers = call.stream()
                .map(role -> (added.contains(role) ? "ADDED " : "ID_EXISTS ") + role.name())
                .toList();
        adding.addAll(added);
        rules.settle();
        return Set.of(answers);
    }

    private String addAlone(Role role) {
        if (jobs.has(role.name())) {
            return "ID_EXISTS " + role.name();
        }
        Node holder = jobs.holderOf(role.key());
        if (holder != null) {
            return "KEY_TAKEN " + holder.name;
        }
        adding.addAll(List.of(role));
        return "ADDED " + role.name();
    }

    SealResult seal(String name) {
        Node group = jobs.find(name);
        if (group == null) {
            return SealResult.NOT_FOUND;
        }
        if (group.isSealed) {
            return SealResult.ALREADY_SEALED;
        }
        group.isSealed = true;
        rules.settle();
        return SealResult.SEALED;
    }

    CancelResult cancel(String name) {
        Node job = jobs.find(name);
        if (job == null) {
            return CancelResult.NOT_FOUND;
        }
        if (!job.isOpen()) {
            return CancelResult.ALREADY_ENDED;
        }
        if (job.status == JobStatus.PROCESSING) {
            job.isToBeCancelled = true;
            return CancelResult.REQUESTED;
        }
        rules.cancel(job);
        rules.settle();
        return CancelResult.CANCELLED;
    }

    /** What may be answered. */
    Set<String> retry(String name) {
        Node job = jobs.find(name);
        if (job == null) {
            return Set.of(RetryResult.Outcome.NOT_FOUND.name());
        }
        if (!job.isBad()) {
            return Set.of(RetryResult.Outcome.NOT_RETRYABLE.name());
        }
        Set<Node> members = new LinkedHashSet<>();
        collect(job, members);
        Set<String> conflicts = conflictsOf(members);
        if (conflicts.isEmpty()) {
            members.forEach(this::reset);
            members.forEach(member -> member.status = waitsAgain(member) ? JobStatus.WAITING : JobStatus.PENDING);
            rules.settle();
            return Set.of(RetryResult.Outcome.RETRIED.name());
        }
        return conflicts;
    }

    private void collect(Node job, Set<Node> members) {
        if (job == null || !job.isBad() || !members.add(job)) {
            return;
        }
        jobs.childrenOf(job.name).forEach(child -> collect(child, members));
        if (job.isFinisher()) {
            collect(jobs.parentOf(job), members);
        }
        if (job.onPredecessorFailure != PredecessorFailurePolicy.RUN) {
            job.predecessors.forEach(predecessor -> collect(jobs.find(predecessor), members));
        }
    }

    /** Their keys are held by others, or by each other. */
    private Set<String> conflictsOf(Set<Node> members) {
        Set<String> conflicts = new TreeSet<>();
        for (Node member : members) {
            Node holder = jobs.holderOf(member.key);
            if (holder != null) {
                conflicts.add("CONFLICT " + holder.name);
            }
            members.stream()
                    .filter(other -> other != member && member.key != null && member.key.equals(other.key))
                    .forEach(other -> conflicts.add("CONFLICT " + other.name));
        }
        return conflicts;
    }

    private void reset(Node job) {
        job.attempt = 0;
        job.lostWorkers = 0;
        job.isToBeCancelled = false;
        job.why = null;
        job.percent = job.isParent ? null : (Integer) 0;
        if (!job.isParent) {
            job.result = null;
        }
        job.status = JobStatus.WAITING;
    }

    private boolean waitsAgain(Node job) {
        Node parent = jobs.parentOf(job);
        boolean isHeldBack = job.isFinisher() && parent != null && parent.waits();
        return job.isParent || isHeldBack || job.isSuccessor;
    }

    /** Deletes all that has ended and may go, and says how much that was. */
    int purge() {
        Set<String> needed = new HashSet<>();
        jobs.all().stream()
                .filter(job -> job.status != JobStatus.COMPLETED)
                .forEach(job -> needed.addAll(job.predecessors));
        List<Node> gone = jobs.all().stream()
                .filter(job -> !job.isOpen() && !needed.contains(job.name))
                .filter(job -> jobs.parentOf(job) == null || jobs.parentOf(job).status == JobStatus.COMPLETED)
                .toList();
        gone.forEach(jobs::remove);
        return gone.size();
    }

    // Workers

    /** A store hands out what it likes of this: who is first is not what is looked at here. */
    void claimed(String name, String worker) {
        Node job = job(name);
        job.status = JobStatus.PROCESSING;
        job.claim++;
        job.attempt++;
        job.worker = worker;
    }

    /** How many jobs a worker gets that asks for so many. */
    int claimable(String worker, int limit) {
        long due = jobs.all().stream()
                .filter(job -> job.status == JobStatus.PENDING && !isAtLastTry(job))
                .count();
        boolean holdsLastTry = jobs.all().stream()
                .anyMatch(job -> job.status == JobStatus.PROCESSING && job.worker.equals(worker) && isAtLastTry(job));
        boolean getsLastTry = !holdsLastTry
                && jobs.all().stream().anyMatch(job -> job.status == JobStatus.PENDING && isAtLastTry(job));
        return (int) Math.min(limit, due + (getsLastTry ? 1 : 0));
    }

    static boolean isAtLastTry(Node job) {
        return job.lostWorkers >= CAP - 1;
    }

    void report(String name, int percent) {
        job(name).percent = percent;
    }

    /** Settlements of different jobs, in one step. */
    List<Settled> settle(List<Settling> batch) {
        List<Settled> answers = batch.stream().map(this::settle).toList();
        rules.settle();
        return answers;
    }

    private Settled settle(Settling settling) {
        Node job = jobs.find(settling.job());
        if (job == null || job.claim != settling.claim()) {
            return Settled.LOST;
        }
        if (job.status != JobStatus.PROCESSING) {
            return job.status == JobStatus.CANCELLED ? Settled.CANCELLED : Settled.ALREADY_APPLIED;
        }
        if (!job.worker.equals(settling.worker())) {
            return Settled.LOST;
        }
        if (job.isToBeCancelled) {
            rules.end(job, JobStatus.CANCELLED, null);
            return Settled.CANCELLED;
        }
        if (adding.isTaken(settling.spawn())) {
            return Settled.CONFLICT;
        }
        apply(job, settling);
        return Settled.APPLIED;
    }

    private void apply(Node job, Settling settling) {
        switch (settling.how()) {
            case COMPLETE -> {
                rules.end(job, JobStatus.COMPLETED, null);
                job.result = settling.result();
                job.percent = 100;
            }
            case FAIL -> rules.end(job, JobStatus.FAILED, Why.user(job.name));
            case RETRY -> {
                job.status = JobStatus.PENDING;
                job.why = Why.system(job.name);
            }
            case POSTPONE, GIVE_BACK -> {
                job.status = JobStatus.PENDING;
                job.attempt--;
            }
            case AWAIT_CHILDREN -> {
                job.status = JobStatus.WAITING;
                job.why = null;
                job.result = settling.result();
                job.percent = null;
                job.isParent = true;
                if (!settling.spawn().isEmpty()) {
                    job.onChildFailure = settling.onChildFailure();
                    job.cancelsSiblings = settling.cancelsSiblings();
                }
                adding.addAll(settling.spawn());
            }
        }
    }

    /** What a worker held goes to others; says what becomes of each job, apart from what follows from it. */
    Map<String, JobStatus> takeFrom(String worker) {
        Map<String, JobStatus> taken = new LinkedHashMap<>();
        for (Node job : jobs.all()) {
            if (job.status == JobStatus.PROCESSING && job.worker.equals(worker)) {
                job.claim++;
                job.attempt--;
                job.lostWorkers++;
                if (job.isToBeCancelled) {
                    rules.end(job, JobStatus.CANCELLED, null);
                } else if (job.lostWorkers >= CAP) {
                    rules.end(job, JobStatus.FAILED, Why.workersLost(job.lostWorkers));
                } else {
                    job.status = JobStatus.PENDING;
                }
                taken.put(job.name, job.status);
            }
        }
        rules.settle();
        return taken;
    }

    // For those who look at it

    Nodes jobs() {
        return jobs;
    }

    private Node job(String name) {
        return jobs.get(name);
    }

    /** From 1; 0 for none. */
    int level(@Nullable String name) {
        return jobs.has(name) ? 1 + jobs.depth(jobs.find(name)) : 0;
    }
}
