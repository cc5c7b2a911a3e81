package io.forthwith.spring;

import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import io.forthwith.worker.WorkerHealth;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Starts a worker with the application context and stops it with it. Each start builds a new worker, so a context can stop and start
 * again. Thread-safe.
 *
 * <p>The worker stops in the phase in which Spring Boot shuts the web server down gracefully: both let what runs come to its end at the same
 * time, and connection pools are closed later. Its {@linkplain WorkerBuilder#gracePeriod grace period} should be shorter than
 * {@code spring.lifecycle.timeout-per-shutdown-phase}; by default they are 20 and 30 s. Without Spring Boot that time-out is 10 s: set it in
 * the bean {@code lifecycleProcessor}.
 */
public final class WorkerLifecycle implements SmartLifecycle {
    /** {@code WebServerGracefulShutdownLifecycle.SMART_LIFECYCLE_PHASE} of Spring Boot. */
    private static final int GRACEFUL_SHUTDOWN_PHASE = DEFAULT_PHASE - 1024;

    private final Supplier<WorkerBuilder> builders;
    private final boolean autoStartup;
    /** Held while a worker starts or stops: a start waits for the stop before it. */
    private final Object transition = new Object();

    private volatile @Nullable Worker worker;

    /**
     * Of the workers that these builders build.
     *
     * @param builders gives a new one for each start
     * @param autoStartup whether a worker starts with the application context, or only when {@link #start} is called
     */
    public WorkerLifecycle(Supplier<WorkerBuilder> builders, boolean autoStartup) {
        this.autoStartup = autoStartup;
        this.builders =
                Objects.requireNonNull(builders, "builders must not be null: give () -> Worker.of(store, processors)");
    }

    /**
     * {@inheritDoc}
     *
     * @throws io.forthwith.JobStoreException if the store cannot be reached
     */
    @Override
    public void start() {
        synchronized (transition) {
            if (worker == null) {
                worker = builders.get().start();
            }
        }
    }

    @Override
    public void stop() {
        synchronized (transition) {
            Worker stopping = worker;
            if (stopping != null) {
                stopping.close();
                worker = null;
            }
        }
    }

    /** Returns at once; others of the same phase stop meanwhile. */
    @Override
    public void stop(Runnable callback) {
        new Thread(
                        () -> {
                            try {
                                stop();
                            } finally {
                                callback.run();
                            }
                        },
                        "forthwith-stop")
                .start();
    }

    @Override
    public boolean isRunning() {
        return worker != null;
    }

    @Override
    public boolean isAutoStartup() {
        return autoStartup;
    }

    @Override
    public int getPhase() {
        return GRACEFUL_SHUTDOWN_PHASE;
    }

    /** The health of the worker; {@code DOWN} if none runs. It does not call the store. */
    public WorkerHealth health() {
        Worker current = worker;
        return current == null
                ? WorkerHealth.of(WorkerHealth.Status.DOWN, List.of("the worker is stopped"))
                : current.health();
    }
}
