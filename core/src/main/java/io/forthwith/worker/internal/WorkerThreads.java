package io.forthwith.worker.internal;

import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.attempt.ProcessorSetup;
import io.forthwith.worker.internal.attempt.RunningJob;
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
import org.slf4j.Logger;

/** Starts and stops the threads of a worker. */
public final class WorkerThreads {
    private static final Logger LOG = WorkerLogger.logger();
    private static final Duration INTERRUPT_PATIENCE = Duration.ofSeconds(5);
    private static final Duration LOOP_PATIENCE = Duration.ofSeconds(10);

    private final WorkerSettings config;
    private final Engine engine;
    private final @Nullable ExecutorService own;
    private final LoopThread claimThread;
    private final LoopThread settleThread;
    private final LoopThread leaseThread;
    private final LoopThread deadlineThread;
    private final LoopThread upkeepThread;
    private StoreHints.@Nullable Subscription hints;
    private StoreHints.@Nullable Subscription cancelHints;

    /** A worker whose jobs run on the executor of the application, or else on a thread pool of its own. */
    public static WorkerThreads of(WorkerSettings config, JobStore store, ProcessorSetup processing) {
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
        this.upkeepThread = loop(
                "upkeep", engine.upkeepSignal, engine.progress, engine.takingOver, engine.purging, engine.undoWatch);
    }

    private LoopThread loop(String what, WakeSignal signal, LoopRound... rounds) {
        return new LoopThread("forthwith-" + config.name() + "-" + what, config.ticker(), signal, rounds);
    }

    public void start() {
        startWithoutClaiming();
        hints = engine.store.onAdded(engine.claimSignal::wake);
        claimThread.start();
        LOG.info(
                "[Worker] {} started: {} jobs at a time from {}, types {}",
                config.name(),
                config.concurrency(),
                config.queues(),
                engine.processors.types());
    }

    /** Starts all threads but that of the claim loop, whose rounds {@link DrainRun} calls itself. */
    void startWithoutClaiming() {
        engine.leasing.register();
        cancelHints = engine.store.onCancelRequested(engine.cancelling::requested);
        leaseThread.start();
        settleThread.start();
        deadlineThread.start();
        upkeepThread.start();
    }

    /** Whether the current thread belongs to the worker, so that it must not wait for the worker to stop. */
    public boolean runsCurrentThread() {
        return engine.slots.servesOn(Thread.currentThread())
                || claimThread.isCurrentThread()
                || settleThread.isCurrentThread()
                || leaseThread.isCurrentThread()
                || deadlineThread.isCurrentThread()
                || upkeepThread.isCurrentThread();
    }

    /** What is wrong, for the person on call; empty when nothing is. */
    public List<String> troubles() {
        List<String> reasons = new ArrayList<>(engine.health.troubles());
        if (!engine.lease.isGood(config.ticker().nanos())) {
            reasons.add("the lease is not renewed: other workers may take over what this one holds");
        }
        int zombies = engine.slots.zombies();
        if (zombies > 0) {
            reasons.add(zombies + " threads are stuck in jobs that have been settled without them");
        }
        reasons.addAll(engine.fatal.troubles());
        reasons.addAll(engine.undoWatch.troubles());
        return reasons;
    }

    /** Stops the worker. An interrupt shortens the grace period, and nothing else. */
    public void stop() {
        boolean interrupted = Thread.interrupted();
        close(hints);
        boolean claimsNoMore = claimThread.stop(LOOP_PATIENCE);
        if (claimsNoMore) {
            // If the answer of the last claim was lost, no further round finds out what it has taken.
            engine.claiming.giveBackUnknown();
        }
        for (RunningJob unstarted : engine.slots.close()) {
            engine.runner.settle(unstarted, AttemptOutcome.Unfinished.INSTANCE);
        }
        boolean idle = false;
        try {
            idle = engine.slots.serving().awaitNone(interrupted ? Duration.ZERO : config.gracePeriod());
        } catch (InterruptedException hurry) {
            interrupted = true;
        }
        if (!idle) {
            engine.slots.running().forEach(RunningJob::requestStop);
            idle = engine.slots.serving().awaitNoneUninterruptibly(INTERRUPT_PATIENCE);
        }
        upkeepThread.stop(LOOP_PATIENCE);
        deadlineThread.stop(LOOP_PATIENCE);
        boolean settled = engine.settling.unsettled().awaitNoneUninterruptibly(config.lease());
        settleThread.stop(LOOP_PATIENCE);
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
        } catch (RuntimeException broken) {
            LOG.warn("[Worker] The store's hints could not be closed", broken);
        }
    }

    private void deregister() {
        try {
            UUID workerId = engine.lease.workerId();
            if (workerId != null) {
                engine.store.deregister(workerId);
            }
        } catch (RuntimeException unreachable) {
            LOG.warn("[Worker] {} could not deregister; its lease will lapse", config.name(), unreachable);
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
