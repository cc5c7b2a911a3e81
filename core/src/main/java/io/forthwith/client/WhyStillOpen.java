package io.forthwith.client;

import io.forthwith.Job;
import java.util.UUID;

/** Says what an open job waits for, to a developer who has waited for it in vain. */
final class WhyStillOpen {
    private WhyStillOpen() {}

    static String whyOpen(Job job) {
        return switch (job.status()) {
            case PENDING -> pending(job);
            case PROCESSING -> processing(job);
            case WAITING -> waiting(job);
            case COMPLETED, FAILED, CANCELLED -> job.status().text();
        };
    }

    /** Nothing changes the row of a pending job, so it has been pending since its last change. */
    private static String pending(Job job) {
        boolean isDelayed = job.runAt().isAfter(job.createdAt());
        String pending = "pending in queue " + job.queue() + " since " + job.updatedAt()
                + (isDelayed ? ", due at " + job.runAt() : "");
        if (job.startedAt() == null) {
            return pending + ", never claimed: does a worker run that serves this queue, and is it not paused?";
        }
        String failure = job.errorMessage() == null ? "" : "; its last failure: " + job.errorMessage();
        return pending + ", last claimed at " + job.startedAt() + failure;
    }

    private static String processing(Job job) {
        String asked = job.cancelRequestedAt() == null ? "" : ", to be cancelled since " + job.cancelRequestedAt();
        return "processing by worker " + job.workerId() + " since " + job.startedAt() + ", attempt " + job.attempt()
                + asked;
    }

    private static String waiting(Job job) {
        UUID parent = job.parentId();
        if (job.relations().isParent()) {
            return "waiting for its children"
                    + (job.relations().isSealed() ? "" : ", and takes more of them until JobClient.seal is called");
        }
        return job.relations().isFinisher() && parent != null
                ? "waiting for the other children of job " + parent + ", which it finishes"
                : "waiting for its predecessors";
    }
}
