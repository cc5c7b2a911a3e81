package io.forthwith.benchmarks;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Prints samples of several contenders as a Markdown table: medians, the range of the speed, and how Forthwith compares with each. */
final class DrainTable {
    private DrainTable() {}

    static void print(PrintStream out, String what, List<Series<Sample>> all) {
        Series<Sample> base = Series.base(all);
        out.println();
        out.println("| " + what + " | jobs/s, median | range | " + base.name()
                + " : it | commits a job | WAL bytes a job | dead rows a job | worker CPU µs a job |");
        out.println("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (Series<Sample> series : all) {
            out.printf(
                    Locale.ROOT,
                    "| %s | %s | %.2f | %.3f | %,.0f | %.2f | %.1f |%n",
                    series.name(),
                    Figures.row(series.of(Sample::jobsPerSecond)),
                    base.median(Sample::jobsPerSecond) / series.median(Sample::jobsPerSecond),
                    series.median(Sample::commits),
                    series.median(Sample::walBytes),
                    series.median(Sample::deadRows),
                    series.median(Sample::cpuMicros));
        }
    }
}
