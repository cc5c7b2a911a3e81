package io.forthwith.jdbc.internal.postgresql;

import java.time.Duration;

/**
 * Whether this process has lately lost the session in which it listens. What cut its connection has probably cut those of other processes
 * too, and they may need longer to connect again: this process must not take them for dead. Thread-safe.
 */
final class RecentSessionLoss {
    /** Longer than pools take to connect again. */
    private static final Duration LATELY = Duration.ofSeconds(5);

    private boolean isLost;
    private boolean wasLost;
    private long regainedNanos;

    /** The session is lost. */
    synchronized void lost() {
        isLost = true;
    }

    /** This process listens, for the first time or again; true if it had lost its session. */
    synchronized boolean listens() {
        boolean again = isLost;
        if (again) {
            isLost = false;
            wasLost = true;
            regainedNanos = System.nanoTime();
        }
        return again;
    }

    synchronized boolean isRecent() {
        return isLost || (wasLost && System.nanoTime() - regainedNanos < LATELY.toNanos());
    }
}
