package io.forthwith.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What {@link ScheduleStore#fireDue} did. Immutable.
 *
 * @param schedules how many schedules it decided about
 * @param jobs how many jobs it added
 * @param untilNext how long until the next schedule is due, zero if one is; null if there is none
 */
public record FiredSchedules(
        int schedules, int jobs, @Nullable Duration untilNext) {}
