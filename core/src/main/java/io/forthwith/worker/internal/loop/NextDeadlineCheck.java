package io.forthwith.worker.internal.loop;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When the deadline loop looks at the running jobs next, so that a job which begins and is due earlier can wake it, and no
 * other does. Thread-safe.
 */
public final class NextDeadlineCheck {
    private final WakeSignal signal;
    private final Ticker ticker;
    /** Null while the loop is looking: it may have passed over a job that begins now. */
    private volatile @Nullable Long atNanos;

    public NextDeadlineCheck(WakeSignal signal, Ticker ticker) {
        this.signal = signal;
        this.ticker = ticker;
    }

    /** The loop begins to look. */
    public void looking() {
        atNanos = null;
    }

    /** The loop has looked, and does so again at that time. */
    public void at(long nanos) {
        atNanos = nanos;
    }

    /** A job has begun that may run this long. */
    public void begun(Duration limit) {
        Long next = atNanos;
        if (next == null || ticker.nanos() + limit.toNanos() - next < 0) {
            signal.wake();
        }
    }
}
