package io.forthwith.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A {@link ResponderMain} in a process of its own, as the measuring process sees it. To be used by one thread.
 *
 * <p>Its times are values of {@link System#nanoTime}. By contract, those of two processes cannot be compared. On Linux both read
 * CLOCK_MONOTONIC. So the start of a process tests that both have the same clock, and otherwise fails.
 */
final class ResponderProcess implements AutoCloseable {
    private static final int CLOCK_TESTS = 20;

    private final ChildProcess process;
    private final BlockingQueue<Began> began = new LinkedBlockingQueue<>();

    private ResponderProcess(Responder responder, Behaviour behaviour, BenchmarkDatabase database)
            throws IOException, InterruptedException {
        this.process = ChildProcess.start(responder.process(behaviour), database.url(), this::hear);
        process.awaitReady(behaviour.logLevel());
    }

    static ResponderProcess start(Responder responder, Behaviour behaviour, BenchmarkDatabase database)
            throws IOException, InterruptedException {
        ResponderProcess started = new ResponderProcess(responder, behaviour, database);
        for (int i = 0; i < CLOCK_TESTS; i++) {
            started.requireSameClock();
        }
        return started;
    }

    private void requireSameClock() throws IOException, InterruptedException {
        long before = System.nanoTime();
        process.tell("clock");
        long there = Long.parseLong(process.await("clock"));
        if (there - before < 0 || System.nanoTime() - there < 0) {
            throw new IllegalStateException("The clocks of two processes differ here: " + there + " was read after "
                    + before + " and before " + System.nanoTime());
        }
    }

    /** The jobs that have begun in the process; each is added when the process reports it. */
    BlockingQueue<Began> began() {
        return began;
    }

    void startWorker() throws IOException, InterruptedException {
        process.tell("start");
        process.await("started");
    }

    /** Starts the worker and counts its statements. */
    void startCountedWorker() throws IOException, InterruptedException {
        process.tell("start-counting");
        process.await("started");
    }

    /** The number of statements that the process has executed. */
    long statements() throws IOException, InterruptedException {
        process.tell("statements");
        return Long.parseLong(process.await("statements"));
    }

    /** Runs {@link Pickups} in the process of the worker. */
    List<Double> pickups(int jobs, Duration budget, long seed) throws IOException, InterruptedException {
        process.tell("pickups " + jobs + " " + budget + " " + seed);
        String millis = process.await("pickups");
        return millis.isEmpty()
                ? List.of()
                : Arrays.stream(millis.split(" ", -1)).map(Double::valueOf).toList();
    }

    void stopWorker() throws IOException, InterruptedException {
        process.tell("stop");
        process.await("stopped");
    }

    /** Kills the process. */
    void kill() throws InterruptedException {
        process.kill();
    }

    private boolean hear(String line) {
        return line.startsWith("began ") && began.add(Began.parse(line.substring("began ".length())));
    }

    @Override
    public void close() throws InterruptedException {
        process.close();
    }
}
