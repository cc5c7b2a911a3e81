package io.forthwith.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link WorkerMain} in a process of its own, as the measuring process sees it. To be used by one thread. */
final class WorkerProcess implements AutoCloseable {
    /** Names the database in the environment of the process: everybody can read the arguments of one. */
    static final String DATABASE_VARIABLE = "BENCHMARK_JDBC_URL";

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Process process;
    private final PrintStream orders;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final String logLevels;
    /** How many jobs have run in this round, written by the reader. */
    private volatile long ran;
    /** When the first of them had begun, by {@link System#nanoTime}; zero before. */
    private volatile long begunNanos;

    private WorkerProcess(Process process) throws IOException, InterruptedException {
        this.process = process;
        this.orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "answers-of-" + process.pid());
        reader.setDaemon(true);
        reader.start();
        this.logLevels = await("ready");
    }

    static WorkerProcess start(Contender contender, Load load, BenchmarkDatabase database)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(contender.name()));
        arguments.addAll(load.arguments());
        ProcessBuilder command = JavaCommand.of(WorkerMain.class, arguments);
        command.environment().put(DATABASE_VARIABLE, database.url());
        command.redirectError(ProcessBuilder.Redirect.INHERIT);
        return new WorkerProcess(command.start());
    }

    /** The log levels it works with. */
    String logLevels() {
        return logLevels;
    }

    long pid() {
        return process.pid();
    }

    /** Tells it to start its worker. */
    void startWorker() {
        ran = 0;
        begunNanos = 0;
        orders.println("start");
    }

    void awaitStarted() throws IOException, InterruptedException {
        await("started");
    }

    /** How many jobs have run, not long ago. */
    long ran() {
        return ran;
    }

    /** When its first job had begun; zero if none has. */
    long begunNanos() {
        return begunNanos;
    }

    /** How much processor time it has used since it was started. */
    Duration cpuTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Stops its worker and closes its connections; what has run there, for {@link Tally#requireOnce}. */
    String stopWorker() throws IOException, InterruptedException {
        orders.println("stop");
        return await("stopped");
    }

    /** Lets it enqueue all jobs of its load, as {@link EnqueueRun} says; the nanoseconds that it took. */
    long enqueue(int threads) throws IOException, InterruptedException {
        orders.println("enqueue " + threads);
        return Long.parseLong(await("enqueued"));
    }

    /** Ends it so that it can do nothing about it: {@code kill -9} where there are signals. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private String await(String answer) throws IOException, InterruptedException {
        String line = answers.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null || !line.startsWith(answer)) {
            throw new IOException(
                    "Process " + pid() + " said " + line + " instead of '" + answer + "'; see its log above");
        }
        return line.substring(answer.length()).stripLeading();
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines().forEach(this::hear);
        } catch (IOException | UncheckedIOException gone) {
            // It was killed in the middle of a line; whoever killed it knows.
        }
        answers.add("nothing: it has ended");
    }

    private void hear(String line) {
        if (!line.startsWith("ran ")) {
            answers.add(line);
            return;
        }
        if (begunNanos == 0) {
            begunNanos = System.nanoTime();
        }
        ran = Long.parseLong(line.substring("ran ".length()));
    }

    /** Lets it end by itself, and kills it if it does not. */
    @Override
    public void close() throws InterruptedException {
        orders.close();
        if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
        }
    }
}
