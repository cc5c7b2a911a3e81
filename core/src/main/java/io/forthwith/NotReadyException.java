package io.forthwith;

import io.forthwith.internal.DelayRules;
import java.time.Duration;
import java.util.Objects;

/**
 * Thrown by a processor whose job cannot be done yet: the job comes back after the delay, without using up an attempt,
 * and shows the reason as its progress message until it runs again. A job that is still not ready 24 hours after the first
 * time, or after the first time since it was last retried by hand, fails with the code {@code not_ready}.
 */
public final class NotReadyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Duration delay;
    private final String reason;

    /**
     * Comes back after {@code delay}.
     *
     * @throws IllegalArgumentException if the delay is negative or longer than 100 years
     */
    public NotReadyException(Duration delay, String reason) {
        super(reason);
        this.delay = DelayRules.require(delay);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /** When to come back. */
    public Duration delay() {
        return delay;
    }

    /** What is missing, for a person. */
    public String reason() {
        return reason;
    }
}
