package io.forthwith.studio.credits;

import io.forthwith.JobContext;
import java.util.Objects;
import java.util.UUID;

/**
 * What one attempt of a job costs its user.
 *
 * @param jobId the job; it pays once, however often it is tried
 * @param claim the fencing number of the attempt
 * @param userId who pays
 * @param credits how much
 */
public record Charge(UUID jobId, long claim, String userId, int credits) {
    /** What this attempt costs the user of the job. */
    public static Charge of(JobContext job, int credits) {
        return new Charge(job.id(), job.claimNumber(), userOf(job), credits);
    }

    /** The user of a job; the studio enqueues none without. */
    public static String userOf(JobContext job) {
        return Objects.requireNonNull(job.job().userId(), "The job has no user who could pay for it");
    }
}
