package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.store.JobStore;
import io.forthwith.store.ScheduleStore;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.UnrunnableSchedules;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Fires the schedules that are due, and declares those of this application. Every worker does both, and none is a leader: the rows of the schedules are
 * locked.
 */
public final class ScheduleLoop implements LoopRound {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    /** Schedules that are fired in one transaction. */
    private static final int BITE = 100;

    /** Of a store that has none. */
    private static final Duration NO_SCHEDULES = Duration.ofDays(1);

    /** A schedule that somebody else stores is found so late, unless it is the first one. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    /** While other workers have locked all that is due. */
    private static final Duration OTHERS_FIRE = Duration.ofMillis(100);
    /** While there are no schedules. */
    private static final Duration NONE_WAIT = Duration.ofSeconds(5);

    private final JobStore store;
    private final ScheduleDeclaring declaring;
    private final StoreBackOff guard;
    private final RandomGenerator random;

    ScheduleLoop(
            JobStore store,
            DeclaredSchedules declared,
            UnrunnableSchedules unrunnable,
            StoreBackOff guard,
            RandomGenerator random,
            Ticker ticker) {
        this.store = store;
        this.declaring = new ScheduleDeclaring(declared, unrunnable, random, ticker);
        this.guard = guard;
        this.random = random;
    }

    @Override
    public Duration run() {
        guard.takeProbe();
        Duration wait;
        try {
            Optional<ScheduleStore> schedules = store.schedules();
            if (schedules.isEmpty()) {
                return NO_SCHEDULES;
            }
            wait = fire(schedules.get());
            if (declaring.step(schedules.get())) {
                wait = Duration.ZERO;
            }
        } catch (Throwable failure) {
            return guard.failed(failure);
        }
        guard.succeeded();
        // It may just have declared the first ones.
        return declaring.isNone() || wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT;
    }

    private Duration fire(ScheduleStore store) {
        ScheduleStore.Fired fired = store.fireDue(BITE);
        if (fired.schedules() > 0) {
            LOG.debug("[Worker] {} schedules were due and enqueued {} jobs", fired.schedules(), fired.jobs());
        }
        Duration untilNext = fired.untilNext();
        if (untilNext == null) {
            return NONE_WAIT;
        }
        if (fired.schedules() == 0 && untilNext.isZero()) {
            return StoreBackOff.jitter(OTHERS_FIRE, random);
        }
        return untilNext.compareTo(LONGEST_WAIT) < 0 ? untilNext : LONGEST_WAIT;
    }

    @Override
    public StoreBackOff guard() {
        return guard;
    }
}
