package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.JobStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is true of all families and graphs in a store while no call runs. */
final class FamilyInvariants {
    private static final int PAGE = 500;

    private final JobStore store;
    private final Map<UUID, Job> jobs = new HashMap<>();
    private final Map<UUID, List<Job>> childrenOf = new HashMap<>();

    private FamilyInvariants(JobStore store) {
        this.store = store;
        for (Job job : all(store)) {
            jobs.put(job.id(), job);
            if (job.parentId() != null) {
                childrenOf
                        .computeIfAbsent(job.parentId(), id -> new ArrayList<>())
                        .add(job);
            }
        }
    }

    /** All jobs of the store. */
    static List<Job> all(JobStore store) {
        List<Job> all = new ArrayList<>();
        List<Job> page = store.scan(JobQuery.all().atMost(PAGE));
        while (!page.isEmpty()) {
            all.addAll(page);
            page = store.scan(
                    JobQuery.all().atMost(PAGE).before(page.get(page.size() - 1).id()));
        }
        return all;
    }

    /** @param trace is shown if something is wrong */
    static void check(JobStore store, String trace) {
        FamilyInvariants invariants = new FamilyInvariants(store);
        invariants
                .jobs
                .values()
                .forEach(job -> assertThat(invariants.complaint(job))
                        .as(
                                "%s%n%s with %s, children %s, after %s",
                                trace, job, job.relations(), invariants.childrenOf(job), store.predecessors(job.id()))
                        .isNull());
    }

    private @Nullable String complaint(Job job) {
        if (job.status() == JobStatus.WAITING) {
            return waitsForNothing(job);
        }
        if (job.status() == JobStatus.COMPLETED && job.relations().isParent()) {
            return completedTooSoon(job);
        }
        return null;
    }

    private @Nullable String waitsForNothing(Job job) {
        if (job.relations().isParent()) {
            Job finisher = finisherOf(job);
            boolean isOver = job.relations().isSealed() && others(job).stream().noneMatch(FamilyInvariants::isOpen);
            if (isOver && (finisher == null || !isOpen(finisher))) {
                return "waits for no child";
            }
            if (isOver && finisher != null && isHeldBack(finisher)) {
                return "its finisher has not been released";
            }
            boolean isSpoilt = others(job).stream().anyMatch(FamilyInvariants::isSpoilt);
            return isSpoilt && job.relations().onChildFailure() == ChildFailurePolicy.FAIL_AT_ONCE
                    ? "should have failed"
                    : null;
        }
        if (job.relations().isFinisher()) {
            Job parent = job.parentId() == null ? null : jobs.get(job.parentId());
            return parent == null || parent.status() != JobStatus.WAITING ? "its parent does not wait for it" : null;
        }
        List<Job> predecessors = store.predecessors(job.id());
        if (predecessors.stream().noneMatch(FamilyInvariants::isOpen)) {
            return "waits for no predecessor";
        }
        boolean isSpoilt = predecessors.stream().anyMatch(FamilyInvariants::isSpoilt);
        return isSpoilt && job.relations().onPredecessorFailure() != PredecessorFailurePolicy.RUN
                ? "should have followed its predecessor"
                : null;
    }

    /** Failed children of a parent that ignores failures may have been retried since. */
    private @Nullable String completedTooSoon(Job parent) {
        Job finisher = finisherOf(parent);
        if (finisher != null && finisher.status() != JobStatus.COMPLETED) {
            return "has completed without its finisher";
        }
        boolean mustAllComplete = parent.relations().onChildFailure() != ChildFailurePolicy.IGNORE;
        return mustAllComplete && others(parent).stream().anyMatch(child -> child.status() != JobStatus.COMPLETED)
                ? "has completed without its children"
                : null;
    }

    private List<Job> childrenOf(Job parent) {
        return childrenOf.getOrDefault(parent.id(), List.of());
    }

    private List<Job> others(Job parent) {
        return childrenOf(parent).stream()
                .filter(child -> !child.relations().isFinisher())
                .toList();
    }

    private @Nullable Job finisherOf(Job parent) {
        return childrenOf(parent).stream()
                .filter(child -> child.relations().isFinisher())
                .findFirst()
                .orElse(null);
    }

    private static boolean isOpen(Job job) {
        return job.status().isOpen();
    }

    private static boolean isSpoilt(Job job) {
        return job.status() == JobStatus.FAILED || job.status() == JobStatus.CANCELLED;
    }

    private static boolean isHeldBack(Job finisher) {
        return finisher.status() == JobStatus.WAITING && !finisher.relations().isParent();
    }
}
