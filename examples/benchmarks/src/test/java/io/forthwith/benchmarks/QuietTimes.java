package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * How long calls took on a quiet machine. Before and after each call the same numbers are sorted; if that took half as long again as usual, other programs or
 * other virtual machines of the host had taken the processor, and the call is left out. Where that goes on and on, all calls are taken.
 *
 * @param median of the calls, in ms
 * @param most of 95 of 100 calls, in ms
 * @param leftOut how many were left out
 */
record QuietTimes(double median, double most, int leftOut) {
    private static final int WARM = 20;
    private static final int CALLS = 100;
    private static final int MOST_LEFT_OUT = 3 * CALLS;
    private static final double DISTURBED = 1.5;
    private static final int[] NUMBERS = new Random(1).ints(20_000).toArray();
    /** As on a machine that does nothing else. */
    private static final double USUAL = usual();

    static QuietTimes of(Callable<?> call) throws Exception {
        for (int i = 0; i < WARM; i++) {
            assertThat(call.call()).isNotNull();
        }
        List<Double> quiet = new ArrayList<>();
        List<Double> disturbed = new ArrayList<>();
        double before = sort();
        while (quiet.size() < CALLS && disturbed.size() < MOST_LEFT_OUT) {
            long begun = System.nanoTime();
            assertThat(call.call()).isNotNull();
            double millis = (System.nanoTime() - begun) / 1e6;
            double after = sort();
            (Math.max(before, after) > DISTURBED * USUAL ? disturbed : quiet).add(millis);
            before = after;
        }
        int leftOut = disturbed.size();
        if (quiet.size() < CALLS) {
            quiet.addAll(disturbed);
            leftOut = 0;
        }
        return new QuietTimes(Figures.quantile(quiet, 0.5), Figures.quantile(quiet, 0.95), leftOut);
    }

    private static double usual() {
        List<Double> tries = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            tries.add(sort());
        }
        return Figures.quantile(tries, 0.1);
    }

    private static double sort() {
        int[] numbers = NUMBERS.clone();
        long begun = System.nanoTime();
        Arrays.sort(numbers);
        return (System.nanoTime() - begun) / 1e6;
    }
}
