package io.forthwith.benchmarks;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Medians and quantiles of what was measured. */
final class Figures {
    private Figures() {}

    /** The value below which this share of the sample lies, by nearest rank. */
    static double quantile(List<Double> sample, double share) {
        List<Double> sorted = sample.stream().sorted().toList();
        int rank = (int) Math.ceil(share * sorted.size());
        return sorted.get(Math.max(0, rank - 1));
    }

    /** Median and range as two cells of a table. */
    static String row(List<Double> sample) {
        return String.format(
                Locale.ROOT, "%,.0f | %,.0f to %,.0f", quantile(sample, 0.5), quantile(sample, 0), quantile(sample, 1));
    }

    /** A table of how long something took, in milliseconds. */
    static void print(PrintStream out, String what, List<Double> millis) {
        out.println("| " + what + " | ms |");
        out.println("| --- | --- |");
        out.printf("| median of %d | %.2f |%n", millis.size(), quantile(millis, 0.5));
        out.printf("| p99 | %.2f |%n", quantile(millis, 0.99));
        out.printf("| worst | %.2f |%n", quantile(millis, 1));
    }
}
