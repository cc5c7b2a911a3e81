package io.forthwith.store;

import java.util.List;

/**
 * The answer to a heartbeat. Immutable.
 *
 * @param alive whether the lease was renewed; false if the worker was declared dead (or never registered): what it held
 *     belongs to others
 * @param cancelRequested the claims of this worker whose jobs are to be cancelled
 */
public record BeatAnswer(boolean alive, List<Claim> cancelRequested) {
    /** The worker was declared dead. */
    public static final BeatAnswer DEAD = new BeatAnswer(false, List.of());

    /** Copies the list. */
    public BeatAnswer {
        cancelRequested = List.copyOf(cancelRequested);
    }
}
