package io.forthwith.store.kit;

import io.forthwith.JobStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Parents and children in the model. */
final class ModelFamilies {
    private final Map<String, ModelJob> jobs;

    ModelFamilies(Map<String, ModelJob> jobs) {
        this.jobs = jobs;
    }

    /**
     * Waiting parents of what has ended, and what waits since this step, the deepest first: the first child that failed or
     * was cancelled fails them, the last that completed completes them, and until then they are as far as their children.
     *
     * @param moved the jobs that this step has changed
     */
    void settleParents(Collection<String> moved, int now) {
        TreeSet<ModelJob> toLook =
                new TreeSet<>(Comparator.comparing(this::depth).reversed().thenComparing(job -> job.name));
        moved.forEach(name -> noteWhoMustLook(name, toLook));
        while (!toLook.isEmpty()) {
            ModelJob parent = toLook.pollFirst();
            List<ModelJob> children = childrenOf(parent);
            int percent = meanProgress(children);
            if (children.stream().anyMatch(ModelJob::isRetryable)) {
                parent.end(JobStatus.FAILED, ModelJob.CHILD_ERROR, now);
            } else if (children.stream().allMatch(child -> child.status == JobStatus.COMPLETED)) {
                parent.end(JobStatus.COMPLETED, "", now);
                percent = 100;
            }
            parent.progress = parent.progress.withPercent(percent);
            if (parent.status.isFinal()) {
                noteWhoMustLook(parent.name, toLook);
            }
        }
    }

    private void noteWhoMustLook(String moved, Collection<ModelJob> toLook) {
        ModelJob job = jobs.get(moved);
        ModelJob looks = job != null && job.status.isFinal() && job.parent != null ? jobs.get(job.parent) : job;
        if (looks != null && looks.status == JobStatus.WAITING) {
            toLook.add(looks);
        }
    }

    private static int meanProgress(List<ModelJob> children) {
        return (int) children.stream()
                .mapToInt(child -> child.progress.percent())
                .average()
                .orElse(0);
    }

    private int depth(ModelJob job) {
        ModelJob parent = job.parent == null ? null : jobs.get(job.parent);
        return parent == null ? 0 : 1 + depth(parent);
    }

    List<ModelJob> childrenOf(ModelJob parent) {
        return jobs.values().stream()
                .filter(job -> parent.name.equals(job.parent))
                .toList();
    }

    /** The job and whatever below it can be retried with it. */
    List<ModelJob> retryable(ModelJob job) {
        List<ModelJob> all = new ArrayList<>(List.of(job));
        childrenOf(job).stream().filter(ModelJob::isRetryable).forEach(child -> all.addAll(retryable(child)));
        return all;
    }
}
