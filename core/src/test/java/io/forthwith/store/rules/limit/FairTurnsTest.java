package io.forthwith.store.rules.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.limit.LimitKey;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The turns of keys")
class FairTurnsTest {
    private static final LimitKey A = LimitKey.fairBy("a");
    private static final LimitKey B = LimitKey.fairBy("b");
    private static final LimitKey C = LimitKey.fairBy("c");

    private final FairTurns turns = new FairTurns();

    private static List<String> jobs(LimitKey key, int count) {
        return IntStream.range(0, count).mapToObj(i -> key.key() + i).toList();
    }

    private List<String> order(Map<LimitKey, List<String>> jobs, Map<LimitKey, Integer> weights) {
        return turns.order(new TreeMap<>(jobs), weights);
    }

    private List<String> alternate(List<String> plain, List<String> fair) {
        return turns.alternate(plain, fair, job -> job.startsWith("u"));
    }

    @Test
    @DisplayName("go round all keys, each as often as it has weight, until no job is left")
    void rounds() {
        assertThat(order(Map.of(A, jobs(A, 4), B, jobs(B, 1), C, jobs(C, 2)), Map.of(A, 2, B, 1, C, 1)))
                .containsExactly("a0", "a1", "b0", "c0", "a2", "a3", "c1");
        assertThat(order(Map.of(A, List.of()), Map.of(A, 1))).isEmpty();
    }

    @Test
    @DisplayName("go on behind the key that has started last, and with it while it has some of its turn left")
    void goOn() {
        Map<LimitKey, List<String>> jobs = Map.of(A, jobs(A, 3), B, jobs(B, 3), C, jobs(C, 1));
        Map<LimitKey, Integer> weights = Map.of(A, 1, B, 3, C, 1);
        assertThat(turns.last()).isNull();

        turns.started(A);
        assertThat(order(jobs, weights)).containsExactly("b0", "b1", "b2", "c0", "a0", "a1", "a2");

        turns.started(B);
        turns.started(B);
        assertThat(turns.last()).isEqualTo(B);
        assertThat(turns.left(3)).isEqualTo(1);
        assertThat(order(jobs, weights)).startsWith("b0", "c0", "a0", "b1");

        turns.started(B);
        assertThat(turns.left(3)).isZero();
        assertThat(order(jobs, weights)).startsWith("c0", "a0", "b0");
    }

    @Test
    @DisplayName("go on behind a key whose job cannot start")
    void passed() {
        turns.passed(B);

        assertThat(turns.left(1_000)).isZero();
        assertThat(order(Map.of(A, jobs(A, 1), B, jobs(B, 1), C, jobs(C, 1)), Map.of(A, 1, B, 1, C, 1)))
                .containsExactly("c0", "a0", "b0");
        turns.started(A);
        assertThat(turns.left(3)).isEqualTo(2);
    }

    @Test
    @DisplayName("are copied for a transaction, and count when it has committed")
    void copied() {
        turns.started(A);
        FairTurns copy = turns.copy();
        copy.started(B);
        copy.alternate(List.of("p"), List.of("f"), job -> false);
        assertThat(turns.last()).isEqualTo(A);

        turns.become(copy);

        assertThat(turns.last()).isEqualTo(B);
        assertThat(turns.left(3)).isEqualTo(2);
        assertThat(alternate(List.of("p"), List.of("f"))).containsExactly("f", "p");
    }

    @Test
    @DisplayName("alternate with jobs without a key, and the others begin the next time")
    void alternate() {
        List<String> plain = List.of("p0", "p1", "p2");

        assertThat(alternate(plain, List.of())).isEqualTo(plain);
        assertThat(alternate(plain, List.of("f0"))).containsExactly("p0", "f0", "p1", "p2");
        assertThat(alternate(plain, List.of("f0"))).containsExactly("f0", "p0", "p1", "p2");
        assertThat(alternate(List.of(), List.of("f0", "f1"))).containsExactly("f0", "f1");
        assertThat(alternate(List.of("u0", "p0", "u1"), List.of("f0"))).containsExactly("u0", "u1", "f0", "p0");
    }

    @Test
    @DisplayName("are even for any number of keys and any size of claims")
    void even() {
        for (int keys : new int[] {1, 2, 7, 101}) {
            for (int size : new int[] {1, 10, 64}) {
                Map<LimitKey, Integer> started = new TreeMap<>();
                FairTurns those = new FairTurns();
                TreeMap<LimitKey, List<LimitKey>> jobs = new TreeMap<>();
                Map<LimitKey, Integer> weights = new TreeMap<>();
                for (int i = 0; i < keys; i++) {
                    LimitKey key = LimitKey.fairBy("k" + i);
                    jobs.put(key, Collections.nCopies(70, key));
                    weights.put(key, 1);
                }
                for (int claims = 0; claims < 50; claims++) {
                    for (LimitKey key : those.order(jobs, weights).subList(0, size)) {
                        those.started(key);
                        started.merge(key, 1, Integer::sum);
                    }
                }
                int least = 50 * size / keys;
                assertThat(started.values())
                        .as("%s keys, claims for %s", keys, size)
                        .allMatch(count -> count == least || count == least + 1);
            }
        }
    }
}
