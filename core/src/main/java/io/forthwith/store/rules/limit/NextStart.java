package io.forthwith.store.rules.limit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** How long until a rate lets the next job start, as the claims of this process have seen it. Thread-safe. */
public final class NextStart {
    private static final long NONE = Long.MAX_VALUE;
    private static final long ORIGIN = System.nanoTime();

    private final AtomicLong at = new AtomicLong(NONE);

    /** Nothing seen yet. */
    public NextStart() {
        // Nothing to set.
    }

    /** A claim begins: it acts on what is due now, and what it leaves to later claims is {@link #seen} again. */
    public void claimBegins() {
        long now = now();
        at.updateAndGet(time -> time <= now ? NONE : time);
    }

    /** A claim has seen that a rate lets a job start after this time. */
    public void seen(Duration left) {
        at.accumulateAndGet(now() + Math.max(0, left.toNanos()), Math::min);
    }

    /** Takes over what a claim has seen in a transaction of its own, when that has committed: before it, another claim would not find what is to start then. */
    public void seen(NextStart inTransaction) {
        at.accumulateAndGet(inTransaction.at.get(), Math::min);
    }

    /** The time that is left; zero if it has come and no claim has begun since, null if nothing was seen. */
    public @Nullable Duration left() {
        long time = at.get();
        return time == NONE ? null : Duration.ofNanos(Math.max(0, time - now()));
    }

    private static long now() {
        return Math.max(0, System.nanoTime() - ORIGIN);
    }
}
