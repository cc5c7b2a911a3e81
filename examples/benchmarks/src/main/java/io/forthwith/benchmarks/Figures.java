package io.forthwith.benchmarks;

import java.util.List;
import java.util.Locale;

/** Medians and quantiles of measured values. */
final class Figures {
    private Figures() {}

    /** The quantile of a sample, by nearest rank. */
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
}
