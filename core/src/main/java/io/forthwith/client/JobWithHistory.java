package io.forthwith.client;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobStep;
import io.forthwith.internal.MadeBy;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A job with its failed attempts and its durable steps. Immutable. */
public final class JobWithHistory {
    private final Job job;
    private final List<FailedAttempt> failures;
    private final List<JobStep> steps;

    /** The library makes it. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobWithHistory(MadeBy by, Job job, List<FailedAttempt> failures, List<JobStep> steps) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(job, "job");
        this.job = job;
        this.failures = List.copyOf(failures);
        this.steps = List.copyOf(steps);
    }

    /** The job as it stands. */
    public Job job() {
        return job;
    }

    /** Its failed attempts, the first one first. */
    public List<FailedAttempt> failures() {
        return failures;
    }

    /** Its durable steps in the order in which they were begun, those that were undone included. */
    public List<JobStep> steps() {
        return steps;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobWithHistory that
                && Objects.equals(job, that.job)
                && Objects.equals(failures, that.failures)
                && Objects.equals(steps, that.steps);
    }

    @Override
    public int hashCode() {
        return Objects.hash(job, failures, steps);
    }

    @Override
    public String toString() {
        return "JobWithHistory[job=" + job + ", failures=" + failures + ", steps=" + steps + "]";
    }
}
