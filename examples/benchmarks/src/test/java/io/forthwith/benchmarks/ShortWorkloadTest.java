package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Each limit of the short workload, with figures that just reach it and figures that miss it. */
class ShortWorkloadTest {
    private static final ShortWorkload.Bars BARS = ShortWorkload.Bars.OURS;

    @Test
    void passes_with_figures_on_the_bars() {
        assertThat(BARS.requireSpeed(
                        series("forthwith", 2_000, 3_000, 2_000), series("db-scheduler", 1_000, 1_000, 1_000)))
                .isEqualTo("3.00 times as fast as db-scheduler by the best rounds, the bar is 3.00,"
                        + " and 2.00 times by the medians, the bar is 2.00");
        assertThat(BARS.requireQuiet(3)).isEqualTo("3.0 statements a second; the bar is 3.0");
    }

    @Test
    void fails_if_the_best_rounds_are_too_slow() {
        assertThatThrownBy(() -> BARS.requireSpeed(
                        series("forthwith", 2_990, 2_990, 2_990), series("db-scheduler", 1_000, 1_000, 1_000)))
                .hasMessageContaining("Too slow: drain is only 2.99 times as fast as db-scheduler by the best rounds");
    }

    @Test
    void fails_if_the_medians_are_too_slow_however_good_the_best_round() {
        assertThatThrownBy(() -> BARS.requireSpeed(
                        series("forthwith", 1_990, 9_000, 1_990), series("db-scheduler", 1_000, 1_000, 1_000)))
                .hasMessageContaining("1.99 times by the medians");
    }

    @Test
    void fails_if_nothing_was_measured() {
        assertThatThrownBy(() -> BARS.requireSpeed(series("forthwith", Double.NaN), series("db-scheduler", 1_000)))
                .hasMessageContaining("Too slow");
        assertThatThrownBy(() -> BARS.requireQuiet(Double.NaN)).hasMessageContaining("Too busy");
    }

    @Test
    void fails_if_an_idle_worker_sends_too_much() {
        assertThatThrownBy(() -> BARS.requireQuiet(3.1))
                .hasMessage("Too busy: an idle worker sends 3.1 statements a second; the bar is 3.0");
    }

    private static Series<Sample> series(String name, double... jobsPerSecond) {
        return new Series<>(
                name,
                Arrays.stream(jobsPerSecond)
                        .mapToObj(speed -> new Sample(speed, 1, 1, 1, 1))
                        .toList());
    }
}
