package io.forthwith.benchmarks;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Several measurements of one duration.
 *
 * @param millis in milliseconds
 * @param missed the number of measurements that exceeded {@code limit}
 */
record Latencies(List<Double> millis, int missed, Duration limit) {
    static Latencies of(List<Double> millis) {
        return new Latencies(millis, 0, Duration.ZERO);
    }

    /** All measurements of several rounds. */
    static Latencies all(List<Latencies> rounds) {
        return new Latencies(
                rounds.stream().flatMap(round -> round.millis.stream()).toList(),
                rounds.stream().mapToInt(Latencies::missed).sum(),
                rounds.get(0).limit);
    }

    /** Prints a table of several contenders, each with all measurements of all its rounds. */
    static void print(PrintStream out, String what, List<Series<Latencies>> series) {
        out.println();
        out.println("| " + what + " | p50, ms | p99, ms | range, ms | p50 by rounds, ms | times |");
        out.println("| --- | --- | --- | --- | --- | --- |");
        for (Series<Latencies> each : series) {
            out.println("| " + each.name() + " | " + all(each.samples()).cells(each.samples()) + " |");
        }
    }

    private String cells(List<Latencies> rounds) {
        if (millis.isEmpty()) {
            return tooLate() + " | – | – | – | " + missed;
        }
        List<Double> medians = rounds.stream()
                .filter(round -> !round.millis.isEmpty())
                .map(round -> round.quantile(0.5))
                .toList();
        return String.format(
                        Locale.ROOT,
                        "%,.2f | %,.2f | %,.2f to %,.2f | %,.2f to %,.2f | %d",
                        quantile(0.5),
                        quantile(0.99),
                        quantile(0),
                        quantile(1),
                        Figures.quantile(medians, 0),
                        Figures.quantile(medians, 1),
                        millis.size())
                + (missed > 0 ? " and " + missed + " " + tooLate() : "");
    }

    private String tooLate() {
        return "not within " + limit.toSeconds() + " s";
    }

    private double quantile(double share) {
        return Figures.quantile(millis, share);
    }

    @Override
    public String toString() {
        return millis.isEmpty()
                ? tooLate()
                : String.format(
                        Locale.ROOT,
                        "p50 %,.2f ms, p99 %,.2f ms, %d times",
                        quantile(0.5),
                        quantile(0.99),
                        millis.size());
    }
}
