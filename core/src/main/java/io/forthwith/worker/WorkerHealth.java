package io.forthwith.worker;

import java.util.List;

/**
 * The health of a worker at one moment. After an outage of the store it is {@code UP} within a second of the store's
 * first answer, unless some calls go on failing. Immutable.
 *
 * @param status the state in one word
 * @param reasons what is wrong, for the operators; empty if nothing is
 */
public record WorkerHealth(Status status, List<String> reasons) {
    /** The state of a worker. */
    public enum Status {
        /** The worker is running, and nothing is wrong. */
        UP,
        /**
         * The worker is running, but something is wrong, with it or with jobs that no worker takes. It goes on, and recovers by itself
         * where it can.
         */
        DEGRADED,
        /** The worker has not started, is stopping, or has stopped. */
        DOWN
    }

    /** Copies the list. */
    public WorkerHealth {
        reasons = List.copyOf(reasons);
    }
}
