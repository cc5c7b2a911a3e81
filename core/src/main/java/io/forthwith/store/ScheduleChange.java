package io.forthwith.store;

import io.forthwith.schedule.StoredSchedule;
import org.jspecify.annotations.Nullable;

/** Decides about one schedule whose row is locked. It may be called again with another row and other facts, so it has no effects. */
@FunctionalInterface
public interface ScheduleChange<T> {
    /**
     * Decides.
     *
     * @param row the schedule; null if there is none
     */
    ScheduleDecision<T> decide(@Nullable StoredSchedule row, ScheduleFacts facts);
}
