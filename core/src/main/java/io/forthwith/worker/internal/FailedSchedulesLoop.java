package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Looks for schedules that cannot fire: their texts cannot be read or name no time that ever comes, or their jobs cannot be added. Such a schedule fails
 * nowhere else, so the health of each worker reports it, and one line of the log.
 */
final class FailedSchedulesLoop extends HealthLook {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final int MOST = 100;

    private final JobStore store;
    /** What the last look has found, by the name of the schedule. */
    private Map<String, String> known = Map.of();

    FailedSchedulesLoop(JobStore store, RandomGenerator random, StoreBackOff guard) {
        super(random, guard);
        this.store = store;
    }

    @Override
    void look() {
        Map<String, String> failing =
                store.schedules().map(schedules -> schedules.failing(MOST)).orElse(Map.of());
        Map<String, String> seen = new TreeMap<>();
        failing.forEach((name, error) -> seen.put(SafeText.line(name, 200), SafeText.line(error, 200)));
        List<String> found = new ArrayList<>();
        seen.forEach((name, error) -> {
            found.add("the schedule " + name + " does not fire: " + error);
            if (!error.equals(known.get(name))) {
                LOG.warn("[Worker] Schedule {} does not fire: {}", name, error);
            }
        });
        known = seen;
        report(found, (failing.size() == MOST ? " or more" : "") + " other schedules do not fire");
    }
}
