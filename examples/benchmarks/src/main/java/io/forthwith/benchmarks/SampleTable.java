package io.forthwith.benchmarks;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Prints samples of several contenders as a Markdown table: medians, the range of the speed, and the comparison with Forthwith. */
final class SampleTable {
    static final Column COMMITS = new Column("commits a job", "%.3f", Sample::commits);
    static final Column WAL_BYTES = new Column("WAL bytes a job", "%,.0f", Sample::walBytes);
    static final Column DEAD_ROWS = new Column("dead rows a job", "%.2f", Sample::deadRows);

    private SampleTable() {}

    /** The columns show medians. */
    static void print(PrintStream out, String what, List<Series<Sample>> all, List<Column> columns) {
        Series<Sample> base = Series.base(all);
        out.println();
        out.print("| " + what + " | jobs/s, median | range | " + base.name() + " : it |");
        columns.forEach(column -> out.print(" " + column.name + " |"));
        out.println();
        out.println("| --- | --- | --- | --- |" + " --- |".repeat(columns.size()));
        for (Series<Sample> series : all) {
            out.printf(
                    Locale.ROOT,
                    "| %s | %s | %.2f |",
                    series.name(),
                    Figures.row(series.of(Sample::jobsPerSecond)),
                    base.median(Sample::jobsPerSecond) / series.median(Sample::jobsPerSecond));
            columns.forEach(
                    column -> out.printf(Locale.ROOT, " " + column.format + " |", series.median(column.figure)));
            out.println();
        }
    }

    /** A column besides those for the speed. */
    record Column(String name, String format, ToDoubleFunction<Sample> figure) {}
}
