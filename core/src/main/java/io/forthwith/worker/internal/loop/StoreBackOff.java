package io.forthwith.worker.internal.loop;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The back-off of one loop after calls to the store that failed, with a cap and jitter. Being woken does not shorten
 * it, unless the store has answered another loop since: then the loop is woken for a probe. So while several loops fail,
 * each waits longer. Used by the thread of the loop only, except {@link #probe}.
 */
public final class StoreBackOff {
    private static final Duration FIRST = Duration.ofMillis(50);
    private static final int MAX_DOUBLINGS = 7;
    /** The first pauses that a loop leaves out while others fail too: the first of them that succeeds wakes it. */
    private static final int LEFT_TO_OTHERS = 2;
    /** The same for a loop that can wait: while others fail too, it makes its longest pauses from the start. */
    private static final int ALL_LEFT_TO_OTHERS = MAX_DOUBLINGS;

    private final String activity;
    private final StoreHealth health;
    private final WakeSignal signal;
    private final RandomGenerator random;
    private final Ticker ticker;
    private final Duration longest;
    private final int leftToOthers;
    private int failures;
    private long notBeforeNanos;
    private volatile boolean probing;

    /**
     * @param activity what the loop does, in the log and for the operators
     * @param signal wakes the loop
     */
    public StoreBackOff(
            String activity,
            StoreHealth health,
            WakeSignal signal,
            RandomGenerator random,
            Ticker ticker,
            Duration longest) {
        this(activity, health, signal, random, ticker, longest, LEFT_TO_OTHERS);
    }

    private StoreBackOff(
            String activity,
            StoreHealth health,
            WakeSignal signal,
            RandomGenerator random,
            Ticker ticker,
            Duration longest,
            int leftToOthers) {
        this.activity = activity;
        this.health = health;
        this.signal = signal;
        this.random = random;
        this.ticker = ticker;
        this.longest = longest;
        this.leftToOthers = leftToOthers;
    }

    /** The same for a loop whose work can wait until the store has answered another loop. */
    public StoreBackOff patient() {
        return new StoreBackOff(activity, health, signal, random, ticker, longest, ALL_LEFT_TO_OTHERS);
    }

    /** Records a failed call, and returns how long to wait before the next one. */
    public Duration failed(Throwable why) {
        // A probe that came while the call was under way: the call may have begun before the store answered another
        // loop.
        boolean isOld = takeProbe();
        int doublings = failures++ + (!isOld && health.failsOthers(this) ? leftToOthers : 0);
        long nanos = FIRST.toNanos() << Math.min(doublings, MAX_DOUBLINGS);
        Duration pause = jitter(Duration.ofNanos(Math.min(nanos, longest.toNanos())), random);
        notBeforeNanos = ticker.nanos() + pause.toNanos();
        health.failed(this, why, isOld);
        return pause;
    }

    /** How often the store has answered any loop after a failure. */
    public int comebacks() {
        return health.comebacks();
    }

    /** The rest of the pause after a failed call; zero if there is none. */
    public Duration pauseLeft() {
        long left = failures == 0 || probing ? 0 : notBeforeNanos - ticker.nanos();
        return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
    }

    /** Records a successful call. */
    public void succeeded() {
        if (failures > 0 || health.isTroubled()) {
            failures = 0;
            probing = false;
            health.succeeded(this);
        }
    }

    /** Records a successful call of a loop that has other calls to repeat. */
    public void answered() {
        if (health.isTroubled()) {
            health.answered();
        }
    }

    /**
     * The loop has nothing to call the store for. A failure before the store answered another loop says nothing any
     * more.
     */
    public void idle() {
        if (failures > 0 && health.isForgotten(this)) {
            failures = 0;
            probing = false;
        }
    }

    /** Lets the loop call the store at once. Called by the thread of another loop, which the store has answered. */
    void probe() {
        probing = true;
        signal.wake();
    }

    /** Whether the loop is to call the store now, although its pause is not over. */
    public boolean isProbing() {
        return probing;
    }

    /**
     * Whether the loop is to call the store now; then the pauses are short again. A loop takes it before each call: so a probe that comes during the
     * call is seen when it fails.
     */
    public boolean takeProbe() {
        if (!probing) {
            return false;
        }
        probing = false;
        failures = Math.min(failures, 1);
        return true;
    }

    String activity() {
        return activity;
    }

    /** Between 75 and 125 % of {@code duration}. */
    public static Duration jitter(Duration duration, RandomGenerator random) {
        return Duration.ofNanos((long) (duration.toNanos() * (0.75 + random.nextDouble() / 2)));
    }
}
