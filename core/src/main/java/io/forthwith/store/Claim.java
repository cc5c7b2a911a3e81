package io.forthwith.store;

import io.forthwith.Job;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * A worker's hold on a job. It is the fence of everything that the worker writes: a store changes the job only while the job is processing
 * under this claim, with the same number, worker and start. Immutable.
 *
 * <p>No claim recurs, even if the database forgets its last commits, for example after a failover: the number may then be given again, to the
 * same worker, but the claim has another start.
 *
 * @param jobId the job
 * @param number the job's claim number when it was claimed
 * @param workerId the worker that claimed it
 * @param startedAt when it was claimed, by the clock of the store: the job's {@code started_at}, as precise as the store keeps it
 */
public record Claim(UUID jobId, long number, UUID workerId, Instant startedAt) {
    /** Checks for null. */
    public Claim {
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(workerId, "workerId");
        Objects.requireNonNull(startedAt, "startedAt");
    }

    /**
     * The claim under which a worker holds {@code job}.
     *
     * @throws NullPointerException if no worker holds it
     */
    public static Claim of(Job job) {
        return new Claim(
                job.id(),
                job.claim(),
                Objects.requireNonNull(job.workerId(), "no worker holds the job"),
                Objects.requireNonNull(job.startedAt(), "no worker has begun the job"));
    }
}
