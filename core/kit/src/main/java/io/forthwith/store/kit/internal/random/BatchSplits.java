package io.forthwith.store.kit.internal.random;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The ways to divide several settlements into transactions that run one after the other. */
final class BatchSplits {
    /** There are 75 ways for four. */
    static final int MOST = 4;

    private BatchSplits() {}

    /** All ways; the one with a single transaction comes first. */
    static <T> Iterable<List<List<T>>> of(List<T> all) {
        int size = all.size();
        int codes = (int) Math.pow(size, size);
        return IntStream.range(0, codes)
                .mapToObj(code -> way(all, code))
                .filter(way -> way.size() > 0)
                .toList();
    }

    /** The digits of the code say in which transaction each settlement runs; empty if a transaction between would be empty. */
    private static <T> List<List<T>> way(List<T> all, int code) {
        TreeMap<Integer, List<T>> steps = new TreeMap<>();
        int rest = code;
        for (T each : all) {
            steps.computeIfAbsent(rest % all.size(), step -> new ArrayList<>()).add(each);
            rest /= all.size();
        }
        return steps.lastKey() == steps.size() - 1 ? List.copyOf(steps.values()) : List.of();
    }
}
