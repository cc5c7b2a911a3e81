package io.forthwith.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
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
    /** When the first of them had, by {@link System#nanoTime}; zero before. */
    private volatile long firstRanNanos;

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

    /** Starts its worker, and returns when that says that it has started. */
    void startWorker() throws IOException, InterruptedException {
        ran = 0;
        firstRanNanos = 0;
        orders.println("start");
        await("started");
    }

    /** How many jobs have run, not long ago. */
    long ran() {
        return ran;
    }

    /** When its first job had run; zero if none has. */
    long firstRanNanos() {
        return firstRanNanos;
    }

    /** How much processor time it has used since it was started. */
    Duration cpuTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Stops its worker and closes its connections; the jobs that have run there. */
    BitSet stopWorker() throws IOException, InterruptedException {
        orders.println("stop");
        String[] total = await("stopped").split(" ", 2);
        BitSet which = Tally.read(total.length < 2 ? "" : total[1]);
        if (Long.parseLong(total[0]) != which.cardinality()) {
            throw new IllegalStateException(
                    which.cardinality() + " jobs have run " + total[0] + " times in process " + pid());
        }
        return which;
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
        return line.substring(answer.length()).strip();
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
        if (firstRanNanos == 0) {
            firstRanNanos = System.nanoTime();
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
