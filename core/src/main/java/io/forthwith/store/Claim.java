package io.forthwith.store;

import io.forthwith.Job;
import java.util.Objects;
import java.util.UUID;

/**
 * A worker's hold on a job. It is the fence of everything that the worker writes: a store changes the job only while the job is processing
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
     * The claim under which a worker holds {@code job}.
     *
     * @throws NullPointerException if no worker holds it
     */
    public static Claim of(Job job) {
        return new Claim(job.id(), job.claim(), Objects.requireNonNull(job.workerId(), "no worker holds the job"));
    }
}
