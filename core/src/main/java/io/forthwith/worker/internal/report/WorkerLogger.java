package io.forthwith.worker.internal.report;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The logger of all lines that a worker writes. Its name is part of the log format, so that users can filter by it. */
public final class WorkerLogger {
    private static final String NAME = "io.forthwith.worker.Worker";

    private WorkerLogger() {}

    public static Logger logger() {
        return LoggerFactory.getLogger(NAME);
    }
}
