package io.forthwith.worker.internal;

import io.forthwith.JobStoreException;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.attempt.EngineProcessors;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Runs all jobs that are due, one after the other on the calling thread. Other threads keep the lease, watch time
 * limits, and write progress and outcomes, as in a started worker.
 */
public final class DrainRun {
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** From then on, undo actions that the settle loop still asks for run on its thread: nobody looks for tasks any more. */
    private volatile boolean isOver;

    private final WorkerSettings config;
    private final Engine engine;
    private final WorkerThreads worker;

    public DrainRun(WorkerSettings config, JobStore store, EngineProcessors processing) {
        this.config = config.withConcurrency(1);
        this.engine = new Engine(this.config, store, processing, this::execute);
        engine.slots.lingerNoMore();
        this.worker = new WorkerThreads(engine, null);
    }

    private void execute(Runnable task) {
        tasks.add(task);
        if (isOver) {
            runAll();
        }
    }

    private void runAll() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    public int run() {
        worker.startWithoutClaiming();
        try {
            int attempts = 0;
            do {
                engine.claiming.run();
                rethrow(engine.claiming.lastFailure());
                attempts += engine.claiming.lastClaimed() - engine.claiming.lastLeft();
                runTasks();
            } while (engine.claiming.lastClaimed() > 0);
            return attempts;
        } finally {
            isOver = true;
            try {
                // If the answer of a claim was lost, its jobs must not wait until the lease lapses.
                engine.claiming.giveBackUnknown();
                runTasks();
            } finally {
                worker.stop();
            }
        }
    }

    /** Runs the claimed jobs and waits until their settlements are stored, so that the next claim sees the outcome. */
    private void runTasks() {
        runAll();
        if (!engine.settling.unsettled().awaitNoneUninterruptibly(config.lease())) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT,
                    "The store did not take the results of jobs for " + config.lease()
                            + "; they will be run again when the lease has lapsed",
                    null);
        }
    }

    private static void rethrow(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failure instanceof Error error) {
            throw error;
        }
    }
}
