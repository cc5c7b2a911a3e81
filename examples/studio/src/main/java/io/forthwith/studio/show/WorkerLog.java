package io.forthwith.studio.show;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** Shows the log lines of the worker on the console, and keeps them for the checks. */
public final class WorkerLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final String LOGGER = "io.forthwith.worker";
    private static final List<String> MARKERS = List.of("▶️", "✅", "❌", "📝", "🔄");

    private final Console console;
    private final List<String> seen = new ArrayList<>();
    private volatile boolean shown = true;

    /** Shows all later log lines of the worker. */
    public WorkerLog(Console console) {
        this.console = console;
        start();
        logger().addAppender(this);
    }

    /** The markers of the log lines about a job, in order. Waits until there are at least {@code atLeast}, or the time-out has passed. */
    public synchronized List<String> markers(UUID jobId, int atLeast, Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        List<String> markers = markers(jobId);
        for (long left = timeout.toMillis(); markers.size() < atLeast && left > 0; markers = markers(jobId)) {
            wait(left);
            left = (end - System.nanoTime()) / 1_000_000;
        }
        return markers;
    }

    /** Shows and keeps a line that a worker in another process has logged. */
    public void of(String process, String line) {
        add(process + " │ " + line);
    }

    /** Keeps lines, but does not show them, until the returned task runs. */
    public Runnable hide() {
        shown = false;
        return () -> shown = true;
    }

    @Override
    public void close() {
        logger().detachAppender(this);
        stop();
    }

    @Override
    protected void append(ILoggingEvent event) {
        add(event.getFormattedMessage());
    }

    private void add(String line) {
        if (shown) {
            console.line(line);
        }
        synchronized (this) {
            seen.add(line);
            notifyAll();
        }
    }

    private List<String> markers(UUID jobId) {
        return seen.stream()
                .filter(line -> line.contains(jobId.toString()))
                .flatMap(WorkerLog::marker)
                .toList();
    }

    private static Stream<String> marker(String line) {
        return MARKERS.stream().filter(line::contains);
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(LOGGER);
    }
}
