package io.forthwith.store.limit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** How long until a rate lets the next job start, as the claims of this process have seen it. Thread-safe. */
public final class NextStart {
    private static final long NONE = Long.MAX_VALUE;

    private final long origin = System.nanoTime();
    private final AtomicLong at = new AtomicLong(NONE);

    /** Nothing seen yet. */
    public NextStart() {
        // Nothing to set.
    }

    /** A claim has seen that a rate lets a job start after this time. */
    public void seen(Duration left) {
        long time = Math.max(0, System.nanoTime() - origin) + Math.max(0, left.toNanos());
        at.accumulateAndGet(
                time, (before, next) -> before < System.nanoTime() - origin ? next : Math.min(before, next));
    }

    /** The time that is left; null if nothing was seen, or it is over. */
    public @Nullable Duration left() {
        long time = at.get();
        long left = time == NONE ? -1 : time - (System.nanoTime() - origin);
        return left < 0 ? null : Duration.ofNanos(left);
    }
}
