package io.forthwith.limit;

import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * The pending jobs that wait for a key of a limit. Immutable.
 *
 * @param first the ids of those that come first, in the order of claims; unless these are all, of those that were looked at
 * @param parts how many there are by queue and type, in the order of these
 * @param areAll whether all were looked at; if not, {@link #MOST} were, and there are more of some part
 */
public record WaitingJobs(List<UUID> first, List<Part> parts, boolean areAll) {
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
     * @param jobs how many
     */
    public record Part(String queue, String type, int jobs) {
        /** Checks that all is there. */
        public Part {
            Objects.requireNonNull(queue, "queue");
            Objects.requireNonNull(type, "type");
        }
    }
}
