package io.forthwith.worker.internal.loop;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Counts tasks that are not done, so that a worker that stops can wait for them. Thread-safe. */
public final class InFlightCount {
    private int count;

    public synchronized void add(int more) {
        count += more;
    }

    public synchronized void done(int fewer) {
        count -= fewer;
        if (count == 0) {
            notifyAll();
        }
    }

    public synchronized int count() {
        return count;
    }

    /** Waits until all tasks are done, no longer than {@code most}; true if they are. */
    public synchronized boolean awaitNone(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        for (long left = most.toNanos(); count > 0 && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return count == 0;
    }

    /** As {@link #awaitNone}, but an interrupt does not end the wait. The interrupt flag is set afterwards. */
    public boolean awaitNoneUninterruptibly(Duration most) {
        long end = System.nanoTime() + most.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return awaitNone(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
