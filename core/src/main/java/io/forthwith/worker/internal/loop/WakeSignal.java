package io.forthwith.worker.internal.loop;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Wakes the one thread that waits for it. A wake is kept until the thread waits again. Cheap enough to be called for
 * each job. Thread-safe.
 */
public final class WakeSignal {
    private final AtomicBoolean raised = new AtomicBoolean();
    private volatile @Nullable Thread waiter;

    public void wake() {
        if (!raised.getAndSet(true)) {
            LockSupport.unpark(waiter);
        }
    }

    /** Waits until it is woken, or until this time; true if it was woken since the last call. */
    public boolean await(long untilNanos, Ticker ticker) {
        waiter = Thread.currentThread();
        for (long left = untilNanos - ticker.nanos(); left > 0 && !raised.get(); left = untilNanos - ticker.nanos()) {
            LockSupport.parkNanos(this, left);
            // The worker never interrupts a loop, and if the flag stayed set, this would become a busy loop.
            Thread.interrupted();
        }
        return raised.getAndSet(false);
    }
}
