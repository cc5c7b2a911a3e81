package io.forthwith.worker.internal.report;

import io.forthwith.internal.GuardedLogger;

/**
 * The logger of all lines that a worker writes. Its name is part of the log format, so that users can filter by it. It
 * never throws.
 */
public final class WorkerLogger {
    private static final String NAME = "io.forthwith.worker.Worker";

    private WorkerLogger() {}

    public static GuardedLogger logger() {
        return GuardedLogger.of(NAME);
    }
}
