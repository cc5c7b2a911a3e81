package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;

/**
 * Which jobs are at their last try. Pure functions.
 *
 * <p>A job that has lost one worker less than the cap is at its last try. It may be the job that kills its workers, so a worker never holds
 * two of them, and one claim takes at most one.
 */
public final class SuspectJobRule {
    private SuspectJobRule() {}

    /**
     * The number of lost workers from which a job counts as being at its last try. With a cap of 1 every try is the last one, and no job
     * counts: then this is {@link Integer#MAX_VALUE}.
     */
    public static int lastTryFrom(ClaimRequest request) {
        return request.lostWorkersCap() == 1 ? Integer.MAX_VALUE : request.lostWorkersCap() - 1;
    }

    /** Whether a job is at its last try. */
    public static boolean isAtLastTry(Job job, ClaimRequest request) {
        return job.lostWorkers() >= lastTryFrom(request);
    }
}
