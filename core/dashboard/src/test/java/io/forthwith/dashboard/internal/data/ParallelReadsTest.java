package io.forthwith.dashboard.internal.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.dashboard.internal.data.Answer.Problem;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("ParallelReads of the dashboard")
class ParallelReadsTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);

    private final ParallelReads reads = new ParallelReads(Clock.systemUTC(), UnaryOperator.identity(), SOON);
    private final CountDownLatch stuck = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();

    @AfterEach
    void end() {
        stuck.countDown();
    }

    private static long in(Duration time) {
        return System.nanoTime() + time.toNanos();
    }

    private static long now() {
        return System.nanoTime();
    }

    private String stuck() throws InterruptedException {
        begun.incrementAndGet();
        stuck.await();
        return "late";
    }

    @Test
    @DisplayName("are two at the same time at the most, however many ask")
    void two() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Asked<Integer>> asked = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            asked.add(reads.ask(() -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                Thread.onSpinWait();
                running.decrementAndGet();
                return number;
            }));
        }

        for (int i = 0; i < asked.size(); i++) {
            assertThat(asked.get(i).await(in(SOON)).value()).isEqualTo(i);
        }
        assertThat(most).hasValueBetween(1, 2);
    }

    @Test
    @DisplayName("are not begun when nobody waits for them any more")
    void notBegun() {
        Asked<String> first = reads.ask(this::stuck);
        Asked<String> second = reads.ask(this::stuck);
        await().atMost(SOON).until(() -> begun.get() == 2);
        Asked<Integer> third = reads.ask(begun::incrementAndGet);

        assertThat(third.await(now()).problem()).isEqualTo(Problem.NOT_BEGUN);
        assertThat(first.await(now()).problem()).isEqualTo(Problem.TOO_SLOW);
        stuck.countDown();
        assertThat(List.of(first, second))
                .allSatisfy(each -> assertThat(each.await(in(SOON)).value()).isEqualTo("late"));
        assertThat(reads.ask(() -> "after").await(in(SOON)).value()).isEqualTo("after");
        assertThat(begun).hasValue(2);
    }

    @Test
    @DisplayName("are refused when very many wait, and others are answered later")
    void full() {
        reads.ask(this::stuck);
        reads.ask(this::stuck);
        List<Asked<String>> many = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            many.add(reads.ask(() -> "done"));
        }

        assertThat(many.get(299).await(in(SOON)).problem()).isEqualTo(Problem.NOT_BEGUN);
        stuck.countDown();
        assertThat(many.get(0).await(in(SOON)).value()).isEqualTo("done");
    }

    @Test
    @DisplayName("that are asked later let the next twenty pass, and no more")
    void later() {
        Queue<String> order = new ConcurrentLinkedQueue<>();
        reads.ask(this::stuck);
        CountDownLatch busy = new CountDownLatch(1);
        reads.ask(() -> busy.await(SOON.toSeconds(), TimeUnit.SECONDS));
        List<Asked<Boolean>> asked = new ArrayList<>();
        asked.add(reads.later().ask(() -> order.add("later")));
        for (int i = 1; i <= 30; i++) {
            String name = "read " + i;
            asked.add(reads.ask(() -> order.add(name)));
        }

        busy.countDown();
        asked.forEach(each -> assertThat(each.await(in(SOON)).value()).isTrue());

        // One of the two is still stuck, so they were read one after the other. The twentieth has the place of the
        // later one.
        List<String> expected = IntStream.rangeClosed(1, 30)
                .mapToObj(i -> "read " + i)
                .collect(Collectors.toCollection(ArrayList::new));
        expected.add(20, "later");
        assertThat(order).containsExactlyElementsOf(expected);
    }

    @Test
    @DisplayName("that are asked later are refused like others when very many wait, and share their values")
    void laterFull() {
        assertThat(reads.sample("key", HOUR, () -> "shared").await(in(SOON)).value())
                .isEqualTo("shared");
        assertThat(reads.later()
                        .sample("key", HOUR, () -> "not asked")
                        .await(in(SOON))
                        .value())
                .isEqualTo("shared");
        reads.ask(this::stuck);
        reads.ask(this::stuck);
        for (int i = 0; i < 300; i++) {
            reads.ask(() -> "done");
        }

        assertThat(reads.later().ask(() -> "done").await(in(SOON)).problem()).isEqualTo(Problem.NOT_BEGUN);
    }

    @Test
    @DisplayName("that all viewers share are read once, and again when they are old")
    void shared() {
        AtomicInteger count = new AtomicInteger();

        assertThat(reads.sample("key", HOUR, count::incrementAndGet)
                        .await(in(SOON))
                        .value())
                .isEqualTo(1);
        assertThat(reads.sample("key", HOUR, count::incrementAndGet)
                        .await(in(SOON))
                        .value())
                .isEqualTo(1);
        assertThat(reads.sample("other", HOUR, count::incrementAndGet)
                        .await(in(SOON))
                        .value())
                .isEqualTo(2);
        assertThat(reads.sample("key", Duration.ZERO, count::incrementAndGet)
                        .await(in(SOON))
                        .value())
                .isEqualTo(3);
    }

    @Test
    @DisplayName("that are late show what was read before, and say so")
    void old() {
        reads.sample("key", HOUR, () -> "old").await(in(SOON));

        Asked<String> late = reads.sample("key", Duration.ZERO, this::stuck);

        assertThat(late.await(now()).value()).isEqualTo("old");
        assertThat(late.await(now()).problem()).isEqualTo(Problem.TOO_SLOW);
        assertThat(reads.sample("key", HOUR, () -> "not asked, one is under way")
                        .await(now())
                        .value())
                .isEqualTo("old");
        stuck.countDown();
        assertThat(late.await(in(SOON)).value()).isEqualTo("late");
    }

    @Test
    @DisplayName("that fail, also by an error of the JVM, say so, and are not tried again at once")
    void failed() {
        AtomicInteger tries = new AtomicInteger();

        for (int i = 0; i < 3; i++) {
            Answer<Object> answer = reads.sample("key", HOUR, () -> {
                        tries.incrementAndGet();
                        throw new StackOverflowError();
                    })
                    .await(in(SOON));
            assertThat(answer.problem()).isEqualTo(Problem.FAILED);
            assertThat(answer.value()).isNull();
        }

        assertThat(tries).hasValue(1);
        assertThat(reads.sample("key", Duration.ZERO, () -> "well again")
                        .await(in(SOON))
                        .value())
                .isEqualTo("well again");
        assertThat(reads.ask(() -> {
                            throw new UnsupportedOperationException();
                        })
                        .await(in(SOON))
                        .problem())
                .isEqualTo(Problem.NOT_KEPT);
    }
}
