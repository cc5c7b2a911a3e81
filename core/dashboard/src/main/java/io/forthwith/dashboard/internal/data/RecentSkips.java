package io.forthwith.dashboard.internal.data;

import io.forthwith.schedule.StoredSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Which schedules have skipped times in the last hour, as far as this process has seen: stores keep sums only. It remembers a thousand schedules, and at most 61
 * numbers of each. Thread-safe.
 */
public final class RecentSkips {
    private static final Duration LATELY = Duration.ofHours(1);
    private static final Duration TOGETHER = Duration.ofMinutes(1);

    private final Map<UUID, Seen> schedules = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, Seen> eldest) {
            return size() > Source.MOST_JOBS;
        }
    };

    private record Growth(Instant since, long by) {}

    private static final class Seen {
        private final Deque<Growth> growths = new ArrayDeque<>();
        private Instant at;
        private long skipped;
        private boolean wasHeld;

        Seen(Instant at, StoredSchedule schedule) {
            this.at = at;
            skipped = schedule.progress().skipped();
            wasHeld = schedule.isHeld();
        }
    }

    /** Takes note of what was read at a time. Times that pass while a schedule is paused are left out. */
    public synchronized void see(List<StoredSchedule> read, Instant at) {
        for (StoredSchedule schedule : read) {
            Seen seen = schedules.computeIfAbsent(schedule.creationId(), any -> new Seen(at, schedule));
            if (at.isAfter(seen.at)) {
                see(seen, schedule, at);
            }
        }
    }

    private static void see(Seen seen, StoredSchedule schedule, Instant at) {
        long by = schedule.progress().skipped() - seen.skipped;
        boolean isMeant = seen.wasHeld || schedule.isHeld();
        if (by > 0 && !isMeant) {
            Growth last = seen.growths.peekLast();
            boolean isSoonAfter =
                    last != null && Duration.between(last.since, seen.at).compareTo(TOGETHER) < 0;
            if (last != null && isSoonAfter) {
                seen.growths.removeLast();
                seen.growths.add(new Growth(last.since, last.by + by));
            } else {
                seen.growths.add(new Growth(seen.at, by));
            }
        }
        forget(seen, at);
        seen.at = at;
        seen.skipped = schedule.progress().skipped();
        seen.wasHeld = schedule.isHeld();
    }

    private static void forget(Seen seen, Instant now) {
        seen.growths.removeIf(growth -> Duration.between(growth.since, now).compareTo(LATELY) > 0);
    }

    /** How many times a schedule has skipped in the last hour, for sure. */
    public synchronized long skipped(StoredSchedule schedule, Instant now) {
        Seen seen = schedules.get(schedule.creationId());
        if (seen == null) {
            return 0;
        }
        forget(seen, now);
        return seen.growths.stream().mapToLong(Growth::by).sum();
    }
}
