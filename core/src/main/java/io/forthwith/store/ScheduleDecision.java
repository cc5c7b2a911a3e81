package io.forthwith.store;

import io.forthwith.schedule.StoredSchedule;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a schedule. Immutable.
 *
 * @param answer what the caller gets
 * @param row the schedule from now on; null if it is deleted, or there is none
 * @param jobs jobs to add; one whose id exists is left as it is
 * @param cancelled jobs to cancel
 */
public record ScheduleDecision<T>(T answer, @Nullable StoredSchedule row, List<EncodedJob> jobs, List<UUID> cancelled) {
    /** Checks for null. */
    public ScheduleDecision {
        Objects.requireNonNull(answer, "answer");
        jobs = List.copyOf(jobs);
        cancelled = List.copyOf(cancelled);
    }

    /** Without jobs. */
    public static <T> ScheduleDecision<T> of(T answer, @Nullable StoredSchedule row) {
        return new ScheduleDecision<>(answer, row, List.of(), List.of());
    }
}
