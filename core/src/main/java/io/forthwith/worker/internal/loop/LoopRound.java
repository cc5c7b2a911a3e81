package io.forthwith.worker.internal.loop;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One round of a loop of the worker. A {@link LoopThread} runs it in production; a test calls it directly. */
@FunctionalInterface
public interface LoopRound {
    /** Returned by a round that has nothing to do until the loop is woken. */
    Duration UNTIL_WOKEN = Duration.ofHours(1);

    /** Runs one round and returns how long to wait before the next, unless the loop is woken earlier. */
    Duration run();

    /** The back-off of its calls to the store; null if it calls none. */
    default @Nullable StoreBackOff guard() {
        return null;
    }

    /** What it does, for the operators; null if the name of its thread says it. */
    default @Nullable String activity() {
        StoreBackOff guard = guard();
        return guard == null ? null : guard.activity();
    }
}
