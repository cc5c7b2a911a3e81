package io.forthwith.jdbc.families;

import io.forthwith.Job;
import io.forthwith.JobError;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a job shows of its failure. */
record Why(String code, JobError.Kind kind, String message) {
    /** Of messages that repeat messages the end may be cut off. */
    private static final int COMPARED = 600;

    private static final String FOR_PREDECESSOR = "predecessor_failed";

    Why {
        message = message.substring(0, Math.min(message.length(), COMPARED));
    }

    /** What a worker says. */
    static Why user(String job) {
        return new Why("no_credits", JobError.Kind.USER, "Of " + job);
    }

    /** What a worker says of an attempt that will be repeated. */
    static Why system(String job) {
        return new Why("trouble", JobError.Kind.SYSTEM, "Of " + job);
    }

    static Why workersLost(int workers) {
        return system("worker_lost", "The job was given up: " + workers + " workers were lost while running it");
    }

    static Why predecessor(List<Node> predecessors) {
        Why first = first(predecessors);
        if (first == null) {
            return system("predecessor_cancelled", "A job that had to complete first was cancelled");
        }
        // Along a chain all say the same.
        return first.isForPredecessor()
                ? first
                : new Why(FOR_PREDECESSOR, first.kind, "A job that had to complete first failed: " + first.message);
    }

    private boolean isForPredecessor() {
        return code.equals(FOR_PREDECESSOR);
    }

    /** Of children that have failed or were cancelled. */
    static Why children(List<Node> children) {
        Why first = first(children);
        if (first != null) {
            long failed = children.stream().filter(Node::hasFailed).count();
            String message = failed + " of " + children.size() + " child jobs failed: " + first.message;
            return new Why("child_failed", first.kind, message);
        }
        return cancelled(children.stream().filter(Node::isBad).count(), children.size());
    }

    static Why cancelled(long some, long all) {
        return system(
                "child_cancelled", some + " of " + all + " child jobs " + (some == 1 ? "was" : "were") + " cancelled");
    }

    private static Why system(String code, String message) {
        return new Why(code, JobError.Kind.SYSTEM, message);
    }

    /** That of the job that failed first; of those that failed in one step rather one that did not do so for another. */
    private static @Nullable Why first(Collection<Node> jobs) {
        return jobs.stream()
                .filter(Node::hasFailed)
                .min(Comparator.comparing((Node job) -> job.endedAt)
                        .thenComparing(
                                job -> Objects.requireNonNull(job.why).isForPredecessor())
                        .thenComparing(job -> job.id.toString()))
                .map(job -> job.why)
                .orElse(null);
    }

    static @Nullable Why of(Job job) {
        return job.errorCode() == null ? null : new Why(job.errorCode(), job.errorKind(), job.errorMessage());
    }

    @Override
    public String toString() {
        return code + " " + kind + " '" + message + "'";
    }
}
