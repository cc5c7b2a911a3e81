package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.JobStore;
import io.forthwith.store.ScheduleStore;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Looks for schedules that cannot fire: their texts cannot be read or name no time that ever comes, or their jobs cannot be added. Such a schedule fails
 * nowhere else, so the health of each worker reports it, and one line of the log. Each round reads one page, so many schedules take several
 * minutes.
 */
final class FailedSchedulesLoop implements LoopRound {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final int PAGE = 500;
    private static final int MOST_NAMED = 10;

    private final JobStore store;
    private final RandomGenerator random;
    private final StoreBackOff guard;
    /** What was found so far, by the name of the schedule, in the order of pages. */
    private final NavigableMap<String, String> failing = new TreeMap<>();

    private @Nullable String after;
    private boolean first = true;
    private volatile List<String> troubles = List.of();

    FailedSchedulesLoop(JobStore store, RandomGenerator random, StoreBackOff guard) {
        this.store = store;
        this.random = random;
        this.guard = guard;
    }

    @Override
    public Duration run() {
        if (first) {
            first = false;
            return StoreBackOff.jitter(PAUSE, random);
        }
        try {
            Optional<ScheduleStore> schedules = store.schedules();
            if (schedules.isPresent()) {
                look(schedules.get().list(after, PAGE));
            }
        } catch (Throwable failure) {
            return guard.failed(failure);
        }
        guard.succeeded();
        return StoreBackOff.jitter(PAUSE, random);
    }

    @Override
    public boolean isProbing() {
        return guard.isProbing();
    }

    private void look(List<StoredSchedule> page) {
        boolean isLast = page.size() < PAGE;
        NavigableMap<String, String> before = after == null ? failing : failing.tailMap(after, false);
        NavigableMap<String, String> range =
                isLast ? before : before.headMap(page.get(page.size() - 1).name(), true);
        Map<String, String> known = Map.copyOf(range);
        range.clear();
        for (StoredSchedule schedule : page) {
            String error = schedule.progress().error();
            if (error != null && !schedule.isHeld()) {
                String name = schedule.name();
                String text = SafeText.line(error, 200);
                failing.put(name, text);
                if (!text.equals(known.get(name))) {
                    LOG.warn("[Worker] Schedule {} does not fire: {}", SafeText.line(name, 200), text);
                }
            }
        }
        after = isLast ? null : page.get(page.size() - 1).name();
        report();
    }

    private void report() {
        List<String> named = new ArrayList<>();
        failing.entrySet().stream()
                .limit(MOST_NAMED)
                .forEach(each -> named.add(
                        "the schedule " + SafeText.line(each.getKey(), 200) + " does not fire: " + each.getValue()));
        int more = failing.size() - MOST_NAMED;
        if (more > 0) {
            named.add("and " + more + " other schedules do not fire");
        }
        troubles = List.copyOf(named);
    }

    /** What is wrong, for the operators. */
    List<String> troubles() {
        return troubles;
    }
}
