package io.forthwith.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Compares the drain of an otherwise empty table with the drain of a table that has grown, and of a table with dead rows
 * that cannot be removed because of an old snapshot.
 *
 * @param contenders the first one is the base of the comparison
 */
record GrowthWorkload(List<GrownForthwith> contenders, int jobs, int rounds) implements Benchmarks.Workload {
    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        Load load = Load.noop(jobs);
        List<BenchmarkDatabase> databases = new ArrayList<>();
        List<Drain> drains = new ArrayList<>();
        try {
            SideBySide<Sample> turns = new SideBySide<>();
            for (GrownForthwith contender : contenders) {
                BenchmarkDatabase own = database.beside(contender.schema());
                databases.add(own);
                Drain drain = Drain.warm(own, contender, load, 1);
                drains.add(drain);
                turns.add(contender.name(), drain::round);
            }
            contenders.forEach(contender -> report.fact(contender.name(), contender.settings(load)));
            List<Series<Sample>> samples = turns.run(rounds, report.out());
            report.raw("samples", samples);
            print(report, samples);
        } finally {
            for (Drain drain : drains) {
                drain.close();
            }
            for (GrownForthwith contender : contenders) {
                contender.close();
            }
            for (BenchmarkDatabase own : databases) {
                own.close();
            }
        }
    }

    private void print(Report report, List<Series<Sample>> all) {
        Series<Sample> empty = all.get(0);
        report.out()
                .printf(
                        Locale.ROOT,
                        "%n| drain of %,d jobs | jobs/s, median | range | it : empty | dead rows a job |%n",
                        jobs);
        report.out().println("| --- | --- | --- | --- | --- |");
        for (Series<Sample> series : all) {
            report.out()
                    .printf(
                            Locale.ROOT,
                            "| %s | %s | %.2f | %.2f |%n",
                            series.name(),
                            Figures.row(series.of(Sample::jobsPerSecond)),
                            series.median(Sample::jobsPerSecond) / empty.median(Sample::jobsPerSecond),
                            series.median(Sample::deadRows));
        }
    }
}
