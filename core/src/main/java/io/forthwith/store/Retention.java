package io.forthwith.store;

import io.forthwith.internal.NullRules;
import java.time.Duration;

/**
 * How long ended jobs are kept, counted from their end. Immutable.
 *
 * @param completed completed and cancelled jobs; by default 7 days. With zero a job is deleted when it completes, unless something depends on
 *     it ({@link Settlement.Complete#deletes})
 * @param failed failed jobs; by default 30 days
 */
public record Retention(Duration completed, Duration failed) {
    /** 7 days, and 30 for failed jobs. */
    public static final Retention DEFAULT = new Retention(Duration.ofDays(7), Duration.ofDays(30));

    /** Checks the durations. */
    public Retention {
        NullRules.require(completed, "completed", "7 days are the default; to keep jobs for ever, give a long time");
        NullRules.require(failed, "failed", "30 days are the default; to keep jobs for ever, give a long time");
        if (completed.isNegative() || failed.isNegative()) {
            throw new IllegalArgumentException(
                    "Retention must not be negative: completed " + completed + ", failed " + failed);
        }
    }

    /** Whether a job is deleted when it completes, and not kept for a while. */
    public boolean deletesCompleted() {
        return completed.isZero();
    }
}
