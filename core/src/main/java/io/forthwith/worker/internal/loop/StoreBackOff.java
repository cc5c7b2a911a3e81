package io.forthwith.worker.internal.loop;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * One loop's dealings with a store that may fail: capped back-off with jitter, which being woken does not cut short. Used by
 * that loop's thread only.
 */
public final class StoreBackOff {
    private static final Duration FIRST = Duration.ofMillis(50);
    private static final int MAX_DOUBLINGS = 7;

    private final String activity;
    private final StoreHealth health;
    private final RandomGenerator random;
    private final Ticker ticker;
    private final Duration longest;
    private int failures;
    private long notBeforeNanos;

    public StoreBackOff(String activity, StoreHealth health, RandomGenerator random, Ticker ticker, Duration longest) {
        this.activity = activity;
        this.health = health;
        this.random = random;
        this.ticker = ticker;
        this.longest = longest;
    }

    /** Notes a failed call and says how long to wait before the next. */
    public Duration failed(Throwable why) {
        health.failed(activity, why);
        long nanos = FIRST.toNanos() << Math.min(failures++, MAX_DOUBLINGS);
        Duration pause = jitter(Duration.ofNanos(Math.min(nanos, longest.toNanos())), random);
        notBeforeNanos = ticker.nanos() + pause.toNanos();
        return pause;
    }

    /** What is left of the pause after a failed call; zero if there is none. */
    public Duration pauseLeft() {
        long left = failures == 0 ? 0 : notBeforeNanos - ticker.nanos();
        return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
    }

    /** Notes a call that worked. */
    public void succeeded() {
        if (failures > 0) {
            failures = 0;
            health.succeeded(activity);
        }
    }

    /** Between 75 and 125 % of {@code duration}. */
    public static Duration jitter(Duration duration, RandomGenerator random) {
        return Duration.ofNanos((long) (duration.toNanos() * (0.75 + random.nextDouble() / 2)));
    }
}
