package io.forthwith.store;

import java.time.Instant;
import java.util.Objects;

/**
 * A pending job that has been due for long, or never comes. Immutable.
 *
 * @param queue its queue
 * @param type its type
 * @param dueSince when it became due, by the store's own clock; if it never comes, when it will be due
 * @param neverComes whether it is due in more than the longest delay, 100 years: somebody has written that by hand
 */
public record LongDueJob(String queue, String type, Instant dueSince, boolean neverComes) {
    /** One that has been due for long. */
    public LongDueJob(String queue, String type, Instant dueSince) {
        this(queue, type, dueSince, false);
    }

    /** Checks that all is there. */
    public LongDueJob {
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(dueSince, "dueSince");
    }
}
