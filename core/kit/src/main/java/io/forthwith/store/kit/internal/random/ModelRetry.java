package io.forthwith.store.kit.internal.random;

import io.forthwith.ActResult;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** How jobs of the model are retried by hand. */
final class ModelRetry {
    private final ModelJobs jobs;
    private final ModelFamilies families;

    ModelRetry(ModelJobs jobs, ModelFamilies families) {
        this.jobs = jobs;
        this.families = families;
    }

    /**
     * Retries the job and what is retried with it; all of it or, if a key is taken, nothing. Answers with what may be answered, the usual
     * answer first.
     */
    Set<String> retry(String name) {
        ModelJob job = jobs.find(name);
        if (job == null) {
            return Set.of(ActResult.Outcome.NOT_FOUND.name());
        }
        if (!job.isRetryable()) {
            return Set.of(ActResult.Outcome.NOT_FAILED.name());
        }
        Set<ModelJob> members = familyOf(job);
        Set<String> conflicts = conflictsOf(members);
        if (!conflicts.isEmpty()) {
            return conflicts;
        }
        members.forEach(this::reset);
        members.forEach(member -> member.status = waitsAgain(member) ? JobStatus.WAITING : JobStatus.PENDING);
        families.settle();
        return Set.of(ActResult.Outcome.DONE.name());
    }

    /** Their keys are held by other jobs, or two of them have the same key. */
    private Set<String> conflictsOf(Set<ModelJob> members) {
        Set<String> conflicts = new LinkedHashSet<>();
        for (ModelJob member : members) {
            ModelJob holder = jobs.holderOf(member.key);
            if (holder != null) {
                conflicts.add(conflict(holder));
            }
        }
        for (ModelJob member : members) {
            members.stream()
                    .filter(other -> other != member && member.key != null && member.key.equals(other.key))
                    .forEach(other -> conflicts.add(conflict(other)));
        }
        return conflicts;
    }

    private static String conflict(ModelJob holder) {
        return ActResult.Outcome.KEY_TAKEN + " with " + holder.name;
    }

    private void reset(ModelJob job) {
        job.status = JobStatus.WAITING;
        job.attempt = 0;
        job.lostWorkers = 0;
        job.postponements = 0;
        job.postponed = false;
        job.progress = JobProgress.NONE;
        job.knowsPercent = !job.isParent;
        job.result = job.isParent ? job.result : null;
        job.error = null;
        job.cancelRequested = false;
        job.dueAt = jobs.now;
    }

    private boolean waitsAgain(ModelJob job) {
        ModelJob parent = jobs.parentOf(job);
        return job.isParent || job.isSuccessor() || (job.isFinisher && parent != null && parent.waits());
    }

    /**
     * The job and what is retried with it: what failed below it, what it comes after and does not run without, and the parent of a
     * finisher.
     */
    private Set<ModelJob> familyOf(ModelJob job) {
        Set<ModelJob> all = new LinkedHashSet<>();
        Deque<ModelJob> edge = new ArrayDeque<>(List.of(job));
        for (ModelJob next = edge.poll(); next != null; next = edge.poll()) {
            if (next.isRetryable() && all.add(next)) {
                edge.addAll(jobs.childrenOf(next.name));
                if (next.onPredecessorFailure != PredecessorFailurePolicy.RUN) {
                    edge.addAll(jobs.predecessorsOf(next));
                }
                ModelJob parent = jobs.parentOf(next);
                if (next.isFinisher && parent != null) {
                    edge.add(parent);
                }
            }
        }
        return all;
    }
}
