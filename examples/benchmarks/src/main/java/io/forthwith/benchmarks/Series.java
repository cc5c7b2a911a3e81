package io.forthwith.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The results of all rounds of one contender. */
record Series<T>(String name, List<T> samples) {
    /** The base of the comparison: Forthwith, if it takes part. */
    static <T> Series<T> base(List<Series<T>> all) {
        return all.stream()
                .filter(series -> series.name().equals("forthwith"))
                .findFirst()
                .orElse(all.get(0));
    }

    List<Double> of(ToDoubleFunction<T> figure) {
        return samples.stream().map(figure::applyAsDouble).toList();
    }

    double median(ToDoubleFunction<T> figure) {
        return Figures.quantile(of(figure), 0.5);
    }

    double best(ToDoubleFunction<T> figure) {
        return Figures.quantile(of(figure), 1);
    }
}
