package io.forthwith.store;

import java.util.Objects;

/**
 * The jobs of one type in one queue. Immutable.
 *
 * @param queue the queue
 * @param type the type, as the row has it: another program may have written a name that no type can have
 */
public record QueuedType(String queue, String type) {
    /** Checks that both are there. */
    public QueuedType {
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(type, "type");
    }
}
