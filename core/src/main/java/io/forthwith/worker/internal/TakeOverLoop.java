package io.forthwith.worker.internal;

import io.forthwith.JobStatus;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.worker.internal.loop.DueAgainTimes;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.List;

/**
 * Takes over the jobs of dead workers: of those whose process has ended as soon as this worker has a lease, and of those whose lease has
 * lapsed once the heartbeats of this worker have succeeded for a whole lease.
 */
public final class TakeOverLoop implements LoopRound {
    private static final GuardedLogger LOG = WorkerLogger.logger();

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
                ClaimRequest.LOST_WORKERS_CAP,
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
        long now = config.ticker().nanos();
        if (!lease.isGood(now)) {
            guard.idle();
            return pause;
        }
        boolean isProven = lease.isProven(now);
        guard.takeProbe();
        List<TakenOver> taken;
        try {
            taken = isProven ? store.takeOver(request) : store.takeOverEnded(request);
        } catch (Throwable failure) {
            return guard.failed(failure);
        }
        if (!taken.isEmpty()) {
            dueTimes.dueIn(request.maxDelay());
        }
        if (isProven || !taken.isEmpty()) {
            guard.succeeded();
        } else {
            // A store that knows no sign of death has not asked its database.
            guard.idle();
        }
        for (TakenOver job : taken) {
            LOG.warn(
                    "[Worker] Job {} taken over from lost worker {}: {}",
                    job.jobId(),
                    job.lostWorker(),
                    job.status() == JobStatus.PENDING
                            ? "it will run again"
                            : "it is " + job.status().text());
        }
        return pause;
    }

    @Override
    public StoreBackOff guard() {
        return guard;
    }
}
