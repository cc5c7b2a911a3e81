package io.forthwith.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures several contenders in one run, in turns, so that other load on the machine affects all of them. To be used by
 * one thread.
 *
 * @param <T> the result of one round of one contender
 */
final class SideBySide<T> {
    private final List<Series<T>> series = new ArrayList<>();
    private final List<Round<T>> rounds = new ArrayList<>();

    /** One round of one contender. */
    @FunctionalInterface
    interface Round<T> {
        T run() throws Exception;
    }

    void add(String name, Round<T> round) {
        series.add(new Series<>(name, new ArrayList<>()));
        rounds.add(round);
    }

    /**
     * Runs a warm-up round of each contender, which does not count, and {@code count} rounds that do. Each round begins with
     * another contender.
     */
    List<Series<T>> run(int count, PrintStream out) throws Exception {
        for (int round = 0; round <= count; round++) {
            for (int turn = 0; turn < rounds.size(); turn++) {
                int which = (round + turn) % rounds.size();
                T sample = rounds.get(which).run();
                out.println((round == 0 ? "warm-up, " : "round " + round + ", ")
                        + series.get(which).name() + ": " + sample);
                if (round > 0) {
                    series.get(which).samples().add(sample);
                }
            }
        }
        return series;
    }
}
