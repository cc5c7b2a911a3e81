package io.forthwith.internal;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Calls what belongs to the application, such as its metrics, and lets nothing that it throws reach a job. The first failure is logged, the
 * others are not. Thread-safe.
 */
public final class Guard {
    private final String logger;
    private final String message;
    private final AtomicBoolean hasLogged = new AtomicBoolean();

    /** Logs this message to the logger of this class. */
    public Guard(Class<?> logger, String message) {
        this.logger = logger.getName();
        this.message = message;
    }

    /** Runs it. */
    public void run(Runnable call) {
        try {
            call.run();
        } catch (Throwable broken) {
            log(broken);
        }
    }

    /** The answer, or {@code otherwise} if the call throws. */
    public <T> T call(Supplier<T> call, T otherwise) {
        try {
            return call.get();
        } catch (Throwable broken) {
            log(broken);
            return otherwise;
        }
    }

    private void log(Throwable broken) {
        if (hasLogged.compareAndSet(false, true)) {
            GuardedLogger.of(logger).warn(broken, message);
        }
    }
}
