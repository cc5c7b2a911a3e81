package io.forthwith.dashboard.internal.data;

import io.forthwith.internal.FiringTimes;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.rules.ScheduleRule;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** When schedules come next, computed from what was read. */
public final class NextRuns {
    public static final int MOST_OF_ONE = 2;

    private static final Duration LATE = Duration.ofMinutes(1);

    private NextRuns() {}

    /** Whether a time should have fired some time ago. */
    public static boolean isLate(Instant time, Instant now) {
        return Duration.between(time, now).compareTo(LATE) > 0;
    }

    /** A nominal time of a schedule. */
    public record Run(Instant at, StoredSchedule schedule) {}

    /**
     * The next times of one schedule.
     *
     * @param problem why there are none: its texts cannot be read; null if they can
     */
    public record Times(List<Instant> list, @Nullable String problem) {}

    /** The next times of a schedule, also of one that is paused. */
    public static Times of(StoredSchedule schedule, Instant now, int most) {
        try {
            return new Times(ScheduleRule.next(schedule, now, most), null);
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException unreadable) {
            return new Times(List.of(), String.valueOf(unreadable.getMessage()));
        }
    }

    /**
     * The next runs of all schedules together, without those that are held or cannot be read. Of one schedule there are at most {@link #MOST_OF_ONE}, so
     * that one that fires each second leaves room for the others.
     */
    public static List<Run> of(List<StoredSchedule> schedules, Instant now, int most) {
        PriorityQueue<Run> next = new PriorityQueue<>(Comparator.comparing(Run::at)
                .thenComparing(run -> run.schedule().name()));
        for (StoredSchedule schedule : schedules) {
            Instant first = schedule.isHeld() ? null : first(schedule, now);
            if (first != null) {
                next.add(new Run(first, schedule));
            }
        }
        List<Run> runs = new ArrayList<>();
        IdentityHashMap<StoredSchedule, Integer> ofOne = new IdentityHashMap<>();
        while (!next.isEmpty() && runs.size() < most) {
            Run run = next.poll();
            runs.add(run);
            int shown = ofOne.merge(run.schedule, 1, Integer::sum);
            Instant after = shown < MOST_OF_ONE ? after(run.schedule, run.at) : null;
            if (after != null) {
                next.add(new Run(after, run.schedule));
            }
        }
        return runs;
    }

    /** As it is stored: it is computed only where it is not stored yet. */
    private static @Nullable Instant first(StoredSchedule schedule, Instant now) {
        if (schedule.progress().error() != null) {
            return null;
        }
        Instant stored = schedule.progress().nextAt();
        if (stored != null) {
            return stored.isBefore(FiringTimes.LATEST) ? stored : null;
        }
        List<Instant> computed = of(schedule, now, 1).list;
        return computed.isEmpty() ? null : computed.get(0);
    }

    private static @Nullable Instant after(StoredSchedule schedule, Instant time) {
        try {
            return PastScheduleTimes.of(schedule, time).after(time);
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException unreadable) {
            return null;
        }
    }
}
