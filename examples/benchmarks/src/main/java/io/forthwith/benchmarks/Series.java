package io.forthwith.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** What the rounds of one contender came to. */
record Series<T>(String name, List<T> samples) {
    List<Double> of(ToDoubleFunction<T> figure) {
        return samples.stream().map(figure::applyAsDouble).toList();
    }

    double median(ToDoubleFunction<T> figure) {
        return Figures.quantile(of(figure), 0.5);
    }
}
