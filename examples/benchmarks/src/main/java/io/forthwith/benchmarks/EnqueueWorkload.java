package io.forthwith.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Enqueues jobs by one thread and by eight threads, one job in each call, and in bulk, until all jobs are durable. Each
 * contender has its own process; they run in turns.
 *
 * @param jobs how many jobs one thread enqueues; eight threads enqueue four times as many, and in bulk it is ten times as many
 */
record EnqueueWorkload(List<Contender> contenders, int jobs, int rounds) implements Benchmarks.Workload {
    private static final List<Mode> MODES =
            List.of(new Mode("1 thread", 1, 1), new Mode("8 threads", 8, 4), new Mode("in bulk", 0, 10));

    private static final List<SampleTable.Column> COLUMNS = List.of(
            SampleTable.COMMITS,
            SampleTable.WAL_BYTES,
            new SampleTable.Column("client CPU µs a job", "%.1f", Sample::cpuMicros));

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        report.out().println("The pool has a connection for each thread, and four at least.");
        List<Contender> present = Contenders.present(contenders, report);
        for (Mode mode : MODES) {
            List<Series<Sample>> samples = measure(mode, present, database, report);
            report.raw(mode.name, samples);
            SampleTable.print(report.out(), "enqueue, " + mode.name, samples, COLUMNS);
        }
    }

    private List<Series<Sample>> measure(Mode mode, List<Contender> present, BenchmarkDatabase database, Report report)
            throws Exception {
        List<WorkerProcess> processes = new ArrayList<>();
        try {
            SideBySide<Sample> turns = new SideBySide<>();
            for (Contender contender : mode.fitting(present)) {
                Load load = Load.noop(contender.jobs(jobs * mode.factor));
                WorkerProcess process = WorkerProcess.start(contender, load, database);
                processes.add(process);
                turns.add(
                        contender.name(),
                        () -> round(new EnqueueRun(contender, load, mode.threads), process, database));
            }
            return turns.run(rounds, report.out());
        } finally {
            for (WorkerProcess process : processes) {
                process.close();
            }
        }
    }

    private static Sample round(EnqueueRun run, WorkerProcess process, BenchmarkDatabase database) throws Exception {
        database.prepare(run.contender(), 0);
        Traffic before = Traffic.read(database);
        double cpuBefore = process.cpuTime().toNanos();
        double seconds = process.enqueue(run.threads()) / 1e9;
        double cpuNanos = process.cpuTime().toNanos() - cpuBefore;
        database.awaitDisconnected();
        Traffic traffic = Traffic.read(database).since(before);
        double jobs = run.load().jobs();
        database.require(run.load().jobs(), run.contender().countJobs());
        return new Sample(
                jobs / seconds, traffic.commits() / jobs, traffic.walBytes() / jobs, 0, cpuNanos / 1e3 / jobs);
    }

    /** @param factor the number of jobs as a multiple of that for one thread */
    private record Mode(String name, int threads, int factor) {
        List<Contender> fitting(List<Contender> contenders) {
            return contenders.stream()
                    .filter(contender -> threads > 0 || !contender.isOnlyOneByOne())
                    .toList();
        }
    }
}
