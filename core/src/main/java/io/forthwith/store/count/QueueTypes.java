package io.forthwith.store.count;

import io.forthwith.insight.QueueState;
import java.util.List;
import java.util.Objects;

/**
 * How many pending jobs of each type a queue has. Immutable.
 *
 * @param types those with most jobs first, then by name
 * @param areAll whether all pending jobs of the queue were counted; if not, {@link QueueState#MOST_COUNTED} of them were, and there may be more
 */
public record QueueTypes(List<OfType> types, boolean areAll) {
    /** Copies. */
    public QueueTypes {
        types = List.copyOf(types);
    }

    /**
     * The pending jobs of one type.
     *
     * @param due how many are due and wait for a worker, or for the turn of their key
     * @param scheduled how many are not due yet
     * @param limited how many a limit or a sequence holds up; a store that cannot tell counts them as due or scheduled
     */
    public record OfType(String type, int due, int scheduled, int limited) {
        /** Checks that all is there. */
        public OfType {
            Objects.requireNonNull(type, "type");
        }

        /** How many there are. */
        public int jobs() {
            return due + scheduled + limited;
        }
    }
}
