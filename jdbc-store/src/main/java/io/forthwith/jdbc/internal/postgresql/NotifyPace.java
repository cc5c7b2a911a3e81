package io.forthwith.jdbc.internal.postgresql;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When a store may send notifications: one in 20 ms. A statement that adds a job may send one by its own commit: this is a turn. Other commits with
 * notifications wait for it, also those of other programs. So there is one turn at a time, and after it a pause of ten times its length, with the wait
 * for a connection, but at most five seconds. Thread-safe.
 */
final class NotifyPace {
    private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int PAUSE_PER_TURN = 10;
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final LongSupplier nanos;
    private long notBefore;
    private long noTurnBefore;
    private boolean isTurnTaken;
    private long turnBegan;

    /** With a clock in nanoseconds. */
    NotifyPace(LongSupplier nanos) {
        this.nanos = nanos;
        this.notBefore = nanos.getAsLong();
        this.noTurnBefore = notBefore;
    }

    /** How long it is until the next notification; none or less if it may be sent. */
    synchronized long leftNanos() {
        return notBefore - nanos.getAsLong();
    }

    /** A notification is sent now. */
    synchronized void sends() {
        notBefore = nanos.getAsLong() + WINDOW_NANOS;
    }

    /** Whether a statement has the turn, from now on. */
    synchronized boolean takeTurn() {
        long now = nanos.getAsLong();
        if (isTurnTaken || now - notBefore < 0 || now - noTurnBefore < 0) {
            return false;
        }
        isTurnTaken = true;
        turnBegan = now;
        notBefore = now + WINDOW_NANOS;
        return true;
    }

    /**
     * The turn is over.
     *
     * @param pause the shortest time until the next one
     */
    synchronized void endTurn(Duration pause) {
        long now = nanos.getAsLong();
        isTurnTaken = false;
        noTurnBefore =
                now + Math.max(pause.toNanos(), Math.min(LONGEST_PAUSE_NANOS, PAUSE_PER_TURN * (now - turnBegan)));
    }
}
