package io.forthwith.client;

import io.forthwith.Job;
import io.forthwith.JobFailure;
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
public record JobHistory(Job job, List<JobFailure> failures, List<JobStep> steps) {
    /** Copies the lists. */
    public JobHistory {
        Objects.requireNonNull(job, "job");
        failures = List.copyOf(failures);
        steps = List.copyOf(steps);
    }
}
