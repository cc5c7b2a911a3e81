package io.forthwith.worker.internal.loop;

import java.time.Duration;

/**
 * How long to wait before the next poll for jobs that no notification announces. The wait is short after jobs were
 * found, because more may follow, and then grows up to the poll interval. Being woken in between does not change it.
 * Not thread-safe.
 */
public final class PollBackOff {
    private static final Duration SHORTEST = Duration.ofMillis(25);

    private final Duration interval;
    private boolean hasFound;
    private long foundNanos;

    public PollBackOff(Duration interval) {
        this.interval = interval;
    }

    /** Jobs were found. */
    public void found(long nowNanos) {
        hasFound = true;
        foundNanos = nowNanos;
    }

    /**
     * The wait is as long as the time since jobs were last found. So it doubles from poll to poll, and only a few polls
     * are needed to reach any interval.
     */
    public Duration pause(long nowNanos) {
        Duration pause = hasFound ? Duration.ofNanos(nowNanos - foundNanos) : interval;
        Duration atLeast = pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause;
        return atLeast.compareTo(interval) < 0 ? atLeast : interval;
    }
}
