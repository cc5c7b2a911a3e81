package io.forthwith.worker.internal.loop;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When the deadline loop checks the running jobs next. A job that begins wakes the loop only if its time limit ends
 * earlier. Thread-safe.
 */
public final class NextDeadlineCheck {
    private final WakeSignal signal;
    private final Ticker ticker;
    /** Null while the loop is checking, because it may have missed a job that begins now. */
    private volatile @Nullable Long atNanos;

    public NextDeadlineCheck(WakeSignal signal, Ticker ticker) {
        this.signal = signal;
        this.ticker = ticker;
    }

    /** The loop begins to check. */
    public void looking() {
        atNanos = null;
    }

    /** The loop has checked, and will check again at this time. */
    public void at(long nanos) {
        atNanos = nanos;
    }

    /** A job has begun, and this is its time limit. */
    public void begun(Duration limit) {
        Long next = atNanos;
        if (next == null || ticker.nanos() + limit.toNanos() - next < 0) {
            signal.wake();
        }
    }
}
