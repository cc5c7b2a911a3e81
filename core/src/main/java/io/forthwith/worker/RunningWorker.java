package io.forthwith.worker;

import io.forthwith.store.JobStore;
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
import org.slf4j.LoggerFactory;

/** The life of a started worker: its threads. */
final class RunningWorker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration INTERRUPT_PATIENCE = Duration.ofSeconds(5);
    private static final Duration LOOP_PATIENCE = Duration.ofSeconds(10);

    private final WorkerConfig config;
    private final Engine engine;
    private final @Nullable ExecutorService own;
    private final LoopThread claimThread;
    private final LoopThread settleThread;
    private final LoopThread leaseThread;
    private final LoopThread deadlineThread;
    private final LoopThread upkeepThread;
    private JobStore.@Nullable Subscription hints;

    RunningWorker(WorkerConfig config, JobStore store, ProcessorRegistry registry) {
        this.config = config;
        Executor executor = config.executor();
        if (executor == null) {
            this.own = Executors.newCachedThreadPool(jobThreads(config.name()));
            executor = this.own;
        } else {
            this.own = null;
        }
        this.engine = new Engine(config, store, registry, executor);
        this.claimThread = loop("claim", engine.claimSignal, engine.claiming);
        this.settleThread = loop("settle", engine.settleSignal, engine.settling);
        this.leaseThread = loop("lease", engine.leaseSignal, engine.leasing);
        this.deadlineThread = loop("deadline", engine.deadlineSignal, engine.deadlines, engine.status);
        this.upkeepThread = loop("upkeep", engine.upkeepSignal, engine.progress, engine.takingOver, engine.purging);
    }

    private LoopThread loop(String what, Signal signal, LoopStep... steps) {
        return new LoopThread("forthwith-" + config.name() + "-" + what, config.ticker(), signal, steps);
    }

    void start() {
        engine.leasing.register();
        hints = engine.store.onAdded(engine.claimSignal::wake);
        leaseThread.start();
        settleThread.start();
        deadlineThread.start();
        upkeepThread.start();
        claimThread.start();
        LOG.info(
                "[Worker] {} started: {} jobs at a time from {}, types {}",
                config.name(),
                config.concurrency(),
                config.queues(),
                engine.registry.types());
    }

    boolean runsCurrentThread() {
        return engine.held.all().stream().anyMatch(run -> run.isRunBy(Thread.currentThread()));
    }

    WorkerHealth health() {
        List<String> reasons = new ArrayList<>(engine.health.troubles());
        if (!engine.lease.isGood(config.ticker().nanos())) {
            reasons.add("the lease is not renewed: other workers may take over what this one holds");
        }
        int zombies = engine.slots.zombies();
        if (zombies > 0) {
            reasons.add(zombies + " threads are stuck in jobs that have been settled without them");
        }
        return new WorkerHealth(reasons.isEmpty() ? WorkerHealth.Status.UP : WorkerHealth.Status.DEGRADED, reasons);
    }

    void stop() {
        LOG.info("[Worker] {} is stopping", config.name());
        if (hints != null) {
            hints.close();
        }
        claimThread.stop(LOOP_PATIENCE);
        for (RunningJob unstarted : engine.slots.takeAll()) {
            engine.runner.conclude(unstarted, Outcome.Unfinished.INSTANCE);
        }
        boolean idle = engine.slots.awaitIdle(config.gracePeriod());
        if (!idle) {
            engine.held.all().forEach(RunningJob::requestStop);
            idle = engine.slots.awaitIdle(INTERRUPT_PATIENCE);
        }
        upkeepThread.stop(LOOP_PATIENCE);
        deadlineThread.stop(LOOP_PATIENCE);
        boolean settled = engine.settling.awaitSettled(config.lease());
        settleThread.stop(LOOP_PATIENCE);
        if (idle && settled) {
            deregister();
        }
        leaseThread.stop(LOOP_PATIENCE);
        if (own != null) {
            own.shutdown();
        }
        LOG.info(
                "[Worker] {} stopped{}{}",
                config.name(),
                idle ? "" : ", but a job's thread does not return: its lease decides",
                settled ? "" : ", but the store did not take all results: the lease decides");
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
            // A job that never returns must not keep the process alive once the worker has stopped.
            thread.setDaemon(true);
            return thread;
        };
    }
}
