package io.forthwith.jdbc.internal.operations;

import java.time.Duration;

/** How long one turn of a work that comes again and again may take, so that others on the same thread get their turns. Immutable and thread-safe. */
public final class TurnTime {
    private static final Duration LONGEST = Duration.ofMillis(300);
    private static final Duration LONGEST_FOR_LOCKS = Duration.ofMillis(200);

    private final long begun = System.nanoTime();

    public boolean isOver() {
        return left(LONGEST).isNegative();
    }

    /** How long to wait for a lock, if a wait of its own would take that long. */
    Duration forLocks(Duration wait) {
        Duration left = left(LONGEST_FOR_LOCKS);
        return left.compareTo(wait) < 0 ? left : wait;
    }

    private Duration left(Duration of) {
        return of.minusNanos(System.nanoTime() - begun);
    }
}
