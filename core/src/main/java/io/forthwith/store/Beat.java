package io.forthwith.store;

import java.util.List;

/**
 * The answer to a heartbeat. Immutable.
 *
 * @param alive whether the lease was renewed; false if the worker was declared dead (or never registered): what it held
 *     belongs to others
 * @param cancelRequested the claims of this worker whose jobs are to be cancelled
 */
public record Beat(boolean alive, List<Claim> cancelRequested) {
    /** The worker was declared dead. */
    public static final Beat DEAD = new Beat(false, List.of());

    /** Copies the list. */
    public Beat {
        cancelRequested = List.copyOf(cancelRequested);
    }
}
