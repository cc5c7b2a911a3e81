package io.forthwith.worker;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A count of things under way that a stopping worker can wait for. Thread-safe. */
final class Outstanding {
    private int count;

    synchronized void add(int more) {
        count += more;
    }

    synchronized void done(int fewer) {
        count -= fewer;
        if (count == 0) {
            notifyAll();
        }
    }

    synchronized int count() {
        return count;
    }

    /** Waits until nothing is under way, at most so long; an interrupt ends the waiting and is kept. */
    synchronized boolean awaitNone(Duration most) {
        long end = System.nanoTime() + most.toNanos();
        for (long left = most.toNanos(); count > 0 && left > 0; left = end - System.nanoTime()) {
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return count == 0;
            }
        }
        return count == 0;
    }
}
