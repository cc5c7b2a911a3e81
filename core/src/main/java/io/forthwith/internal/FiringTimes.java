package io.forthwith.internal;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The nominal times of a schedule, one after the other. Implementations are immutable. */
public interface FiringTimes {
    /** After this instant there are no times: well before the last year that the time classes can compute with. */
    Instant LATEST = Instant.parse("9900-01-01T00:00:00Z");

    /** The first time after this instant; null if there is none, or the instant is after {@link #LATEST}. */
    @Nullable
    Instant after(Instant instant);
}
