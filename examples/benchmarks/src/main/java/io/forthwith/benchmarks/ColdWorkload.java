package io.forthwith.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a deployment sees: jobs wait, new processes start, and the clock runs from before their start until the last job is done. So the start
 * of the runtime, its connections and code that is not compiled yet count. Each contender is measured with each number of processes, in turns.
 *
 * @param bar how many times as fast as {@value GraphileContender#BATCHED} Forthwith must be by the medians, with each number of processes; zero
 *     for no bar. It is not checked where Graphile Worker cannot run
 */
record ColdWorkload(List<Contender> contenders, Load load, int rounds, List<Integer> processes, double bar)
        implements Benchmarks.Workload {
    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        report.fact("load", load + ", worker processes: " + processes + ", new in each round");
        List<Drain> drains = new ArrayList<>();
        SideBySide<Sample> turns = new SideBySide<>();
        for (Contender contender : Contenders.present(contenders, report)) {
            Load fitting = load.jobs(contender.jobs(load.jobs()));
            report.fact(contender.name(), contender.settings(fitting));
            for (int count : contender.hasWorkers() ? processes : List.of(1)) {
                Drain drain = Drain.cold(database, contender, fitting, count);
                drains.add(drain);
                turns.add(contender.name() + ", processes: " + count, () -> round(drain));
            }
        }
        List<Series<Sample>> samples = turns.run(rounds, report.out());
        report.raw("samples", samples);
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < drains.size(); i++) {
            results.add(Result.of(drains.get(i), samples.get(i)));
        }
        print(report, results);
        requireBar(results, bar);
    }

    /** A failed round leaves no process behind. */
    private static Sample round(Drain drain) throws Exception {
        try (drain) {
            return drain.round();
        }
    }

    private static void print(Report report, List<Result> results) {
        report.out().println();
        report.out()
                .println("| cold drain | processes | jobs | seconds, median | range | jobs/s | it : "
                        + GraphileContender.BATCHED + " | worker CPU µs a job |");
        report.out().println("| --- | --- | --- | --- | --- | --- | --- | --- |");
        results.forEach(result -> report.out().println(result.row(results)));
    }

    /** Fails if Forthwith is slower than the bar. */
    static void requireBar(List<Result> results, double bar) {
        for (Result result : results) {
            double ratio = result.ratio(results);
            if (result.contender.equals("forthwith") && ratio < bar) {
                throw new IllegalStateException(String.format(
                        Locale.ROOT,
                        "Too slow: the cold drain with processes: %d is only %.2f times as fast as %s, the bar is %.2f",
                        result.processes,
                        ratio,
                        GraphileContender.BATCHED,
                        bar));
            }
        }
    }

    /** All rounds of a contender with a number of processes. */
    record Result(String contender, int processes, int jobs, Series<Sample> samples) {
        static Result of(Drain drain, Series<Sample> series) {
            return new Result(
                    drain.contender().name(), drain.processCount(), drain.load().jobs(), series);
        }

        /** How many times as fast as the batched Graphile Worker with as many processes; not a number if that is missing. */
        double ratio(List<Result> all) {
            return all.stream()
                    .filter(other -> other.contender.equals(GraphileContender.BATCHED) && other.processes == processes)
                    .mapToDouble(other -> speed(0.5) / other.speed(0.5))
                    .findFirst()
                    .orElse(Double.NaN);
        }

        private double speed(double share) {
            return Figures.quantile(samples.of(Sample::jobsPerSecond), share);
        }

        String row(List<Result> all) {
            double ratio = ratio(all);
            return String.format(
                    Locale.ROOT,
                    "| %s | %d | %,d | %.2f | %.2f to %.2f | %,.0f | %s | %.1f |",
                    contender,
                    processes,
                    jobs,
                    jobs / speed(0.5),
                    jobs / speed(1),
                    jobs / speed(0),
                    speed(0.5),
                    Double.isNaN(ratio) ? "–" : String.format(Locale.ROOT, "%.2f", ratio),
                    samples.median(Sample::cpuMicros));
        }
    }
}
