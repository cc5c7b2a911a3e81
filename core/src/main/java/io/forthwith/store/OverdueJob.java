package io.forthwith.store;

import java.time.Instant;
import java.util.Objects;

/**
 * A pending job that has been due for long. Immutable.
 *
 * @param queue its queue
 * @param type its type
 * @param dueSince when it became due, by the store's own clock
 */
public record OverdueJob(String queue, String type, Instant dueSince) {
    /** Checks that all is there. */
    public OverdueJob {
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(dueSince, "dueSince");
    }
}
