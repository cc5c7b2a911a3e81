package io.forthwith.internal;

import java.time.Duration;

/** The rule for delays: zero to 100 years, so that the sum of a time stamp and a delay cannot overflow. */
public final class DelayRules {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private DelayRules() {}

    /**
     * Returns {@code delay} if it is valid.
     *
     * @throws IllegalArgumentException naming the value and the rule
     */
    public static Duration require(Duration delay) {
        NullRules.require(delay, "Delay", "give zero to 100 years, for example Duration.ofSeconds(5)");
        if (delay.isNegative() || delay.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("Delay " + delay + " is out of range: zero to 100 years");
        }
        return delay;
    }
}
