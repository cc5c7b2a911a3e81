package io.forthwith.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** What the rounds of one contender came to. */
record Series<T>(String name, List<T> samples) {
    /** The one that the others are compared with: Forthwith, if it is among them. */
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
}
