package io.forthwith.store.count;

import io.forthwith.insight.BoundedCount;
import java.time.Instant;
import java.util.Objects;

/**
 * How many jobs waited in a queue at a moment. Immutable.
 *
 * @param at the minute in which they were counted, by the clock of the store
 * @param queue its name
 * @param due how many pending jobs were due and waited for a worker, or for the turn of their key
 * @param scheduled how many pending jobs were not due yet
 * @param limited how many pending jobs a limit or a sequence held up
 * @param waiting how many jobs waited for other jobs
 */
public record QueueDepth(
        Instant at,
        String queue,
        BoundedCount due,
        BoundedCount scheduled,
        BoundedCount limited,
        BoundedCount waiting) {
    /** Checks that all is there. */
    public QueueDepth {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(due, "due");
        Objects.requireNonNull(scheduled, "scheduled");
        Objects.requireNonNull(limited, "limited");
        Objects.requireNonNull(waiting, "waiting");
    }

    /** All jobs of the queue that are pending or waiting. */
    public BoundedCount all() {
        return due.plus(scheduled).plus(limited).plus(waiting);
    }
}
