package io.forthwith.worker.internal;

import io.forthwith.store.Beat;
import io.forthwith.store.JobStore;
import io.forthwith.store.WorkerInfo;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Keeps the lease. One heartbeat, every quarter of the lease, renews it for all jobs of the worker. A worker that was
 * declared dead interrupts and forgets its jobs, registers under a new id, and goes on.
 */
public final class LeaseLoop implements LoopRound {
    private static final Logger LOG = WorkerLogger.logger();

    private final WorkerSettings config;
    private final JobStore store;
    private final OwnLease lease;
    private final HeldJobs held;
    private final CancellationHandler cancelling;
    private final WakeSignal claiming;
    private final WakeSignal deadlines;
    private final Supplier<UUID> ids;
    private final StoreBackOff guard;

    LeaseLoop(Engine engine, Supplier<UUID> ids, StoreBackOff guard) {
        this.config = engine.config;
        this.store = engine.store;
        this.lease = engine.lease;
        this.held = engine.held;
        this.cancelling = engine.cancelling;
        this.claiming = engine.claimSignal;
        this.deadlines = engine.deadlineSignal;
        this.ids = ids;
        this.guard = guard;
    }

    /** Registers under a new id. Throws what the store throws. */
    public void register() {
        long sent = config.ticker().nanos();
        WorkerInfo worker = new WorkerInfo(
                ids.get(), config.name(), config.host(), ProcessHandle.current().pid());
        store.register(worker, config.lease());
        lease.registered(worker.id(), sent);
        claiming.wake();
    }

    @Override
    public Duration run() {
        try {
            UUID workerId = lease.workerId();
            if (workerId == null) {
                register();
            } else {
                beat(workerId);
            }
        } catch (Throwable failure) {
            lease.doubted(config.ticker().nanos());
            return guard.failed(failure);
        }
        guard.succeeded();
        return lease.workerId() == null ? Duration.ZERO : config.lease().dividedBy(4);
    }

    private void beat(UUID workerId) {
        long sent = config.ticker().nanos();
        Beat beat = store.beat(workerId, config.lease());
        if (!beat.alive()) {
            declaredDead(workerId);
            return;
        }
        boolean revived = !lease.isGood(sent);
        lease.renewed(sent);
        if (revived) {
            claiming.wake();
        }
        beat.cancelRequested().forEach(cancelling::requested);
    }

    private void declaredDead(UUID workerId) {
        lease.lost();
        LOG.warn(
                "[Worker] {} was declared dead as {}: its lease had lapsed; its {} jobs belong to others now, it goes on"
                        + " under a new id",
                config.name(),
                workerId,
                held.size());
        for (RunningJob run : held.forgetAll()) {
            JobLog.leaseLost(run.job());
            run.loseLease(config.ticker().nanos());
        }
        deadlines.wake();
    }
}
