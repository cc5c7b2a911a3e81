package io.forthwith.client;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobStep;
import java.util.List;
import java.util.Objects;

/**
 * A job with its failed attempts and its durable steps. Immutable.
 *
 * @param job the job as it stands
 * @param failures its failed attempts, the first one first
 * @param steps its durable steps in the order in which they were begun, those that were undone included
 */
public record JobWithHistory(Job job, List<FailedAttempt> failures, List<JobStep> steps) {
    /** Copies the lists. */
    public JobWithHistory {
        Objects.requireNonNull(job, "job");
        failures = List.copyOf(failures);
        steps = List.copyOf(steps);
    }
}
