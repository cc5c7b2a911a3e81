package io.forthwith.worker.internal.loop;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The back-off of one loop after calls to the store that failed, with a cap and jitter. Being woken does not shorten
 * it. Used by the thread of the loop only.
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

    /** Records a failed call, and returns how long to wait before the next one. */
    public Duration failed(Throwable why) {
        health.failed(activity, why);
        long nanos = FIRST.toNanos() << Math.min(failures++, MAX_DOUBLINGS);
        Duration pause = jitter(Duration.ofNanos(Math.min(nanos, longest.toNanos())), random);
        notBeforeNanos = ticker.nanos() + pause.toNanos();
        return pause;
    }

    /** The rest of the pause after a failed call; zero if there is none. */
    public Duration pauseLeft() {
        long left = failures == 0 ? 0 : notBeforeNanos - ticker.nanos();
        return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
    }

    /** Records a successful call. */
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
