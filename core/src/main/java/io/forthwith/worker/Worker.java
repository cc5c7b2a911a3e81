package io.forthwith.worker;

import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.DrainRun;
import io.forthwith.worker.internal.WorkerLifecycle;
import io.forthwith.worker.internal.WorkerSettings;
import io.forthwith.worker.internal.attempt.JobProcessing;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Runs jobs out of a store, embedded in the host's process. Top layer of the error contract: whatever a job throws is
 * recorded at once and exactly once, and never stops another job.
 *
 * <pre>{@code
 * try (Worker worker = Worker.of(store, processors).concurrency(10).start()) {
 *     ...
 * }
 * }</pre>
 *
 * <p>An unreachable store does not stop a worker: it keeps what it has not been able to write, tries again with capped
 * back-off, says so in the log once, and goes on when the store is back.
 *
 * <p>Thread-safe. A worker starts once; {@link #close} may be called any number of times, from any thread.
 */
public final class Worker implements AutoCloseable {
    private enum State {
        NEW,
        RUNNING,
        STOPPING,
        STOPPED
    }

    private final WorkerSettings config;
    private final JobStore store;
    private final JobProcessing processing;
    private State state = State.NEW;
    private @Nullable WorkerLifecycle running;

    Worker(WorkerSettings config, JobStore store, JobProcessing processing) {
        this.config = config;
        this.store = store;
        this.processing = processing;
    }

    /**
     * A worker to be, with every setting at its default.
     *
     * @throws IllegalArgumentException if the registry is empty
     */
    public static WorkerBuilder of(JobStore store, ProcessorRegistry processors) {
        return new WorkerBuilder(store, processors);
    }

    /**
     * Starts a worker that was built but not started.
     *
     * @return this
     * @throws IllegalStateException if it was started before
     * @throws io.forthwith.JobStoreException if the store cannot be reached
     */
    public synchronized Worker start() {
        requireNew("started");
        WorkerLifecycle starting = WorkerLifecycle.of(config, store, processing);
        starting.start();
        running = starting;
        state = State.RUNNING;
        return this;
    }

    /**
     * Does all work that is due on the calling thread, settles it, and returns: for tests without sleeping and for one-shot
     * command lines. May be called again; jobs that become due later are left.
     *
     * @return how many attempts were made
     * @throws IllegalStateException if the worker was started
     * @throws io.forthwith.JobStoreException if the store cannot be reached
     */
    public synchronized int drain() {
        requireNew("drained");
        return new DrainRun(config, store, processing).run();
    }

    /**
     * Stops: claims no more, lets running jobs go on for the grace period, then interrupts them, and hands back what was not
     * finished without using up an attempt. The lease is kept to the last. Returns when all this is done; if called by one
     * of the worker's own jobs, at once, and the stopping goes on behind it. A job whose thread does not return stays under
     * the lease, and another worker takes it over when that has lapsed.
     */
    @Override
    public void close() {
        WorkerLifecycle stopping;
        synchronized (this) {
            if (state != State.RUNNING) {
                state = state == State.NEW ? State.STOPPED : state;
                stopping = null;
            } else {
                state = State.STOPPING;
                stopping = running;
            }
        }
        if (stopping == null) {
            awaitStopped();
        } else if (stopping.runsCurrentThread()) {
            new Thread(() -> stop(stopping), "forthwith-" + config.name() + "-stop").start();
        } else {
            stop(stopping);
        }
    }

    /** How it is doing; cheap, asks nobody. */
    public synchronized WorkerHealth health() {
        if (state != State.RUNNING || running == null) {
            return new WorkerHealth(WorkerHealth.Status.DOWN, List.of(toString()));
        }
        List<String> reasons = running.troubles();
        return new WorkerHealth(reasons.isEmpty() ? WorkerHealth.Status.UP : WorkerHealth.Status.DEGRADED, reasons);
    }

    /** Its name and whether it is running. */
    @Override
    public synchronized String toString() {
        return "Worker " + config.name() + " (" + state.name().toLowerCase(Locale.ROOT) + ")";
    }

    private void stop(WorkerLifecycle stopping) {
        try {
            stopping.stop();
        } finally {
            synchronized (this) {
                state = State.STOPPED;
                notifyAll();
            }
        }
    }

    private synchronized void awaitStopped() {
        if (running == null || running.runsCurrentThread()) {
            return;
        }
        try {
            while (state == State.STOPPING) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void requireNew(String what) {
        if (state != State.NEW) {
            throw new IllegalStateException(
                    "Worker " + config.name() + " cannot be " + what + ": it was started before; build another");
        }
    }
}
