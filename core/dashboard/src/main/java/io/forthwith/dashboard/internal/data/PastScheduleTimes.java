package io.forthwith.dashboard.internal.data;

import io.forthwith.internal.FiringTimes;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.schedule.StoredSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** When a schedule was to run, by its times as they are now. */
public final class PastScheduleTimes {
    /** The first look goes back so far; each further one four times as far. */
    private static final Duration FIRST_LOOK = Duration.ofHours(1);

    private static final int FARTHER = 4;

    private PastScheduleTimes() {}

    /**
     * The times of a schedule.
     *
     * @throws IllegalArgumentException if it cannot be read
     */
    public static FiringTimes of(StoredSchedule schedule, Instant now) {
        Instant anchor = schedule.progress().anchor();
        return schedule.definition().times(LibraryOnly.KEY, anchor == null ? now : anchor);
    }

    /** Up to so many before a time, the newest first. Times go forward only, so it looks from farther and farther back. */
    public static List<Instant> before(FiringTimes times, Instant end, int most) {
        Deque<Instant> newest = new ArrayDeque<>();
        Instant from = end;
        for (Duration back = FIRST_LOOK;
                newest.size() < most && from.isAfter(Instant.EPOCH);
                back = back.multipliedBy(FARTHER)) {
            from = end.minus(back);
            newest.clear();
            for (Instant at = times.after(from); at != null && at.isBefore(end); at = times.after(at)) {
                newest.addFirst(at);
                if (newest.size() > most) {
                    newest.removeLast();
                }
            }
        }
        return List.copyOf(newest);
    }
}
