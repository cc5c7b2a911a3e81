package io.forthwith.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A {@link WorkerMain} in a process of its own, as the measuring process sees it. To be used by one thread. */
final class WorkerProcess implements AutoCloseable {
    private final ChildProcess process;
    /** The number of jobs that have run in this round, written by the reader thread. */
    private volatile long ran;
    /** When the first job began, by {@link System#nanoTime}; zero before that. */
    private volatile long begunNanos;

    private WorkerProcess(List<String> arguments, BenchmarkDatabase database) throws IOException, InterruptedException {
        this.process = ChildProcess.start(WorkerMain.class, arguments, database, this::hear);
        process.awaitReady(Logs.USUAL);
    }

    static WorkerProcess start(Contender contender, Load load, BenchmarkDatabase database)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(contender.name()));
        arguments.addAll(load.arguments());
        return new WorkerProcess(arguments, database);
    }

    /** Starts the worker in the process. */
    void startWorker() {
        ran = 0;
        begunNanos = 0;
        process.tell("start");
    }

    void awaitStarted() throws IOException, InterruptedException {
        process.await("started");
    }

    /** Fails if the process has ended. */
    void requireAlive() throws IOException {
        process.requireAlive();
    }

    /** The number of jobs that have run, a short time ago. */
    long ran() {
        return ran;
    }

    /** When its first job began; zero if none has begun. */
    long begunNanos() {
        return begunNanos;
    }

    /** The processor time that the process has used since its start. */
    Duration cpuTime() {
        return process.cpuTime();
    }

    /** Stops its worker and closes its connections. Returns the jobs that have run there, for {@link Tally#requireOnce}. */
    String stopWorker() throws IOException, InterruptedException {
        process.tell("stop");
        return process.await("stopped");
    }

    /** Lets it enqueue all jobs of its load with an {@link EnqueueRun}, and returns the duration in nanoseconds. */
    long enqueue(int threads) throws IOException, InterruptedException {
        process.tell("enqueue " + threads);
        return Long.parseLong(process.await("enqueued"));
    }

    private boolean hear(String line) {
        if (!line.startsWith("ran ")) {
            return false;
        }
        if (begunNanos == 0) {
            begunNanos = System.nanoTime();
        }
        ran = Long.parseLong(line.substring("ran ".length()));
        return true;
    }

    @Override
    public void close() throws InterruptedException {
        process.close();
    }
}
