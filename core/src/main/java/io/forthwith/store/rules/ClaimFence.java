package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a claim still holds, so that what its worker writes may be applied. Pure functions. */
public final class ClaimFence {
    private ClaimFence() {}

    /**
     * Compares a claim with the job.
     *
     * @param job the job as it is stored; null if there is none
     * @return empty if the claim holds. Otherwise the answer to a settlement under this claim: {@code LOST}, {@code CANCELLED}, or {@code
     *     ALREADY_APPLIED} if the job has left {@code processing} under this claim
     */
    public static Optional<Settled> refusal(@Nullable Job job, Claim claim) {
        if (job == null || job.claim() != claim.number()) {
            return Optional.of(Settled.LOST);
        }
        if (job.status() != JobStatus.PROCESSING) {
            return Optional.of(job.status() == JobStatus.CANCELLED ? Settled.CANCELLED : Settled.ALREADY_APPLIED);
        }
        return claim.workerId().equals(job.workerId()) ? Optional.empty() : Optional.of(Settled.LOST);
    }
}
