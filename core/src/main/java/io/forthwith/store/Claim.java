package io.forthwith.store;

import io.forthwith.Job;
import java.util.Objects;
import java.util.UUID;

/**
 * A worker's hold on a job, and the fence of everything it writes: a store changes the job only while it is processing
 * under this claim number and this worker. Immutable.
 *
 * @param jobId the job
 * @param number the job's claim number when it was claimed
 * @param workerId the worker that claimed it
 */
public record Claim(UUID jobId, long number, UUID workerId) {
    /** Checks for null. */
    public Claim {
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(workerId, "workerId");
    }

    /**
     * The claim under which {@code job} was handed out.
     *
     * @throws NullPointerException if no worker holds it
     */
    public static Claim of(Job job) {
        return new Claim(job.id(), job.claim(), Objects.requireNonNull(job.workerId(), "no worker holds the job"));
    }
}
