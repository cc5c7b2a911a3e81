package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import io.forthwith.store.JobStore;
import io.forthwith.store.ScheduleStore;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Looks for schedules that cannot fire: their texts cannot be read or name no time that ever comes, or their jobs cannot be added. Such a schedule fails
 * nowhere else, so the health of each worker reports it, and one line of the log.
 */
final class FailedSchedulesLoop implements LoopRound {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final int MOST = 100;
    private static final int MOST_NAMED = 10;

    private final JobStore store;
    private final RandomGenerator random;
    private final StoreBackOff guard;
    /** What the last look has found, by the name of the schedule. */
    private Map<String, String> known = Map.of();

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
                look(schedules.get().failing(MOST));
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

    private void look(Map<String, String> failing) {
        Map<String, String> seen = new TreeMap<>();
        failing.forEach((name, error) -> seen.put(SafeText.line(name, 200), SafeText.line(error, 200)));
        seen.forEach((name, error) -> {
            if (!error.equals(known.get(name))) {
                LOG.warn("[Worker] Schedule {} does not fire: {}", name, error);
            }
        });
        known = seen;
        List<String> named = new ArrayList<>();
        seen.entrySet().stream()
                .limit(MOST_NAMED)
                .forEach(each -> named.add("the schedule " + each.getKey() + " does not fire: " + each.getValue()));
        int more = seen.size() - MOST_NAMED;
        if (more > 0) {
            named.add("and " + more + (failing.size() == MOST ? " or more" : "") + " other schedules do not fire");
        }
        troubles = List.copyOf(named);
    }

    /** What is wrong, for the operators. */
    List<String> troubles() {
        return troubles;
    }
}
