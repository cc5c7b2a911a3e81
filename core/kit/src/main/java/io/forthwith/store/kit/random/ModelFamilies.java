package io.forthwith.store.kit.random;

import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parents, children, predecessors and successors in the model. */
final class ModelFamilies {
    private final Map<String, ModelJob> jobs;

    ModelFamilies(Map<String, ModelJob> jobs) {
        this.jobs = jobs;
    }

    /** Moves every waiting job that need not wait any more, again and again until nothing moves. */
    void settle(int now) {
        while (jobs.values().stream().anyMatch(job -> job.status == JobStatus.WAITING && hasMoved(job, now))) {
            // The check itself has moved one.
        }
    }

    private boolean hasMoved(ModelJob waiting, int now) {
        if (waiting.isParent || (waiting.onPredecessorFailure == null && !waiting.isFinisher)) {
            decideParent(waiting, now);
        } else if (waiting.onPredecessorFailure != null) {
            decideSuccessor(waiting, waiting.onPredecessorFailure, now);
        } else {
            decideFinisher(waiting, now);
        }
        return waiting.status != JobStatus.WAITING;
    }

    /** By its children first, then by its finisher. */
    private void decideParent(ModelJob parent, int now) {
        List<ModelJob> children = othersOf(parent);
        ModelJob finisher = finisherOf(parent);
        boolean isOver = parent.isSealed && children.stream().allMatch(child -> child.status.isFinal());
        boolean fails = children.stream().anyMatch(ModelJob::isRetryable)
                && switch (parent.onChildFailure) {
                    case FAIL_AT_ONCE -> true;
                    case FAIL_AT_END -> isOver;
                    case IGNORE -> false;
                };
        if (fails) {
            parent.end(JobStatus.FAILED, ModelJob.CHILD_ERROR, now);
        } else if (finisher != null && finisher.isRetryable()) {
            boolean hasFailed = finisher.status == JobStatus.FAILED;
            parent.end(JobStatus.FAILED, hasFailed ? finisher.error : ModelJob.CHILD_ERROR, now);
        } else if (isOver && finisher == null) {
            parent.end(JobStatus.COMPLETED, "", now);
        } else if (isOver && finisher != null && finisher.status == JobStatus.COMPLETED) {
            parent.end(JobStatus.COMPLETED, "", now);
            parent.result = finisher.result;
        }
    }

    private void decideFinisher(ModelJob finisher, int now) {
        ModelJob parent = parentOf(finisher);
        if (parent != null && parent.status.isFinal()) {
            cancel(finisher, now);
        } else if (parent != null
                && parent.isSealed
                && othersOf(parent).stream().allMatch(child -> child.status.isFinal())) {
            release(finisher, now);
        }
    }

    private void decideSuccessor(ModelJob job, PredecessorFailurePolicy policy, int now) {
        List<ModelJob> predecessors = predecessorsOf(job);
        boolean isSpoilt = predecessors.stream().anyMatch(ModelJob::isRetryable);
        if (isSpoilt && policy == PredecessorFailurePolicy.FAIL) {
            job.end(JobStatus.FAILED, ModelJob.PREDECESSOR_ERROR, now);
        } else if (isSpoilt && policy == PredecessorFailurePolicy.CANCEL) {
            cancel(job, now);
        } else if (predecessors.stream().allMatch(predecessor -> predecessor.status.isFinal())) {
            release(job, now);
        }
    }

    private static void release(ModelJob job, int now) {
        job.status = JobStatus.PENDING;
        job.dueAt = Math.max(job.dueAt, now);
    }

    /** Cancels a job and everything open below it; running jobs are asked to stop. */
    void cancel(ModelJob job, int now) {
        if (job.status == JobStatus.PROCESSING) {
            job.cancelRequested = true;
            return;
        }
        boolean hadChildren = job.status == JobStatus.WAITING;
        job.end(JobStatus.CANCELLED, "", now);
        if (hadChildren) {
            cancelBelow(job, now);
        }
    }

    private void cancelBelow(ModelJob parent, int now) {
        for (ModelJob child : childrenOf(parent)) {
            if (child.status.isOpen()) {
                cancel(child, now);
            } else {
                cancelBelow(child, now);
            }
        }
    }

    /**
     * The job and the jobs that are retried with it: failed jobs below it, predecessors that it does not run without, and the parent of a
     * finisher.
     */
    Collection<ModelJob> retriedWith(ModelJob job) {
        Set<ModelJob> all = new LinkedHashSet<>();
        Deque<ModelJob> edge = new ArrayDeque<>(List.of(job));
        for (ModelJob next = edge.poll(); next != null; next = edge.poll()) {
            if (next.isRetryable() && all.add(next)) {
                edge.addAll(childrenOf(next));
                if (next.onPredecessorFailure != PredecessorFailurePolicy.RUN) {
                    edge.addAll(predecessorsOf(next));
                }
                ModelJob parent = parentOf(next);
                if (next.isFinisher && parent != null) {
                    edge.add(parent);
                }
            }
        }
        return all;
    }

    /** Whether a job that is retried together with others waits again. */
    boolean waits(ModelJob job, Collection<ModelJob> together) {
        ModelJob parent = parentOf(job);
        return job.isParent
                || job.onPredecessorFailure != null
                || !childrenOf(job).isEmpty()
                || (job.isFinisher && parent != null && together.contains(parent));
    }

    boolean isNeeded(ModelJob job) {
        return jobs.values().stream()
                .anyMatch(other -> other.status != JobStatus.COMPLETED && other.after.contains(job.name));
    }

    /** Deletes a job. No job comes after it any more, also if another one gets its name. */
    void remove(String name) {
        jobs.remove(name);
        jobs.values().forEach(other -> other.after.remove(name));
    }

    private @Nullable ModelJob parentOf(ModelJob job) {
        return job.parent == null ? null : jobs.get(job.parent);
    }

    private List<ModelJob> predecessorsOf(ModelJob job) {
        return jobs.values().stream()
                .filter(other -> job.after.contains(other.name))
                .toList();
    }

    private List<ModelJob> childrenOf(ModelJob parent) {
        return jobs.values().stream()
                .filter(job -> parent.name.equals(job.parent))
                .toList();
    }

    private List<ModelJob> othersOf(ModelJob parent) {
        return childrenOf(parent).stream().filter(child -> !child.isFinisher).toList();
    }

    private @Nullable ModelJob finisherOf(ModelJob parent) {
        return childrenOf(parent).stream()
                .filter(child -> child.isFinisher)
                .findFirst()
                .orElse(null);
    }
}
