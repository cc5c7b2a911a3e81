package io.forthwith.worker.internal;

import io.forthwith.JobStatus;
import io.forthwith.store.JobStore;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.worker.internal.loop.DueAgainTimes;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;

/**
 * Takes over the jobs of workers whose lease has lapsed, once the heartbeats of this worker have succeeded for a whole
 * lease.
 */
public final class TakeOverLoop implements LoopRound {
    private static final Logger LOG = WorkerLogger.logger();

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration MAX_DELAY = Duration.ofMillis(200);

    private final WorkerSettings config;
    private final JobStore store;
    private final OwnLease lease;
    private final DueAgainTimes dueTimes;
    private final StoreBackOff guard;
    private final TakeOverRequest request;

    TakeOverLoop(WorkerSettings config, JobStore store, OwnLease lease, DueAgainTimes dueTimes, StoreBackOff guard) {
        this.config = config;
        this.store = store;
        this.lease = lease;
        this.dueTimes = dueTimes;
        this.guard = guard;
        this.request = new TakeOverRequest(
                ClaimLoop.LOST_WORKERS_CAP,
                MAX_DELAY.compareTo(config.lease().dividedBy(10)) < 0
                        ? MAX_DELAY
                        : config.lease().dividedBy(10),
                config.locale());
    }

    @Override
    public Duration run() {
        Duration fifth = config.lease().dividedBy(5);
        Duration pause =
                StoreBackOff.jitter(fifth.compareTo(LONGEST_PAUSE) < 0 ? fifth : LONGEST_PAUSE, config.random());
        if (!lease.isProven(config.ticker().nanos())) {
            return pause;
        }
        List<TakenOver> taken;
        try {
            taken = store.takeOver(request);
        } catch (Throwable failure) {
            return guard.failed(failure);
        }
        guard.succeeded();
        for (TakenOver job : taken) {
            LOG.warn(
                    "[Worker] Job {} taken over from lost worker {}: {}",
                    job.jobId(),
                    job.lostWorker(),
                    job.status() == JobStatus.PENDING
                            ? "it will run again"
                            : "it is " + job.status().text());
        }
        if (!taken.isEmpty()) {
            dueTimes.dueIn(request.maxDelay());
        }
        return pause;
    }
}
