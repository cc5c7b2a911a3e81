package io.forthwith.worker.internal.loop;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many characters of text a worker holds for jobs that have ended, until the store has confirmed their settlements.
 * While it is full, the worker claims nothing; it wakes the claim loop when there is room again. Thread-safe.
 */
public final class UnsettledTextAmount {
    /** From 32 to 64 MiB, because a character takes one or two bytes. */
    static final long MOST = 32L << 20;

    private final AtomicLong length = new AtomicLong();
    private final WakeSignal claiming;

    public UnsettledTextAmount(WakeSignal claiming) {
        this.claiming = claiming;
    }

    public void add(long more) {
        if (more > 0) {
            length.addAndGet(more);
        }
    }

    public void remove(long less) {
        if (less > 0) {
            long left = length.addAndGet(-less);
            if (left < MOST && left + less >= MOST) {
                claiming.wake();
            }
        }
    }

    public boolean isFull() {
        return length.get() >= MOST;
    }
}
