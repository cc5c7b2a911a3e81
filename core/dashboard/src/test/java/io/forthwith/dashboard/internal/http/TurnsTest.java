package io.forthwith.dashboard.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.dashboard.internal.http.Turns.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The turns of requests")
class TurnsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Turns turns = new Turns();
    /** Who had a turn, in order. */
    private final List<String> had = new CopyOnWriteArrayList<>();

    /** The thread of the last request. */
    private Thread last = Thread.currentThread();

    /** A request on a thread of its own. */
    private CompletableFuture<Outcome> ask(String viewer) {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            outcome.complete(enter(viewer));
        });
        last = thread;
        thread.setDaemon(true);
        thread.start();
        // It has a turn, or waits in the line.
        await().atMost(PATIENCE).until(() -> outcome.isDone() || thread.getState() == Thread.State.WAITING);
        return outcome;
    }

    private void ask(String viewer, int times) {
        for (int i = 0; i < times; i++) {
            CompletableFuture<Outcome> unused = ask(viewer);
        }
    }

    private void awaitTurns(int count) {
        await().atMost(PATIENCE).until(() -> had.size() == count);
    }

    @Test
    @DisplayName("go round: of sixteen requests of one viewer three begin, and another viewer's comes at once")
    void fair() {
        ask("a", 16);
        awaitTurns(3);

        ask("b", 1);

        awaitTurns(4);
        assertThat(had).containsExactly("a", "a", "a", "b");
        turns.leave("a");
        awaitTurns(5);
        assertThat(had).last().isEqualTo("a");
    }

    @Test
    @DisplayName("go to those of whom fewest are answered, then to those whose last turn is longest ago")
    void round() {
        for (String viewer : List.of("a", "b", "c", "d")) {
            ask(viewer, Turns.OF_ONE + 2);
        }
        awaitTurns(Turns.AT_ONCE);
        ask("e", 2);
        assertThat(had).hasSize(Turns.AT_ONCE).doesNotContain("e");

        // Each time the one whose place it was would like it again.
        for (String viewer : List.of("d", "c", "b")) {
            int before = had.size();
            turns.leave(viewer);
            awaitTurns(before + 1);
        }

        assertThat(had.subList(Turns.AT_ONCE, had.size())).containsExactly("e", "e", "b");
    }

    @Test
    @DisplayName("are refused to a viewer of whom forty wait, and to no other")
    void tooMany() {
        ask("a", Turns.OF_ONE + Turns.MOST_WAITING);

        assertThat(ask("a")).isCompletedWithValue(Outcome.TOO_MANY);
        assertThat(ask("b")).isCompletedWithValue(Outcome.TURN);
        turns.leave("a");
        awaitTurns(Turns.OF_ONE + 2);
        assertThat(ask("a")).isNotDone();
    }

    @Test
    @DisplayName("are refused to everybody while four hundred wait, and to nobody once fewer do")
    void full() {
        for (int viewer = 0; viewer < 10; viewer++) {
            int running = viewer < Turns.AT_ONCE / Turns.OF_ONE ? Turns.OF_ONE : 0;
            askAtOnce("viewer " + viewer, running + Turns.MOST_WAITING);
        }
        awaitTurns(Turns.AT_ONCE);

        assertThat(ask("a")).isCompletedWithValue(Outcome.FULL);

        turns.leave("viewer 0");
        awaitTurns(Turns.AT_ONCE + 1);
        assertThat(ask("a")).isNotDone();
        assertThat(ask("b")).isCompletedWithValue(Outcome.FULL);
    }

    /** Requests of one viewer that have a turn or wait when this returns. */
    private void askAtOnce(String viewer, int times) {
        List<Thread> threads = Stream.generate(() -> new Thread(() -> enter(viewer)))
                .limit(times)
                .toList();
        threads.forEach(each -> {
            each.setDaemon(true);
            each.start();
        });
        await().atMost(PATIENCE)
                .until(() ->
                        threads.stream().allMatch(each -> !each.isAlive() || each.getState() == Thread.State.WAITING));
    }

    private Outcome enter(String viewer) {
        Outcome one = turns.enter(viewer);
        if (one == Outcome.TURN) {
            had.add(viewer);
        }
        return one;
    }

    @Test
    @DisplayName("are given up by a thread that is interrupted while it waits, and the next one comes")
    void gone() {
        ask("a", Turns.OF_ONE);
        CompletableFuture<Outcome> gone = ask("a");
        Thread interrupted = last;
        CompletableFuture<Outcome> next = ask("a");

        interrupted.interrupt();

        assertThat(gone.orTimeout(60, TimeUnit.SECONDS).join()).isEqualTo(Outcome.GONE);
        assertThat(next).isNotDone();
        turns.leave("a");
        assertThat(next.orTimeout(60, TimeUnit.SECONDS).join()).isEqualTo(Outcome.TURN);
    }
}
