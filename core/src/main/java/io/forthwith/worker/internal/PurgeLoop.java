package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;

/** Deletes ended jobs after their retention, in batches of limited size. Several workers can do it at the same time. */
public final class PurgeLoop implements LoopRound {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final int BITE = 1_000;
    private static final Duration PAUSE = Duration.ofMinutes(1);
    /**
     * A full batch takes about twenty times as long. The pause must be short, because workers can end tens of thousands
     * of jobs a second, and all of them must be deleted one day.
     */
    private static final Duration BETWEEN_BITES = Duration.ofMillis(1);

    private final WorkerSettings config;
    private final JobStore store;
    private final StoreBackOff guard;
    private boolean first = true;

    PurgeLoop(WorkerSettings config, JobStore store, StoreBackOff guard) {
        this.config = config;
        this.store = store;
        this.guard = guard;
    }

    @Override
    public Duration run() {
        if (first) {
            // So workers that start together do not purge together, and a short-lived worker does not purge.
            first = false;
            return StoreBackOff.jitter(PAUSE, config.random());
        }
        int purged;
        try {
            purged = store.purge(config.retention(), BITE);
        } catch (Throwable failure) {
            return guard.failed(failure);
        }
        guard.succeeded();
        if (purged > 0) {
            LOG.debug("[Worker] Purged {} ended jobs", purged);
        }
        return StoreBackOff.jitter(purged == BITE ? BETWEEN_BITES : PAUSE, config.random());
    }

    @Override
    public boolean isProbing() {
        return guard.isProbing();
    }
}
