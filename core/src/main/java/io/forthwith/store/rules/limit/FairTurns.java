package io.forthwith.store.rules.limit;

import io.forthwith.limit.LimitKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is, of the keys that jobs are {@linkplain io.forthwith.NewJob#fairBy fair by}, as the claims of one process see it. Thread-safe.
 *
 * <p>Turns go round the keys in the order of their texts. In its turn a key starts as many jobs as it has weight. All that is remembered is the key that has started last, so
 * there may be any number of keys.
 */
public final class FairTurns {
    private @Nullable LimitKey last;
    /** How many jobs it has started in its turn. */
    private int used;

    private boolean arePlainFirst;

    /** Nobody has had a turn. */
    public FairTurns() {
        // Nothing to set.
    }

    /** The same turns, for a transaction that may be repeated: what it starts counts once it has committed. */
    public synchronized FairTurns copy() {
        FairTurns copy = new FairTurns();
        copy.last = last;
        copy.used = used;
        copy.arePlainFirst = arePlainFirst;
        return copy;
    }

    /** Goes on where these turns have come to. */
    public void become(FairTurns other) {
        FairTurns reached = other.copy();
        synchronized (this) {
            last = reached.last;
            used = reached.used;
            arePlainFirst = reached.arePlainFirst;
        }
    }

    /** The key that has started last: the turns go on behind it, or with it if it has not used up its turn; null before the first turn. */
    public synchronized @Nullable LimitKey last() {
        return last;
    }

    /** How many jobs the last key may still start in its turn. */
    public synchronized int left(int weight) {
        return Math.max(0, weight - used);
    }

    /**
     * The order in which these jobs start, round by round.
     *
     * @param jobs of each key in their order
     * @param weights of these keys, 1 or more
     */
    public synchronized <J> List<J> order(Map<LimitKey, ? extends Collection<J>> jobs, Map<LimitKey, Integer> weights) {
        TreeMap<LimitKey, Deque<J>> left = new TreeMap<>();
        jobs.forEach((key, of) -> left.put(key, new ArrayDeque<>(of)));
        List<J> order = new ArrayList<>();
        List<LimitKey> keys = new ArrayList<>(left.keySet());
        LimitKey from = last;
        if (from != null) {
            keys = new ArrayList<>(left.tailMap(from, false).keySet());
            keys.addAll(left.headMap(from, true).keySet());
            take(left.get(from), left(weights.getOrDefault(from, 1)), order);
        }
        while (!keys.isEmpty()) {
            for (LimitKey key : keys) {
                take(left.get(key), weights.getOrDefault(key, 1), order);
            }
            keys.removeIf(key -> left.getOrDefault(key, new ArrayDeque<>()).isEmpty());
        }
        return order;
    }

    private static <J> void take(@Nullable Deque<J> from, int most, List<J> into) {
        for (int i = 0; i < most && from != null && !from.isEmpty(); i++) {
            into.add(from.remove());
        }
    }

    /**
     * The order of jobs without a key and of those with one: they take turns, and another claim begins with the others.
     *
     * @param plain those without a key, in their order
     * @param fair those with one, in the order of turns
     * @param isUndo whether one of the first comes before all others
     */
    public synchronized <J> List<J> alternate(List<J> plain, List<J> fair, Predicate<J> isUndo) {
        if (fair.isEmpty()) {
            return List.copyOf(plain);
        }
        arePlainFirst = !arePlainFirst;
        List<J> all = new ArrayList<>(plain.stream().filter(isUndo).toList());
        List<J> others = plain.stream().filter(isUndo.negate()).toList();
        List<J> first = arePlainFirst ? others : fair;
        List<J> second = arePlainFirst ? fair : others;
        for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
            if (i < first.size()) {
                all.add(first.get(i));
            }
            if (i < second.size()) {
                all.add(second.get(i));
            }
        }
        return all;
    }

    /** A job of this key starts. */
    public synchronized void started(LimitKey key) {
        used = key.equals(last) ? used + 1 : 1;
        last = key;
    }

    /** The next job of this key cannot start: its turn is over. Otherwise it would hold up the keys behind it. */
    public synchronized void passed(LimitKey key) {
        last = key;
        used = Integer.MAX_VALUE / 2;
    }
}
