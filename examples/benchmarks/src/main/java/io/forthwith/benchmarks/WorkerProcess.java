package io.forthwith.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** A {@link WorkerMain} in a process of its own, as the measuring process sees it. To be used by one thread. */
final class WorkerProcess implements AutoCloseable {
    private final ChildProcess process;
    private final String logLevels;
    /** How many jobs have run in this round, written by the reader. */
    private volatile long ran;
    /** When the first of them had, by {@link System#nanoTime}; zero before. */
    private volatile long firstRanNanos;

    private WorkerProcess(List<String> arguments, BenchmarkDatabase database) throws IOException, InterruptedException {
        this.process = ChildProcess.start(WorkerMain.class, arguments, database, this::hear);
        this.logLevels = process.await("ready");
    }

    static WorkerProcess start(Contender contender, Load load, BenchmarkDatabase database)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(contender.name()));
        arguments.addAll(load.arguments());
        return new WorkerProcess(arguments, database);
    }

    /** The log levels it works with. */
    String logLevels() {
        return logLevels;
    }

    /** Starts its worker, and returns when that says that it has started. */
    void startWorker() throws IOException, InterruptedException {
        ran = 0;
        firstRanNanos = 0;
        process.tell("start");
        process.await("started");
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
        return process.cpuTime();
    }

    /** Stops its worker and closes its connections; the jobs that have run there. */
    BitSet stopWorker() throws IOException, InterruptedException {
        process.tell("stop");
        String[] total = process.await("stopped").split(" ", 2);
        BitSet which = Tally.read(total.length < 2 ? "" : total[1]);
        if (Long.parseLong(total[0]) != which.cardinality()) {
            throw new IllegalStateException(
                    which.cardinality() + " jobs have run " + total[0] + " times in process " + process.pid());
        }
        return which;
    }

    private boolean hear(String line) {
        if (!line.startsWith("ran ")) {
            return false;
        }
        if (firstRanNanos == 0) {
            firstRanNanos = System.nanoTime();
        }
        ran = Long.parseLong(line.substring("ran ".length()));
        return true;
    }

    @Override
    public void close() throws InterruptedException {
        process.close();
    }
}
