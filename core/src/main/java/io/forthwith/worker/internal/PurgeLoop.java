package io.forthwith.worker.internal;

import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.report.WorkerLog;
import java.time.Duration;
import org.slf4j.Logger;

/** Deletes jobs that ended longer ago than they are to be kept, in bounded bites. Any number of workers may do it. */
public final class PurgeLoop implements LoopRound {
    private static final Logger LOG = WorkerLog.logger();
    private static final int BITE = 1_000;
    private static final Duration PAUSE = Duration.ofMinutes(1);
    /** A bite takes twenty times as long: a worker at full speed ends tens of thousands of jobs a second, which are all to go one day. */
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
            // Workers that start together do not purge together, and a short-lived one not at all.
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
}
