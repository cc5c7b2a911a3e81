package io.forthwith.worker.internal.report;

import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.JobStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Names, once and in one line, the schedules whose type no living worker has a processor for. Otherwise that shows only when they fire, at a time when
 * nobody looks. It sees the schedules as the worker reads them anyway, and asks the store for the workers only if this one does not know a type. Used by
 * one thread.
 */
public final class UnrunnableSchedules {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final int MOST_NAMES = 20;
    private static final int LONGEST_NAME = 128;

    private final Predicate<String> isKnownHere;
    private final JobStore store;
    private final List<String> names = new ArrayList<>();
    private int more;
    private boolean isDone;
    /** What the living workers serve; null while nobody has asked. */
    private @Nullable List<WorkerInfo> workers;

    /** {@code isKnownHere} says whether this worker has a processor for a type. */
    public UnrunnableSchedules(Predicate<String> isKnownHere, JobStore store) {
        this.isKnownHere = isKnownHere;
        this.store = store;
    }

    /** A look at all schedules begins, perhaps again after it has failed. */
    public void begin() {
        names.clear();
        more = 0;
        workers = null;
    }

    /** Throws what the store throws. */
    public void see(StoredSchedule schedule) {
        if (isDone || schedule.isHeld() || isKnown(schedule.definition().type())) {
            return;
        }
        if (names.size() == MOST_NAMES) {
            more++;
            return;
        }
        names.add(SafeText.line(schedule.name(), LONGEST_NAME) + " (type "
                + SafeText.line(schedule.definition().type(), LONGEST_NAME) + ")");
    }

    private boolean isKnown(String type) {
        if (isKnownHere.test(type)) {
            return true;
        }
        if (workers == null) {
            workers = store.workers().stream()
                    .filter(RegisteredWorker::isAlive)
                    .map(RegisteredWorker::info)
                    .toList();
        }
        return workers.stream().anyMatch(worker -> mayKnow(worker.serves(), type));
    }

    /** A worker of an older version of the library does not say what it serves, and a long list is cut. */
    private static boolean mayKnow(WorkerInfo.@Nullable Serves serves, String type) {
        return serves == null || serves.types().contains(type) || serves.types().contains(WorkerInfo.Serves.CUT);
    }

    /** The look has come to its end. */
    public void end() {
        if (!names.isEmpty()) {
            LOG.warn(
                    "[Worker] No running worker has a processor for the type of these schedules: {}{}; register one, or delete the"
                            + " schedules: a job of an unknown type fails when a worker takes it",
                    String.join(", ", names),
                    more == 0 ? "" : " and " + more + " more");
        }
        isDone = true;
        begin();
    }
}
