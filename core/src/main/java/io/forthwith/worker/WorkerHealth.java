package io.forthwith.worker;

import java.util.List;

/**
 * How a worker is doing, at one moment. Immutable.
 *
 * @param status in one word
 * @param reasons what is wrong, for the person on call; empty when nothing is
 */
public record WorkerHealth(Status status, List<String> reasons) {
    /** In one word. */
    public enum Status {
        /** Running, and nothing is wrong. */
        UP,
        /** Running, but something is wrong; the worker goes on and recovers by itself where it can. */
        DEGRADED,
        /** Not started, stopping or stopped. */
        DOWN
    }

    /** Copies the list. */
    public WorkerHealth {
        reasons = List.copyOf(reasons);
    }
}
