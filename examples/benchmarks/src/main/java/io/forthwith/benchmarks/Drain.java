package io.forthwith.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One contender and its worker processes. Each round enqueues jobs, lets the workers drain them, and verifies the
 * result. Not thread-safe.
 *
 * <p>The clock of a warm drain starts when the first job begins, so that the start of the engine does not count, and its processes stay for all
 * rounds, so that the measured code is compiled. A cold drain has new processes in each round, and its clock starts before they are started, as
 * after a deployment. The clock stops when the database has no open job, because a job is done when its completion is on disk, not when its code has returned. Until
 * all jobs have run, the measurement does not query the database.
 */
final class Drain implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final BenchmarkDatabase database;
    private final Contender contender;
    private final Load load;
    private final int processCount;
    private final boolean cold;
    private final List<WorkerProcess> processes = new ArrayList<>();

    private Drain(BenchmarkDatabase database, Contender contender, Load load, int processCount, boolean cold) {
        this.database = database;
        this.contender = contender;
        this.load = load;
        this.processCount = processCount;
        this.cold = cold;
    }

    static Drain warm(BenchmarkDatabase database, Contender contender, Load load, int processCount) throws Exception {
        Drain drain = new Drain(database, contender, load, processCount, false);
        for (int i = 0; i < processCount; i++) {
            drain.processes.add(WorkerProcess.start(contender, load, database));
        }
        return drain;
    }

    static Drain cold(BenchmarkDatabase database, Contender contender, Load load, int processCount) {
        return new Drain(database, contender, load, processCount, true);
    }

    Contender contender() {
        return contender;
    }

    Load load() {
        return load;
    }

    int processCount() {
        return processCount;
    }

    Sample round() throws Exception {
        database.prepare(contender, load.jobs());
        Traffic before = Traffic.read(database);
        Duration cpuBefore = cpuTime();
        long launched = System.nanoTime();
        startWorkers();
        long end = awaitEnd();
        double seconds = (end - (cold ? launched : firstBegun())) / 1e9;
        Duration cpu = cpuTime().minus(cpuBefore);
        List<String> answers = stopWorkers();
        if (cold) {
            close();
        }
        database.awaitDisconnected();
        Traffic traffic = Traffic.read(database).since(before);
        double deadRows = database.deadRows();
        // Last, because the contender must not pay for these queries.
        Tally.requireOnce(answers, load.jobs());
        contender.verify(database, load.jobs());
        double jobs = contender.drained(load.jobs());
        return new Sample(
                jobs / seconds,
                traffic.commits() / jobs,
                traffic.walBytes() / jobs,
                deadRows / jobs,
                cpu.toNanos() / 1e3 / jobs);
    }

    /** Starts all processes at the same time; otherwise the first would have all jobs for itself. */
    private void startWorkers() throws Exception {
        if (cold) {
            for (int i = 0; i < processCount; i++) {
                processes.add(WorkerProcess.launch(contender, load, database));
            }
        } else {
            for (WorkerProcess process : processes) {
                process.startWorker();
            }
        }
        for (WorkerProcess process : processes) {
            process.awaitStarted();
        }
    }

    /** Returns when the last job was done. */
    private long awaitEnd() throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (processes.stream().mapToLong(WorkerProcess::ran).sum() < load.jobs()) {
            pause(deadline);
        }
        while (database.isTrue(contender.hasOpenJobs())) {
            pause(deadline);
        }
        return System.nanoTime();
    }

    private long firstBegun() {
        return processes.stream()
                .mapToLong(WorkerProcess::begunNanos)
                .filter(nanos -> nanos != 0)
                .min()
                .orElseThrow();
    }

    private void pause(long deadline) throws IOException {
        if (System.nanoTime() - deadline > 0) {
            long ran = processes.stream().mapToLong(WorkerProcess::ran).sum();
            throw new IOException(contender.name() + ": of " + load.jobs() + " jobs " + ran + " have run in "
                    + PATIENCE.toMinutes() + " minutes");
        }
        for (WorkerProcess process : processes) {
            process.requireAlive();
        }
        LockSupport.parkNanos(LOOK_NANOS);
    }

    private Duration cpuTime() {
        return processes.stream().map(WorkerProcess::cpuTime).reduce(Duration.ZERO, Duration::plus);
    }

    /** Returns the jobs that have run in each process. */
    private List<String> stopWorkers() throws Exception {
        List<String> answers = new ArrayList<>();
        for (WorkerProcess process : processes) {
            answers.add(process.stopWorker());
        }
        return answers;
    }

    @Override
    public void close() throws InterruptedException {
        for (WorkerProcess process : processes) {
            process.close();
        }
        processes.clear();
    }
}
