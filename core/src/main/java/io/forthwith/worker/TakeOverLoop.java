package io.forthwith.worker;

import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.store.JobStore;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.text.LibraryText;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes over the jobs of workers whose lease has lapsed, once this worker's own beats were good for a whole lease. */
final class TakeOverLoop implements LoopStep {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final WorkerConfig config;
    private final JobStore store;
    private final Lease lease;
    private final Signal claiming;
    private final StoreGuard guard;
    private final TakeOverRequest request;

    TakeOverLoop(WorkerConfig config, JobStore store, Lease lease, Signal claiming, StoreGuard guard) {
        this.config = config;
        this.store = store;
        this.lease = lease;
        this.claiming = claiming;
        this.guard = guard;
        String message = LibraryText.in(config.locale()).workerLost(ClaimLoop.LOST_WORKERS_CAP);
        this.request = new TakeOverRequest(
                ClaimLoop.LOST_WORKERS_CAP,
                config.lease().dividedBy(10),
                JobError.permanent("worker_lost", message),
                config.locale());
    }

    @Override
    public Duration step() {
        Duration pause = StoreGuard.jitter(config.lease().dividedBy(5), config.random());
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
            claiming.wake();
        }
        return pause;
    }
}
