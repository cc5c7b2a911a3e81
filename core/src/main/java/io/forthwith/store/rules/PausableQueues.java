package io.forthwith.store.rules;

import io.forthwith.internal.NameRules;

/** Which queues can be paused: those that jobs are enqueued in. */
public final class PausableQueues {
    private PausableQueues() {}

    /**
     * Returns the name of a queue that can be paused.
     *
     * @throws IllegalArgumentException if it is not a valid name, or that of a queue of undo jobs, naming the value and the rule
     */
    public static String require(String queue) {
        return NameRules.requireOwn("Queue", queue);
    }
}
