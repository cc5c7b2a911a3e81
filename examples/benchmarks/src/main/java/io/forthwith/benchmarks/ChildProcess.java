package io.forthwith.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Another process, which reads commands as lines and answers with lines. Not thread-safe. */
final class ChildProcess implements AutoCloseable {
    /**
     * Passes the database in the environment of the process, because every user of the machine can read its arguments.
     */
    static final String DATABASE_VARIABLE = "BENCHMARK_JDBC_URL";

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Process process;
    private final PrintStream orders;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Predicate<String> news;

    private ChildProcess(Process process, Predicate<String> news) {
        this.process = process;
        this.news = news;
        this.orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "answers-of-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a process that works on a database.
     *
     * @param url of the database
     * @param news gets each line, on a separate thread, and consumes the lines that are not answers
     */
    static ChildProcess start(ProcessBuilder command, String url, Predicate<String> news) throws IOException {
        command.environment().put(DATABASE_VARIABLE, url);
        command.redirectError(ProcessBuilder.Redirect.INHERIT);
        return new ChildProcess(command.start(), news);
    }

    void tell(String order) {
        orders.println(order);
    }

    /** The rest of the next answer, which must begin with {@code answer}. */
    String await(String answer) throws IOException, InterruptedException {
        String line = answers.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null || !line.startsWith(answer)) {
            throw new IOException(
                    "Process " + pid() + " said " + line + " instead of '" + answer + "'; see its log above");
        }
        return line.substring(answer.length()).stripLeading();
    }

    /** Waits until the process is ready. Fails if its log level differs from that of all others. */
    void awaitReady(String logLevel) throws IOException, InterruptedException {
        String actual = await("ready");
        if (!actual.equals(logLevel)) {
            throw new IOException(
                    "Process " + pid() + " logs at " + actual + " and not, as all others, at " + logLevel);
        }
    }

    /** Fails if the process has ended. */
    void requireAlive() throws IOException {
        if (!process.isAlive()) {
            throw new IOException(
                    "Process " + pid() + " has ended with exit code " + process.exitValue() + "; see its log above");
        }
    }

    long pid() {
        return process.pid();
    }

    /** The processor time that the process has used since its start. */
    Duration cpuTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Kills the process, with {@code kill -9} where there are signals. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines().filter(news.negate()).forEach(answers::add);
        } catch (IOException | UncheckedIOException gone) {
            // It was killed while it wrote a line.
        }
        answers.add("nothing: it has ended");
    }

    /** Lets the process end by itself, and kills it if it does not. */
    @Override
    public void close() throws InterruptedException {
        orders.close();
        if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
        }
    }
}
