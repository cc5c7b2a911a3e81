package io.forthwith.store.rules;

import io.forthwith.Job;
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
     *     ALREADY_APPLIED} if the job has left {@code processing} under this very claim
     */
    public static Optional<Settled> refusal(@Nullable Job job, Claim claim) {
        if (job == null || !isLatest(job, claim)) {
            return Optional.of(Settled.LOST);
        }
        return switch (job.status()) {
            case PROCESSING -> Optional.empty();
            case CANCELLED -> Optional.of(Settled.CANCELLED);
            default -> Optional.of(Settled.ALREADY_APPLIED);
        };
    }

    /** The row keeps the worker and the start of its latest claim when the job leaves {@code processing}. */
    private static boolean isLatest(Job job, Claim claim) {
        return job.claim() == claim.number()
                && claim.workerId().equals(job.workerId())
                && claim.startedAt().equals(job.startedAt());
    }
}
