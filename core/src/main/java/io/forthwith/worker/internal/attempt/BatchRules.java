package io.forthwith.worker.internal.attempt;

import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.event.JobInterceptor;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How the jobs of one type run together. Immutable.
 *
 * @param maxJobs the most jobs of one call
 * @param linger how long the first job waits for more
 */
public record BatchRules(JobType<?> type, int maxJobs, Duration linger, Call call) {
    /** Runs a batch once. */
    @FunctionalInterface
    public interface Call {
        /** Throws nothing that user code throws. Returns an answer for each job, in the same order. */
        List<BatchJobAnswer> run(List<JobContext> jobs, JobInterceptor around);
    }

    /** The names of the type, former ones included. */
    public Set<String> types() {
        Set<String> names = new HashSet<>(type.formerNames());
        names.add(type.name());
        return names;
    }

    /** How many calls this many jobs make. */
    public int calls(int jobs) {
        return (jobs + maxJobs - 1) / maxJobs;
    }
}
