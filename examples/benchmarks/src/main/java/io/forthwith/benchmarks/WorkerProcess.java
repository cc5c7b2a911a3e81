package io.forthwith.benchmarks;

import java.io.IOException;
import java.time.Duration;

/**
 * A process that runs the jobs of a contender, such as a {@link WorkerMain}, as the measuring process sees it. To be used by one thread.
 */
final class WorkerProcess implements AutoCloseable {
    private final ChildProcess process;
    /** The number of jobs that have run in this round, written by the reader thread. */
    private volatile long ran;
    /** When the first job began, by {@link System#nanoTime}; zero before that. */
    private volatile long begunNanos;

    /** Whether it has said that it is ready. */
    private boolean ready;

    private WorkerProcess(ProcessBuilder command, BenchmarkDatabase database) throws IOException {
        this.process = ChildProcess.start(command, database.url(), this::hear);
    }

    /** Starts a process and waits until it is ready. */
    static WorkerProcess start(Contender contender, Load load, BenchmarkDatabase database)
            throws IOException, InterruptedException {
        WorkerProcess started = new WorkerProcess(contender.workerProcess(load), database);
        started.awaitReady();
        return started;
    }

    /** Starts a process and, as soon as it is ready, its worker. Does not wait. */
    static WorkerProcess launch(Contender contender, Load load, BenchmarkDatabase database)
            throws IOException, InterruptedException {
        WorkerProcess launched = new WorkerProcess(contender.workerProcess(load), database);
        launched.process.tell("start-cold");
        return launched;
    }

    /** Starts the worker in the process. */
    void startWorker() {
        ran = 0;
        begunNanos = 0;
        process.tell("start");
    }

    void awaitStarted() throws IOException, InterruptedException {
        awaitReady();
        process.await("started");
    }

    private void awaitReady() throws IOException, InterruptedException {
        if (!ready) {
            process.awaitReady(Logs.USUAL);
            ready = true;
        }
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
