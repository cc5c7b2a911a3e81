package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The comparison of cold drains, and its bar. */
class ColdWorkloadTest {
    private static final ColdWorkload.Result FORTHWITH = result("forthwith", 1, 900, 1_500, 2_000);
    private static final ColdWorkload.Result PEER = result(GraphileContender.BATCHED, 1, 1_000, 1_000, 1_000);
    private static final ColdWorkload.Result PEER_WITH_TWO = result(GraphileContender.BATCHED, 2, 500);

    @Test
    void compares_medians_with_the_same_number_of_processes() {
        assertThat(FORTHWITH.ratio(List.of(PEER_WITH_TWO, FORTHWITH, PEER))).isEqualTo(1.5);
        assertThat(FORTHWITH.row(List.of(FORTHWITH, PEER)))
                .isEqualTo("| forthwith | 1 | 3,000 | 2.00 | 1.50 to 3.33 | 1,500 | 1.50 | 7.0 |");
    }

    @Test
    void compares_nothing_if_the_peer_is_missing() {
        assertThat(FORTHWITH.ratio(List.of(FORTHWITH, PEER_WITH_TWO))).isNaN();
        assertThat(FORTHWITH.row(List.of(FORTHWITH))).endsWith("| 1,500 | – | 7.0 |");
    }

    @Test
    void fails_if_the_bar_is_missed() {
        assertThatThrownBy(() -> ColdWorkload.requireBar(List.of(FORTHWITH, PEER), 1.51))
                .hasMessage("Too slow: the cold drain with processes: 1 is only 1.50 times as fast as graphile-batched,"
                        + " the bar is 1.51");
    }

    @Test
    void passes_on_the_bar_without_a_bar_and_without_the_peer() {
        ColdWorkload.Result slow = result("forthwith", 1, 1);
        assertThatCode(() -> {
                    ColdWorkload.requireBar(List.of(FORTHWITH, PEER), 1.5);
                    ColdWorkload.requireBar(List.of(slow, PEER), 0);
                    ColdWorkload.requireBar(List.of(slow), 1.5);
                })
                .doesNotThrowAnyException();
    }

    private static ColdWorkload.Result result(String name, int processes, double... jobsPerSecond) {
        return new ColdWorkload.Result(
                name,
                processes,
                3_000,
                new Series<>(
                        name,
                        Arrays.stream(jobsPerSecond)
                                .mapToObj(speed -> new Sample(speed, 1, 1, 1, 7))
                                .toList()));
    }
}
