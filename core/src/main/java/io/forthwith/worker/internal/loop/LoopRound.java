package io.forthwith.worker.internal.loop;

import java.time.Duration;

/** One round of one of the worker's loops. A thread drives it in production, a test calls it directly. */
@FunctionalInterface
public interface LoopRound {
    /** What a step returns that has nothing to do until it is woken. */
    Duration UNTIL_WOKEN = Duration.ofHours(1);

    /** Does one round and returns how long to wait before the next, unless woken earlier. */
    Duration run();
}
