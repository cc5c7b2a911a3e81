package io.forthwith.store.kit.internal.random;

import io.forthwith.JobStatus;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/** How jobs come into the model, and why they may not. */
final class ModelAdding {
    static final String SENSELESS = "IllegalArgumentException";

    private final ModelJobs jobs;
    private final Function<String, UUID> ids;

    ModelAdding(ModelJobs jobs, Function<String, UUID> ids) {
        this.jobs = jobs;
        this.ids = ids;
    }

    /**
     * What may be answered: one answer for each job, or any of the answers that refuse the whole call. The first refusal is the one by
     * the order of the call: jobs with their parents and predecessors, and then unique keys.
     */
    Set<List<String>> add(List<PlannedJob> call, int dueAt) {
        if (call.stream().noneMatch(PlannedJob::isRelated)) {
            return Set.of(call.stream().map(role -> addAlone(role, dueAt)).toList());
        }
        Set<List<String>> answers = new LinkedHashSet<>();
        for (String refusal : refusals(call)) {
            answers.add(refusal.equals(SENSELESS) ? List.of(refusal) : Collections.nCopies(call.size(), refusal));
        }
        if (answers.isEmpty()) {
            List<PlannedJob> added =
                    call.stream().filter(role -> !jobs.has(role.name())).toList();
            answers.add(call.stream()
                    .map(role -> (added.contains(role) ? "ADDED " : "ID_EXISTS ") + role.name())
                    .toList());
            addAll(added, call, dueAt);
        }
        return answers;
    }

    private String addAlone(PlannedJob role, int dueAt) {
        if (jobs.has(role.name())) {
            return "ID_EXISTS " + role.name();
        }
        ModelJob holder = jobs.holderOf(role.key());
        if (holder != null) {
            return "KEY_TAKEN " + holder.name;
        }
        addAll(List.of(role), List.of(role), dueAt);
        return "ADDED " + role.name();
    }

    /** The reasons for which a call adds nothing. */
    private Set<String> refusals(List<PlannedJob> call) {
        if (WaitGraph.within(call).hasCycle() || call.stream().anyMatch(role -> isSenseless(role, call))) {
            return Set.of(SENSELESS);
        }
        List<PlannedJob> added =
                call.stream().filter(role -> !jobs.has(role.name())).toList();
        Set<String> names = new HashSet<>();
        added.forEach(role -> names.add(role.name()));
        WaitGraph waits = WaitGraph.with(added, jobs);
        Set<String> refusals = new LinkedHashSet<>();
        Set<String> conflicts = new LinkedHashSet<>();
        for (PlannedJob role : added) {
            String parent = role.parent();
            if (parent != null && !names.contains(parent)) {
                ModelJob group = jobs.find(parent);
                if (role.isFinisher() || group == null || !group.isOpenGroup()) {
                    refusals.add("PARENT_CLOSED " + parent);
                }
                // The group would wait for a job that waits for the group, and so for the child.
                waits.allWaitedForBy(role.name()).stream()
                        .filter(other ->
                                jobs.has(other) && waits.allWaitedForBy(other).contains(role.name()))
                        .forEach(other -> refusals.add("CYCLE " + other));
            }
            role.after().stream()
                    .filter(predecessor -> !names.contains(predecessor) && !jobs.has(predecessor))
                    .forEach(predecessor -> refusals.add("NO_PREDECESSOR " + predecessor));
            ModelJob holder = jobs.holderOf(role.key());
            if (holder != null) {
                conflicts.add("CONFLICT " + holder.name);
            }
            added.stream()
                    .filter(other -> role.key() != null
                            && role.key().equals(other.key())
                            && !role.name().equals(other.name()))
                    .forEach(other -> conflicts.add("CONFLICT " + other.name()));
        }
        refusals.addAll(conflicts);
        return refusals;
    }

    /** A parent never runs itself, and so neither after others nor as a finisher. */
    private static boolean isSenseless(PlannedJob role, List<PlannedJob> call) {
        return isParent(role, call) && (!role.after().isEmpty() || role.isFinisher());
    }

    private static boolean isParent(PlannedJob role, List<PlannedJob> call) {
        return !role.isSealed() || call.stream().anyMatch(other -> role.name().equals(other.parent()));
    }

    /** Spawned jobs wait only for jobs that are spawned with them, and no job waits for itself. */
    static boolean isSenseless(String spawner, List<PlannedJob> spawn) {
        Set<String> names = new HashSet<>();
        spawn.forEach(role -> names.add(role.name()));
        return WaitGraph.within(spawn).hasCycle()
                || spawn.stream()
                        .anyMatch(role -> isSenseless(role, spawn)
                                || !names.containsAll(role.after())
                                || !(names.contains(role.parent()) || spawner.equals(role.parent())));
    }

    /** Whether a key or a name of these jobs is taken, perhaps by each other. */
    boolean isTaken(List<PlannedJob> spawn) {
        Set<String> keys = new HashSet<>();
        return spawn.stream()
                .anyMatch(role -> jobs.has(role.name())
                        || jobs.holderOf(role.key()) != null
                        || (role.key() != null && !keys.add(role.key())));
    }

    /** Adds jobs as waiting, or as pending if they wait for none. */
    void addAll(List<PlannedJob> added, List<PlannedJob> call, int dueAt) {
        for (PlannedJob role : added) {
            ModelJob job = new ModelJob(role, ids.apply(role.name()));
            job.isParent = isParent(role, call);
            job.position = role.parent() == null || role.isFinisher() ? 0 : 1 + lastPositionBelow(role.parent());
            boolean waits = job.isParent || job.isFinisher || job.isSuccessor();
            job.status = waits ? JobStatus.WAITING : JobStatus.PENDING;
            job.knowsPercent = !job.isParent;
            job.dueAt = dueAt;
            jobs.add(job);
        }
        for (ModelJob job : jobs.all()) {
            jobs.predecessorsOf(job).forEach(predecessor -> predecessor.hasSuccessors = true);
        }
    }

    private int lastPositionBelow(String parent) {
        return jobs.childrenOf(parent).stream()
                .mapToInt(job -> job.position)
                .max()
                .orElse(0);
    }
}
