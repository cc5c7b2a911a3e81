package io.forthwith.store.kit.internal.random;

import io.forthwith.Job;
import io.forthwith.JobError;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a job shows of its failure. Immutable. */
record ModelError(String code, JobError.@Nullable Kind kind, String message) {
    /** A message that repeats other messages may be cut off at its end. */
    private static final int COMPARED = 600;

    private static final String FOR_PREDECESSOR = "predecessor_failed";

    ModelError {
        message = message.substring(0, Math.min(message.length(), COMPARED));
    }

    static ModelError of(JobError error) {
        return new ModelError(error.code(), error.kind(), error.message());
    }

    static ModelError of(String code, JobError.@Nullable Kind kind, @Nullable String message) {
        return new ModelError(code, kind, String.valueOf(message));
    }

    static @Nullable ModelError of(Job job) {
        return job.errorCode() == null ? null : of(job.errorCode(), job.errorKind(), job.errorMessage());
    }

    static ModelError workersLost(int workers) {
        return system("worker_lost", "The job was given up: " + workers + " workers were lost while running it");
    }

    /** Of predecessors some of which have failed or were cancelled. */
    static ModelError predecessor(List<ModelJob> predecessors) {
        ModelError first = first(predecessors);
        if (first == null) {
            return system("predecessor_cancelled", "A job that had to complete first was cancelled");
        }
        // All jobs of a chain show the same error.
        return first.isForPredecessor()
                ? first
                : new ModelError(
                        FOR_PREDECESSOR, first.kind, "A job that had to complete first failed: " + first.message);
    }

    private boolean isForPredecessor() {
        return code.equals(FOR_PREDECESSOR);
    }

    /** Of children some of which have failed or were cancelled. */
    static ModelError children(List<ModelJob> children) {
        ModelError first = first(children);
        if (first != null) {
            long failed = children.stream().filter(ModelJob::hasFailed).count();
            String message = failed + " of " + children.size() + " child jobs failed: " + first.message;
            return new ModelError("child_failed", first.kind, message);
        }
        return cancelled(children.stream().filter(ModelJob::isRetryable).count(), children.size());
    }

    static ModelError cancelled(long some, long all) {
        return system(
                "child_cancelled", some + " of " + all + " child jobs " + (some == 1 ? "was" : "were") + " cancelled");
    }

    private static ModelError system(String code, String message) {
        return new ModelError(code, JobError.Kind.SYSTEM, message);
    }

    /**
     * The error of the job that failed first. Among jobs that failed in one transaction, a job that did not fail because of a
     * predecessor comes first.
     */
    private static @Nullable ModelError first(Collection<ModelJob> jobs) {
        return jobs.stream()
                .filter(ModelJob::hasFailed)
                .min(Comparator.comparing((ModelJob job) -> job.endedInStep)
                        .thenComparing(job -> Objects.requireNonNull(job.error).isForPredecessor())
                        .thenComparing(job -> job.id.toString()))
                .map(job -> Objects.requireNonNull(job.error))
                .orElse(null);
    }

    /**
     * Without the details that depend on what else ended in the same transaction. A take-over may be one transaction or several: that
     * a job failed for its children, or for its predecessors, is all that can be compared when calls race.
     */
    String withoutDetails() {
        if (code.startsWith("child_")) {
            return "for its children";
        }
        return code.startsWith("predecessor_") ? "for its predecessors" : toString();
    }

    @Override
    public String toString() {
        return kind + " " + code + " '" + message + "'";
    }
}
