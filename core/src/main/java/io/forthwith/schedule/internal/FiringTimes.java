package io.forthwith.schedule.internal;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The nominal times of a schedule, one after the other. Implementations are immutable. */
public interface FiringTimes {
    /** The first time after this instant; null if there is none. */
    @Nullable
    Instant after(Instant instant);
}
