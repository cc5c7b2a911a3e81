package io.forthwith.worker.internal.loop;

import java.time.Duration;

/**
 * How long to wait before looking for jobs that nobody tells of: not long after some were found, since more may come the same way,
 * then ever longer up to the poll interval. Being woken in between changes nothing. Not thread-safe.
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

    /** As long as it is since the last find, which doubles it from look to look: a handful of looks, however long the interval. */
    public Duration pause(long nowNanos) {
        Duration pause = hasFound ? Duration.ofNanos(nowNanos - foundNanos) : interval;
        Duration atLeast = pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause;
        return atLeast.compareTo(interval) < 0 ? atLeast : interval;
    }
}
