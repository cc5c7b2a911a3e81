package io.forthwith.studio.process;

import io.forthwith.studio.Settings;
import io.forthwith.studio.StudioWorker;
import io.forthwith.studio.WorkerSettings;
import io.forthwith.studio.show.WorkerLog;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts worker processes beside the studio.
 *
 * @param studio what they share with it: the database, the files and the language
 * @param imageApi the image service
 * @param log where their log lines go
 * @param concurrency how many jobs each of them runs at a time
 * @param creditsLatency how long it takes them to charge or refund
 */
public record WorkerProcesses(Settings studio, URI imageApi, WorkerLog log, int concurrency, Duration creditsLatency) {
    /** Options for a fast start, because the processes live for only some seconds. */
    private static final List<String> JAVA_OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m");

    private static final Duration GRACE = Duration.ofSeconds(2);

    /** Workers that run two jobs at a time and reach the ledger without latency. */
    public WorkerProcesses(Settings studio, URI imageApi, WorkerLog log) {
        this(studio, imageApi, log, 2, Duration.ZERO);
    }

    /** The same, with this latency of the ledger. */
    public WorkerProcesses creditsLatency(Duration thereAndBack) {
        return new WorkerProcesses(studio, imageApi, log, concurrency, thereAndBack);
    }

    /** Starts a worker that serves this queue alone. */
    public WorkerProcess start(String name, String queue, Duration lease) throws IOException {
        WorkerSettings settings =
                new WorkerSettings(studio, name, queue, concurrency, lease, GRACE, imageApi, creditsLatency);
        List<String> options = new ArrayList<>(JAVA_OPTIONS);
        settings.properties().forEach((key, value) -> options.add("-D" + key + "=" + value));
        ProcessBuilder command = JavaCommand.of(StudioWorker.class, options);
        // Every user of this machine can read the options of a process.
        if (studio.password() != null) {
            command.environment().put(WorkerSettings.PASSWORD_VARIABLE, studio.password());
        }
        return WorkerProcess.start(name, command, line -> log.of(name, line));
    }
}
