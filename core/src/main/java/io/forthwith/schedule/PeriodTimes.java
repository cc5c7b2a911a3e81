package io.forthwith.schedule;

import io.forthwith.internal.FiringTimes;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Times at equal distances.
 *
 * @param anchor one of them
 * @param period the distance; more than zero
 */
record PeriodTimes(Instant anchor, Duration period) implements FiringTimes {
    /** Checks the period. */
    public PeriodTimes {
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("The period " + period + " must be more than zero");
        }
    }

    @Override
    public @Nullable Instant after(Instant instant) {
        if (instant.isAfter(LATEST)) {
            return null;
        }
        if (instant.isBefore(anchor)) {
            long back = Duration.between(instant, anchor).dividedBy(period);
            Instant first = anchor.minus(period.multipliedBy(back));
            return first.isAfter(instant) ? first : first.plus(period);
        }
        long passed = Duration.between(anchor, instant).dividedBy(period);
        return anchor.plus(period.multipliedBy(passed + 1));
    }
}
