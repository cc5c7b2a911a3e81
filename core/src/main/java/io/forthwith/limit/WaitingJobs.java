package io.forthwith.limit;

import io.forthwith.insight.JobCount;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * The pending jobs that wait for a key of a limit. Immutable.
 *
 * @param first the ids of those that come first, in the order of claims; where more than {@link #MOST} wait, of those that were looked at
 * @param parts how many there are by queue and type, in the order of these
 */
public record WaitingJobs(List<UUID> first, List<Part> parts) {
    /** How many jobs are looked at. */
    public static final int MOST = 10_000;

    /** Copies. */
    public WaitingJobs {
        first = List.copyOf(first);
        parts = List.copyOf(parts);
    }

    /**
     * Those of one queue and one type.
     *
     * @param jobs how many; not exact where more than {@link #MOST} wait for the key
     */
    public record Part(String queue, String type, JobCount jobs) {
        /** Checks that all is there. */
        public Part {
            Objects.requireNonNull(queue, "queue");
            Objects.requireNonNull(type, "type");
            Objects.requireNonNull(jobs, "jobs");
        }
    }
}
