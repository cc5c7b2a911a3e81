package io.forthwith.worker.internal.loop;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Wakes the one thread that waits for it; a wake while nobody waits is kept. Cheap enough to call once per job. */
public final class WakeSignal {
    private final AtomicBoolean raised = new AtomicBoolean();
    private volatile @Nullable Thread waiter;

    public void wake() {
        if (!raised.getAndSet(true)) {
            LockSupport.unpark(waiter);
        }
    }

    /** Waits until woken or until that time; says whether it was woken since the last call. */
    public boolean await(long untilNanos, Ticker ticker) {
        waiter = Thread.currentThread();
        for (long left = untilNanos - ticker.nanos(); left > 0 && !raised.get(); left = untilNanos - ticker.nanos()) {
            LockSupport.parkNanos(this, left);
            // Nobody interrupts a loop on purpose, and a flag left set would turn the waiting into a spin.
            Thread.interrupted();
        }
        return raised.getAndSet(false);
    }
}
