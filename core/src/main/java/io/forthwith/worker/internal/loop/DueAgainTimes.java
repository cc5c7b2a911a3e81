package io.forthwith.worker.internal.loop;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Queue;

/**
 * When jobs that this worker has postponed or will retry become due again, so that it claims them then and not at its
 * next poll. It keeps at most 1,000 times; polling finds the rest. Thread-safe.
 */
public final class DueAgainTimes {
    private static final int MAX = 1_000;

    private final Ticker ticker;
    private final WakeSignal signal;
    private final Queue<Long> nanos = new PriorityQueue<>();

    public DueAgainTimes(Ticker ticker, WakeSignal signal) {
        this.ticker = ticker;
        this.signal = signal;
    }

    public void dueIn(Duration delay) {
        if (delay.compareTo(Duration.ofDays(1)) > 0) {
            return;
        }
        if (!delay.isZero()) {
            synchronized (this) {
                if (nanos.size() < MAX) {
                    nanos.add(ticker.nanos() + delay.toNanos());
                }
            }
        }
        signal.wake();
    }

    /** How long until the next job is due, at most {@code longest}. Removes the times that have passed. */
    public synchronized Duration untilNext(long nowNanos, Duration longest) {
        for (Long next = nanos.peek(); next != null; next = nanos.peek()) {
            long left = next - nowNanos;
            if (left > 0) {
                return left < longest.toNanos() ? Duration.ofNanos(left) : longest;
            }
            nanos.remove();
        }
        return longest;
    }
}
