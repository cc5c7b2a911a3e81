package io.forthwith.studio.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A process that runs a {@code StudioWorker}. It ends when its standard input ends, which also happens if this process
 * dies.
 */
public final class WorkerProcess implements AutoCloseable {
    private static final Duration TIME_TO_STOP = Duration.ofSeconds(10);

    private final String name;
    private final Process process;
    private final Thread reader;

    private WorkerProcess(String name, Process process, Consumer<String> output) {
        this.name = name;
        this.process = process;
        this.reader = new Thread(() -> read(process, output), "output-of-" + name);
    }

    static WorkerProcess start(String name, ProcessBuilder command, Consumer<String> output) throws IOException {
        WorkerProcess started =
                new WorkerProcess(name, command.redirectErrorStream(true).start(), output);
        started.reader.setDaemon(true);
        started.reader.start();
        return started;
    }

    /** The name of its worker. */
    public String name() {
        return name;
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** Waits a short time for its end; true if it has ended. */
    public boolean endsWithin(Duration wait) throws InterruptedException {
        return process.waitFor(wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Kills it: {@code kill -9} where there are signals. */
    public void kill() throws InterruptedException {
        // Through the handle, because Process.destroyForcibly would drop output that was not read yet.
        process.toHandle().destroyForcibly();
        process.waitFor();
        reader.join();
    }

    /** Asks it to stop, as when an application is shut down: {@code kill} where there are signals. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Its exit code. */
    int exitCode() {
        return process.exitValue();
    }

    /** Stops it, and kills it if it does not end. */
    @Override
    public void close() throws IOException, InterruptedException {
        closeInput();
        try {
            if (!endsWithin(TIME_TO_STOP)) {
                throw new IOException("The process of " + name + " did not stop within " + TIME_TO_STOP);
            }
        } finally {
            kill();
        }
    }

    private void closeInput() throws IOException {
        if (process.isAlive()) {
            process.getOutputStream().close();
        }
    }

    private static void read(Process process, Consumer<String> output) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines().forEach(output);
        } catch (IOException | UncheckedIOException gone) {
            // It was killed while it wrote a line.
        }
    }
}
