package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import io.forthwith.worker.internal.attempt.EngineProcessors;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.LoopThread;
import io.forthwith.worker.internal.loop.WakeSignal;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Starts and stops the threads of a worker. */
public final class WorkerThreads {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final Duration INTERRUPT_PATIENCE = Duration.ofSeconds(5);
    private static final Duration LOOP_PATIENCE = Duration.ofSeconds(10);

    private final WorkerSettings config;
    private final Engine engine;
    private final @Nullable ExecutorService own;
    private final LoopThread claimThread;
    private final LoopThread settleThread;
    private final LoopThread leaseThread;
    private final LoopThread deadlineThread;
    private final LoopThread takeOverThread;
    private final LoopThread upkeepThread;
    private final LoopThread scheduleThread;
    private final LoopThread eventThread;
    private StoreHints.@Nullable Subscription hints;
    private StoreHints.@Nullable Subscription cancelHints;
    private StoreHints.@Nullable Subscription serverHints;

    /** A worker whose jobs run on the executor of the application, or else on a thread pool of its own. */
    public static WorkerThreads of(WorkerSettings config, JobStore store, EngineProcessors processing) {
        Executor hosts = config.executor();
        if (hosts != null) {
            return new WorkerThreads(new Engine(config, store, processing, hosts), null);
        }
        ExecutorService own = Executors.newCachedThreadPool(jobThreads(config.name()));
        return new WorkerThreads(new Engine(config, store, processing, own), own);
    }

    WorkerThreads(Engine engine, @Nullable ExecutorService own) {
        this.config = engine.config;
        this.engine = engine;
        this.own = own;
        this.claimThread = loop("claim", engine.claimSignal, engine.claiming);
        this.settleThread = loop("settle", engine.settleSignal, engine.settling);
        this.leaseThread = loop("lease", engine.leaseSignal, engine.leasing);
        this.deadlineThread = loop("deadline", engine.deadlineSignal, engine.deadlines, engine.status);
        // On a thread of its own: the jobs of a dead worker must not wait behind anything else.
        this.takeOverThread = loop("take-over", engine.takeOverSignal, engine.takingOver);
        this.upkeepThread = loop(
                "upkeep",
                engine.upkeepSignal,
                engine.progress,
                engine.purging,
                engine.expiring,
                engine.acting,
                engine.undoWatch,
                engine.unserved,
                engine.failedSchedules,
                engine.outcomes);
        this.scheduleThread = loop("schedule", engine.scheduleSignal, engine.scheduling);
        // A listener that never returns must not keep the process alive after the worker has stopped.
        this.eventThread = loop("event", engine.eventSignal, engine.events).daemon();
    }

    private LoopThread loop(String what, WakeSignal signal, LoopRound... rounds) {
        LoopThread thread = new LoopThread("forthwith-" + config.name() + "-" + what, config.ticker(), signal, rounds);
        engine.loops.watch(thread);
        return thread;
    }

    /** Starts everything, or nothing: then it throws what the first step that failed has thrown. */
    public void start() {
        boolean isStarted = false;
        try {
            startAllButClaiming();
            hints = engine.store.onAdded(engine.settleHints::hint);
            serverHints = engine.store.onServerChange(this::serverMayBeNew);
            scheduleThread.start();
            // The last step: once it has begun, there may be jobs to give back.
            claimThread.start();
            isStarted = true;
        } finally {
            if (!isStarted) {
                undoStart();
            }
        }
        LOG.info(
                "[Worker] {} started: {} jobs at a time from {}, types {}",
                config.name(),
                config.concurrency(),
                config.queues(),
                engine.processors.types());
    }

    private void serverMayBeNew() {
        engine.claiming.serverMayBeNew();
        engine.claimSignal.wake();
        // The new server, or the new session that listens, is not what the last heartbeat was signed with.
        engine.leaseSignal.wake();
    }

    /** As {@link #start}, without the claim loop, whose rounds {@link DrainRun} calls itself. */
    void startWithoutClaiming() {
        boolean isStarted = false;
        try {
            startAllButClaiming();
            isStarted = true;
        } finally {
            if (!isStarted) {
                undoStart();
            }
        }
    }

    private void startAllButClaiming() {
        engine.leasing.register();
        cancelHints = engine.store.onCancelRequested(engine.cancelling::requested);
        leaseThread.start();
        if (engine.events.hasListeners()) {
            eventThread.start();
        }
        settleThread.start();
        deadlineThread.start();
        takeOverThread.start();
        upkeepThread.start();
    }

    /** Nothing has been claimed, so nothing is to be given back. */
    private void undoStart() {
        close(hints);
        close(cancelHints);
        close(serverHints);
        for (LoopThread each : List.of(
                scheduleThread,
                claimThread,
                settleThread,
                deadlineThread,
                takeOverThread,
                upkeepThread,
                eventThread,
                leaseThread)) {
            each.stop(LOOP_PATIENCE);
        }
        deregister();
        if (own != null) {
            own.shutdown();
        }
    }

    /** Whether the current thread belongs to the worker, so that it must not wait for the worker to stop. */
    public boolean runsCurrentThread() {
        return engine.threads.include(Thread.currentThread())
                || claimThread.isCurrentThread()
                || settleThread.isCurrentThread()
                || leaseThread.isCurrentThread()
                || deadlineThread.isCurrentThread()
                || takeOverThread.isCurrentThread()
                || upkeepThread.isCurrentThread()
                || scheduleThread.isCurrentThread()
                || eventThread.isCurrentThread();
    }

    /** What is wrong, for the person on call; empty when nothing is. */
    public List<String> troubles() {
        List<String> reasons = new ArrayList<>(engine.troubles());
        if (!engine.lease.isGood(config.ticker().nanos())) {
            reasons.add("the lease is not renewed: other workers may take over what this one holds");
        }
        reasons.addAll(engine.undoWatch.troubles());
        reasons.addAll(engine.unserved.troubles());
        reasons.addAll(engine.failedSchedules.troubles());
        return reasons;
    }

    /** Stops the worker. An interrupt shortens the grace period, and nothing else. */
    public void stop() {
        boolean interrupted = Thread.interrupted();
        close(hints);
        close(serverHints);
        engine.leasing.stopping();
        if (engine.held.size() > 0) {
            // To stop may take a while. The list of workers shows at once that this one takes no more jobs.
            engine.leaseSignal.wake();
        }
        boolean claimsNoMore = claimThread.stop(LOOP_PATIENCE);
        if (claimsNoMore) {
            // If the answer of the last claim was lost, no further round finds out what it has taken.
            engine.claiming.giveBackUnknown();
        }
        engine.slots.close().forEach(engine.runner::giveBack);
        boolean idle = false;
        try {
            idle = engine.threads.inFlight().awaitNone(interrupted ? Duration.ZERO : config.gracePeriod());
        } catch (InterruptedException hurry) {
            interrupted = true;
        }
        if (!idle) {
            long now = config.ticker().nanos();
            engine.slots.running().forEach(run -> run.stop(now));
            idle = engine.threads.inFlight().awaitNoneUninterruptibly(INTERRUPT_PATIENCE);
        }
        scheduleThread.stop(LOOP_PATIENCE);
        takeOverThread.stop(LOOP_PATIENCE);
        upkeepThread.stop(LOOP_PATIENCE);
        deadlineThread.stop(LOOP_PATIENCE);
        boolean settled = engine.settling.unsettled().awaitNoneUninterruptibly(config.lease());
        if (idle) {
            // The store may have refused results only now. Their undo actions get the time of jobs.
            Duration patience = interrupted ? INTERRUPT_PATIENCE : INTERRUPT_PATIENCE.plus(config.gracePeriod());
            idle = engine.threads.inFlight().awaitNoneUninterruptibly(patience);
        }
        settleThread.stop(LOOP_PATIENCE);
        eventThread.stop(engine.events.awaitTold(LOOP_PATIENCE) ? LOOP_PATIENCE : Duration.ZERO);
        engine.outcomes.stopped();
        // Not earlier: jobs that run during the grace period can be cancelled too.
        close(cancelHints);
        leaseThread.stop(LOOP_PATIENCE);
        if (idle && settled && claimsNoMore) {
            deregister();
        }
        if (own != null) {
            own.shutdown();
        }
        LOG.info(
                "[Worker] {} stopped{}{}",
                config.name(),
                idle ? "" : ", but the thread of a job does not return: its lease decides",
                settled ? "" : ", but the store did not take all results: the lease decides");
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void close(StoreHints.@Nullable Subscription hints) {
        try {
            if (hints != null) {
                hints.close();
            }
        } catch (Throwable broken) {
            LOG.warn(broken, "[Worker] The store's hints could not be closed");
        }
    }

    private void deregister() {
        try {
            UUID workerId = engine.lease.workerId();
            if (workerId != null) {
                engine.store.deregister(workerId);
            }
        } catch (Throwable unreachable) {
            LOG.warn(unreachable, "[Worker] {} could not deregister; its lease will lapse", config.name());
        }
    }

    private static ThreadFactory jobThreads(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "forthwith-" + name + "-job-" + number.incrementAndGet());
            // A job that never returns must not keep the process alive after the worker has stopped.
            thread.setDaemon(true);
            return thread;
        };
    }
}
