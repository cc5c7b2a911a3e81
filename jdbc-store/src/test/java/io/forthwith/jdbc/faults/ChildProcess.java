package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.jdbc.Patience;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.core.ConditionTimeoutException;

/** The parent's end of a {@link ChildWorker}. */
public final class ChildProcess implements AutoCloseable {
    /** A JVM starts within a second or two, but not on a machine that is busy with something else. */
    private static final Duration PATIENCE = Patience.LONG;

    private final String name;
    private final Process process;
    private final BufferedWriter orders;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private ChildProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.orders = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "lines of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a worker process; {@link #awaitReady} says when it works. */
    public static ChildProcess start(String url, String name, int concurrency, String lease) {
        return start(ChildWorker.class, name, url, name, String.valueOf(concurrency), lease);
    }

    /** Starts any main class. */
    public static ChildProcess start(Class<?> main, String name, String... arguments) {
        return startOn(System.getProperty("java.class.path"), main, name, arguments);
    }

    /** The same, with options of the JVM that go before those of all children. */
    static ChildProcess startWith(List<String> options, Class<?> main, String name, String... arguments) {
        return start(options, System.getProperty("java.class.path"), main, name, arguments);
    }

    /**
     * The same, in a process whose clock is so much off; its monotonic clock is right.
     *
     * @throws AssertionError if this machine has no library that does it, and the variable CI is set
     */
    static ChildProcess startAt(Duration off, Class<?> main, String name, String... arguments) {
        Path clock = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1");
        if (off.isZero() || !Files.exists(clock)) {
            assertThat(off.isZero() || System.getenv("CI") == null)
                    .as("%s is there: apt-get install libfaketime", clock)
                    .isTrue();
            return start(main, name, arguments);
        }
        List<String> command = new ArrayList<>(List.of(
                "env",
                "LD_PRELOAD=" + clock,
                "FAKETIME=%+ds".formatted(off.toSeconds()),
                "FAKETIME_DONT_FAKE_MONOTONIC=1",
                "DONT_FAKE_MONOTONIC=1",
                // The library's answer to glibc before 2.34: with it, each timed wait of a JVM ends at once.
                "FAKETIME_FORCE_MONOTONIC_FIX=0"));
        command.addAll(command(List.of(), System.getProperty("java.class.path"), main, arguments));
        return started(name, command);
    }

    /** The same, on another class path. */
    static ChildProcess startOn(String classPath, Class<?> main, String name, String... arguments) {
        return start(List.of(), classPath, main, name, arguments);
    }

    private static ChildProcess start(
            List<String> options, String classPath, Class<?> main, String name, String... arguments) {
        return started(name, command(options, classPath, main, arguments));
    }

    private static List<String> command(List<String> options, String classPath, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-Dstdout.encoding=UTF-8"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    private static ChildProcess started(String name, List<String> command) {
        try {
            return new ChildProcess(
                    name, new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    public ChildProcess awaitReady() {
        awaitLine("READY"::equals);
        return this;
    }

    /** Whether it works. */
    boolean isReady() {
        return !lines("READY"::equals).isEmpty();
    }

    void awaitLine(Predicate<String> wanted) {
        awaitLines(1, PATIENCE, wanted);
    }

    /** Waits until so many lines are as wanted. */
    public void awaitLines(int count, Duration atMost, Predicate<String> wanted) {
        try {
            await().atMost(atMost)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> lines(wanted).size() >= count);
        } catch (ConditionTimeoutException late) {
            throw new AssertionError(
                    name + " has said " + lines(wanted).size() + " of " + count + " lines after " + atMost
                            + (process.isAlive() ? "" : ", its process has ended with " + process.exitValue())
                            + "; it said:\n" + String.join("\n", lines),
                    late);
        }
    }

    /** Waits until it has started so many jobs. */
    public void awaitStarted(int count, Duration atMost) {
        awaitLines(count, atMost, line -> line.startsWith("STARTED "));
    }

    /** The jobs it has started, in order. */
    public List<String> started() {
        return lines(line -> line.startsWith("STARTED ")).stream()
                .map(line -> line.split(" ", -1)[1])
                .toList();
    }

    /** What it has logged. */
    List<String> log() {
        return lines(line -> line.startsWith("LOG "));
    }

    public List<String> lines(Predicate<String> wanted) {
        return lines.stream().filter(wanted).toList();
    }

    public void send(String order) {
        try {
            orders.write(order);
            orders.newLine();
            orders.flush();
        } catch (IOException gone) {
            throw new UncheckedIOException(name + " does not listen", gone);
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits until it has died and says how. */
    public int awaitExit() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("%s has ended; it said:%n%s", name, String.join("\n", lines))
                .isTrue();
        return process.exitValue();
    }

    /** SIGSTOP, SIGCONT, SIGKILL and so on. */
    public void signal(String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                .inheritIO()
                .start();
        assertThat(kill.waitFor()).as("kill -%s", signal).isZero();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
        } catch (IOException gone) {
            lines.add("(its output broke off: " + gone + ")");
        }
    }
}
