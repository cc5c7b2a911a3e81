package io.forthwith.store;

import io.forthwith.JobProgress;
import java.util.Objects;

/**
 * The progress of a claimed job. It changes nothing if the claim no longer holds. Immutable.
 *
 * @param claim the claim it is fenced by
 * @param progress the new progress
 */
public record ProgressReport(Claim claim, JobProgress progress) {
    /** Checks for null. */
    public ProgressReport {
        Objects.requireNonNull(claim, "claim");
        Objects.requireNonNull(progress, "progress");
    }
}
