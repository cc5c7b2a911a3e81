package io.forthwith;

import io.forthwith.internal.CanIgnoreReturnValue;
import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.NullRules;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/**
 * Says when a job that failed with a retryable error is tried again. Immutable and thread-safe: every setting returns a
 * new policy.
 *
 * <p>By default there are 5 attempts. The wait is 1 s after the first failure, doubles each time, and is at most 1 h.
 * Jitter of ±20 % is added to it, so that jobs that failed together are not retried together. Waits that would overflow
 * are replaced by the longest one.
 */
@CheckReturnValue
public final class RetryPolicy {
    /** How many attempts there are, by default, the first included. */
    public static final int DEFAULT_MAX_ATTEMPTS = 5;
    /** The wait after the first failure, by default. */
    public static final Duration DEFAULT_FIRST_DELAY = Duration.ofSeconds(1);
    /** The longest wait before jitter, by default. */
    public static final Duration DEFAULT_CAP = Duration.ofHours(1);
    /** The share of the wait that is random, by default. */
    public static final double DEFAULT_JITTER = 0.2;

    private static final int ATTEMPTS_LIMIT = 1_000;
    private static final Duration LONGEST = Duration.ofDays(365);

    private final int maxAttempts;
    private final IntFunction<Duration> backOff;
    private final Duration cap;
    private final double jitter;

    private RetryPolicy(int maxAttempts, IntFunction<Duration> backOff, Duration cap, double jitter) {
        this.maxAttempts = maxAttempts;
        this.backOff = backOff;
        this.cap = cap;
        this.jitter = jitter;
    }

    /** Waits 1 s, then 2 s, 4 s and so on. */
    public static RetryPolicy exponential() {
        return exponential(DEFAULT_FIRST_DELAY);
    }

    /**
     * Waits {@code first}, then twice as long each time.
     *
     * @throws IllegalArgumentException if {@code first} is negative or longer than a year
     */
    public static RetryPolicy exponential(Duration first) {
        requireDelay("First delay", first);
        return custom(attempt -> doubled(first, attempt - 1));
    }

    /**
     * Waits equally long each time, but for the jitter: give {@code jitter(0)} to wait exactly so long.
     *
     * @throws IllegalArgumentException if {@code delay} is negative or longer than a year
     */
    public static RetryPolicy fixed(Duration delay) {
        requireDelay("Delay", delay);
        return custom(attempt -> delay).cap(delay);
    }

    /**
     * Waits as long as a function says. Its argument is the attempt that failed, counted from 1. A wait that is
     * negative or null counts as zero. The default {@link #cap} and {@link #jitter} apply.
     */
    public static RetryPolicy custom(IntFunction<Duration> backOff) {
        return new RetryPolicy(
                DEFAULT_MAX_ATTEMPTS,
                NullRules.require(
                        backOff, "backOff", "give a function from the failed attempt, counted from 1, to the wait"),
                DEFAULT_CAP,
                DEFAULT_JITTER);
    }

    /** Never retries: one attempt. */
    public static RetryPolicy none() {
        return exponential().maxAttempts(1);
    }

    /**
     * How many attempts a job may have, the first included. By default {@value #DEFAULT_MAX_ATTEMPTS}.
     *
     * @throws IllegalArgumentException unless it is 1 to 1,000
     */
    public RetryPolicy maxAttempts(int attempts) {
        return new RetryPolicy(requireAttempts(attempts), backOff, cap, jitter);
    }

    /**
     * The longest wait before jitter. By default 1 h; for {@link #fixed}, the delay itself.
     *
     * @throws IllegalArgumentException if it is negative or longer than a year
     */
    public RetryPolicy cap(Duration longest) {
        requireDelay("Cap", longest);
        return new RetryPolicy(maxAttempts, backOff, longest, jitter);
    }

    /**
     * The random share of each wait: 0.2 means that the wait is between 80 % and 120 %. By default
     * {@value #DEFAULT_JITTER}.
     *
     * @throws IllegalArgumentException unless it is 0 to 1
     */
    public RetryPolicy jitter(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("Jitter " + share + " is out of range: 0 to 1");
        }
        return new RetryPolicy(maxAttempts, backOff, cap, share);
    }

    /** How many attempts a job may have, the first included. */
    public int maxAttempts() {
        return maxAttempts;
    }

    /**
     * How long to wait after a failed attempt. Never negative, and never longer than the cap plus jitter.
     *
     * @param attempt the attempt that failed, counted from 1; a lower number counts as 1
     */
    public Duration delayAfter(int attempt, RandomGenerator random) {
        NullRules.require(random, "random", "give a generator, for example ThreadLocalRandom.current()");
        Duration wanted = backOff.apply(Math.max(attempt, 1));
        if (wanted == null || wanted.isNegative()) {
            wanted = Duration.ZERO;
        }
        long nanos = (wanted.compareTo(cap) < 0 ? wanted : cap).toNanos();
        double factor = 1 + jitter * (2 * random.nextDouble() - 1);
        return Duration.ofNanos((long) (nanos * factor));
    }

    @CanIgnoreReturnValue
    static int requireAttempts(int attempts) {
        if (attempts < 1 || attempts > ATTEMPTS_LIMIT) {
            throw new IllegalArgumentException(
                    "Max attempts " + attempts + " is out of range: 1 to " + ATTEMPTS_LIMIT + ", the first included");
        }
        return attempts;
    }

    private static void requireDelay(String what, Duration delay) {
        NullRules.require(delay, what, "give zero to 365 days, for example Duration.ofSeconds(5)");
        if (delay.isNegative() || delay.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(what + " " + delay + " is out of range: zero to 365 days");
        }
    }

    private static Duration doubled(Duration first, int times) {
        // A wait that does not fit into a long of nanoseconds is longer than every cap.
        if (times >= 62 || first.toNanos() > Long.MAX_VALUE >> times) {
            return first.isZero() ? first : LONGEST;
        }
        return Duration.ofNanos(first.toNanos() << times);
    }
}
