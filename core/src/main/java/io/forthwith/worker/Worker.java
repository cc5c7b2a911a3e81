package io.forthwith.worker;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.DrainRun;
import io.forthwith.worker.internal.WorkerSettings;
import io.forthwith.worker.internal.WorkerThreads;
import io.forthwith.worker.internal.attempt.EngineProcessors;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Runs the jobs of a store in this process, on threads of its own. First layer of the error contract: whatever a job
 * throws is recorded at once and exactly once, and never stops another job.
 *
 * <pre>{@code
 * try (Worker worker = Worker.of(store, processors).concurrency(10).start()) {
 *     ...
 * }
 * }</pre>
 *
 * <p>A worker survives a store that cannot be reached: it logs this once, keeps the outcomes that it could not write,
 * tries again with capped back-off, and goes on when the store is back.
 *
 * <p>Thread-safe. A worker can start once. {@link #close} can be called several times, from any thread.
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
    private final EngineProcessors processing;
    private final Object draining = new Object();
    private State state = State.NEW;
    private @Nullable WorkerThreads running;

    Worker(WorkerSettings config, JobStore store, EngineProcessors processing) {
        this.config = config;
        this.store = store;
        this.processing = processing;
    }

    /**
     * A builder of a worker, with the defaults for all settings.
     *
     * @throws IllegalArgumentException if the registry is empty
     */
    public static WorkerBuilder of(JobStore store, ProcessorRegistry processors) {
        return new WorkerBuilder(store, processors);
    }

    /**
     * Starts this worker. When it returns, the worker has registered with the store. When it throws, nothing has
     * started: it leaves no thread, no registration and no subscription to hints behind, and can be called again.
     *
     * @return this
     * @throws IllegalStateException if it was started or closed before
     * @throws io.forthwith.JobStoreException if the store cannot be reached
     */
    public synchronized Worker start() {
        requireNew("started");
        WorkerThreads starting = WorkerThreads.of(config, store, processing);
        starting.start();
        running = starting;
        state = State.RUNNING;
        return this;
    }

    /**
     * Runs all jobs that are due, one after the other on the calling thread, waits until their outcomes are stored, and
     * returns. For tests that do not sleep, and for command-line programs. It can be called again. Jobs that become due
     * later are not run.
     *
     * @return how many attempts it has made
     * @throws IllegalStateException if the worker was started or closed before
     * @throws io.forthwith.JobStoreException if the store cannot be reached
     */
    public int drain() {
        synchronized (this) {
            requireNew("drained");
        }
        // Under a lock of its own: it waits for listeners, which may ask the worker how it is.
        synchronized (draining) {
            return new DrainRun(config, store, processing).run();
        }
    }

    /**
     * Stops the worker. It claims no more jobs and lets running jobs go on for the grace period. Then it interrupts
     * them and gives back those that have not finished; their attempt does not count. It keeps its lease until the end.
     *
     * <p>It returns when the worker has stopped. If a job of this worker calls it, it returns at once, and the worker
     * stops in the background. If the thread of a job does not return, the job stays under the lease, and another
     * worker takes it over when the lease has lapsed.
     */
    @Override
    public void close() {
        WorkerThreads stopping;
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

    /** The health of the worker. It is cheap: it does not call the store. */
    public synchronized WorkerHealth health() {
        if (state != State.RUNNING || running == null) {
            return new WorkerHealth(LibraryOnly.KEY, WorkerHealth.Status.DOWN, List.of(toString()));
        }
        List<String> reasons = running.troubles();
        return new WorkerHealth(
                LibraryOnly.KEY, reasons.isEmpty() ? WorkerHealth.Status.UP : WorkerHealth.Status.DEGRADED, reasons);
    }

    /** The name of the worker and its state. */
    @Override
    public synchronized String toString() {
        return "Worker " + config.name() + " (" + state.name().toLowerCase(Locale.ROOT) + ")";
    }

    private void stop(WorkerThreads stopping) {
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
