package io.forthwith.worker.internal;

import io.forthwith.JobStoreException;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.internal.attempt.HeldJobs;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.JobLog;
import io.forthwith.worker.internal.report.LibraryVersion;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Keeps the lease. One heartbeat, every quarter of the lease, renews it for all jobs of the worker. A worker that was
 * declared dead interrupts and forgets its jobs, registers under a new id, and goes on.
 */
public final class LeaseLoop implements LoopRound {
    private static final GuardedLogger LOG = WorkerLogger.logger();

    private static final Duration UNHEARD_PAUSE = Duration.ofMillis(50);

    private final WorkerSettings config;
    private final JobStore store;
    private final RegisteredProcessors processors;
    private final OwnLease lease;
    private final HeldJobs held;
    private final CancellationHandler cancelling;
    private final WakeSignal claiming;
    private final WakeSignal deadlines;
    private final Supplier<UUID> ids;
    private final IntSupplier load;
    private final BooleanSupplier isDegraded;
    private final StoreBackOff guard;
    /** Whether no heartbeat was sent since the registration. */
    private volatile boolean isUnheard;

    private volatile long unheardUntil;
    private volatile boolean stopping;

    LeaseLoop(
            WorkerSettings config,
            JobStore store,
            RegisteredProcessors processors,
            OwnLease lease,
            HeldJobs held,
            CancellationHandler cancelling,
            WakeSignal claiming,
            WakeSignal deadlines,
            Supplier<UUID> ids,
            IntSupplier load,
            BooleanSupplier isDegraded,
            StoreBackOff guard) {
        this.config = config;
        this.store = store;
        this.processors = processors;
        this.lease = lease;
        this.held = held;
        this.cancelling = cancelling;
        this.claiming = claiming;
        this.deadlines = deadlines;
        this.ids = ids;
        this.load = load;
        this.isDegraded = isDegraded;
        this.guard = guard;
    }

    /** Registers under a new id. Throws what the store throws. */
    public void register() {
        long sent = config.ticker().nanos();
        WorkerInfo worker = describe(ids.get());
        try {
            store.register(worker, config.lease());
        } catch (Throwable failure) {
            boolean isDefinite = failure instanceof JobStoreException known
                    && known.kind() != JobStoreException.Kind.UNKNOWN_OUTCOME;
            if (!isDefinite) {
                forget(worker.id(), failure);
            }
            throw failure;
        }
        lease.registered(worker.id(), sent);
        isUnheard = true;
        unheardUntil = sent + config.lease().dividedBy(4).toNanos();
        claiming.wake();
    }

    private WorkerInfo describe(UUID id) {
        WorkerInfo.Serves serves = ReadModelFactory.workerServes(
                config.queues(), List.copyOf(processors.types()), config.onlyRegisteredTypes(), config.concurrency());
        long pid = ProcessHandle.current().pid();
        return ReadModelFactory.workerInfo(
                id,
                config.name(),
                config.host(),
                pid,
                serves,
                LibraryVersion.CURRENT,
                config.schedules().asRegistered());
    }

    /** From now on heartbeats say that the worker is about to stop. */
    void stopping() {
        stopping = true;
    }

    /** The store may have registered a worker although its answer was lost. */
    private void forget(UUID workerId, Throwable failure) {
        try {
            store.deregister(workerId);
        } catch (Throwable unreachable) {
            // Its lease will lapse.
            if (unreachable != failure) {
                failure.addSuppressed(unreachable);
            }
        }
    }

    @Override
    public StoreBackOff guard() {
        return guard;
    }

    @Override
    public Duration run() {
        if (waitsToBeHeard()) {
            return UNHEARD_PAUSE;
        }
        guard.takeProbe();
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
        return lease.workerId() == null
                ? Duration.ZERO
                : isUnheard ? UNHEARD_PAUSE : config.lease().dividedBy(4);
    }

    /**
     * The first heartbeat comes as soon as the store hears other processes: it may sign the heartbeat with what tells others that this process has died, and crashes are
     * most likely in the first seconds.
     */
    private boolean waitsToBeHeard() {
        return isUnheard
                && lease.workerId() != null
                && !stopping
                && config.ticker().nanos() - unheardUntil < 0
                && !hearsOthers();
    }

    private boolean hearsOthers() {
        try {
            return store.hearsOthers();
        } catch (Throwable broken) {
            // The heartbeat comes then, and finds out.
            return true;
        }
    }

    private void beat(UUID workerId) {
        isUnheard = false;
        long sent = config.ticker().nanos();
        WorkerLoad busy = ReadModelFactory.workerLoad(load.getAsInt(), stopping, isDegraded.getAsBoolean());
        BeatAnswer beat = store.beat(workerId, config.lease(), busy);
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
        long now = config.ticker().nanos();
        lease.lost();
        List<RunningJob> lost = held.forgetAll();
        lost.forEach(run -> run.loseLease(now));
        deadlines.wake();
        LOG.warn(
                "[Worker] {} was declared dead as {}: its lease had lapsed; its {} jobs belong to others now, it goes on"
                        + " under a new id",
                config.name(),
                workerId,
                lost.size());
        lost.forEach(run -> JobLog.leaseLost(run.job()));
    }
}
