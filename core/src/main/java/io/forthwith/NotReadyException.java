package io.forthwith;

import io.forthwith.internal.DelayRules;
import io.forthwith.internal.NullRules;
import java.time.Duration;

/**
 * A processor throws it if its job cannot be done yet. The job is postponed: it becomes due again after the delay, the
 * attempt does not count, and the reason is its progress message until it runs again. A job that is still not ready 24
 * hours after it was first postponed fails with the code {@code not_ready}. A retry by hand starts these 24 hours again.
 */
public final class NotReadyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Duration delay;
    private final String reason;

    /**
     * Postpones the job.
     *
     * @throws IllegalArgumentException if the delay is negative or longer than 100 years
     */
    public NotReadyException(Duration delay, String reason) {
        super(reason);
        this.delay = DelayRules.require(delay);
        this.reason = NullRules.require(reason, "reason", "tell the user what is missing");
    }

    /** How long to wait before the job is due again. */
    public Duration delay() {
        return delay;
    }

    /** What is missing, for the user. */
    public String reason() {
        return reason;
    }
}
