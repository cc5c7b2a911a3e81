package io.forthwith.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Jobs enqueued by one thread and by eight, one in each call and each call durable when it returns, and in bulk; each contender in a
 * process of its own, in turns.
 *
 * @param jobs how many one thread enqueues; eight of them get four times as many, in bulk it is ten times as many
 */
record EnqueueWorkload(List<Contender> contenders, int jobs, int rounds) implements Benchmarks.Workload {
    private static final List<Mode> MODES =
            List.of(new Mode("1 thread", 1, 1), new Mode("8 threads", 8, 4), new Mode("in bulk", 0, 10));

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        report.out().println("The pool has a connection for each thread, and four at least.");
        for (Mode mode : MODES) {
            List<Series<Sample>> samples = measure(mode, database, report);
            report.raw(mode.name, samples);
            print(mode, samples, report.out());
        }
    }

    private List<Series<Sample>> measure(Mode mode, BenchmarkDatabase database, Report report) throws Exception {
        List<WorkerProcess> processes = new ArrayList<>();
        try {
            SideBySide<Sample> turns = new SideBySide<>();
            for (Contender contender : contenders) {
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

    private static void print(Mode mode, List<Series<Sample>> all, PrintStream out) {
        Series<Sample> base = Series.base(all);
        out.println();
        out.println("| enqueue, " + mode.name + " | jobs/s, median | range | " + base.name()
                + " : it | commits a job | WAL bytes a job | client CPU µs a job |");
        out.println("| --- | --- | --- | --- | --- | --- | --- |");
        for (Series<Sample> series : all) {
            out.printf(
                    Locale.ROOT,
                    "| %s | %s | %.2f | %.3f | %,.0f | %.1f |%n",
                    series.name(),
                    Figures.row(series.of(Sample::jobsPerSecond)),
                    base.median(Sample::jobsPerSecond) / series.median(Sample::jobsPerSecond),
                    series.median(Sample::commits),
                    series.median(Sample::walBytes),
                    series.median(Sample::cpuMicros));
        }
        out.println();
    }

    /** @param factor how many times as many jobs as with one thread */
    private record Mode(String name, int threads, int factor) {}
}
