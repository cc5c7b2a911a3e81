package io.forthwith.jdbc.internal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.internal.sql.WriterTurn;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Turns at a database")
class WriterQueueTest {
    private static final Duration LONG = Patience.LONG;
    private static final int BUSY = 5;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final WriterQueue turns = new WriterQueue();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    @DisplayName("are taken in the order in which they were asked for")
    void in_order() throws Exception {
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        List<Future<?>> all = new ArrayList<>();
        try (WriterTurn mine = turns.take(LONG, BUSY)) {
            assertThat(mine).isNotNull();
            for (int i = 1; i <= 5; i++) {
                int number = i;
                all.add(threads.submit(() -> {
                    try (WriterTurn turn = turns.take(LONG, BUSY)) {
                        return order.add(number);
                    }
                }));
                Awaitility.await().until(() -> turns.waiting() == number);
            }
        }
        for (Future<?> each : all) {
            each.get(Patience.SECONDS, TimeUnit.SECONDS);
        }
        assertThat(order).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    @DisplayName("go to waiting threads before returning threads")
    void none_is_overtaken() throws Exception {
        Queue<String> order = new ConcurrentLinkedQueue<>();
        WriterTurn mine = turns.take(LONG, BUSY);
        Future<Boolean> other = threads.submit(() -> {
            try (WriterTurn turn = turns.take(LONG, BUSY)) {
                return order.add("other");
            }
        });
        Awaitility.await().until(() -> turns.waiting() == 1);
        mine.close();
        try (WriterTurn again = turns.take(LONG, BUSY)) {
            order.add("again");
        }
        assertThat(other.get(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(order).containsExactly("other", "again");
    }

    @Test
    @DisplayName("time out after a limit")
    void patience() throws Exception {
        try (WriterTurn mine = turns.take(LONG, BUSY)) {
            assertThat(mine).isNotNull();
            Future<WriterTurn> other = threads.submit(() -> turns.take(Duration.ofMillis(20), BUSY));
            assertThatThrownBy(() -> other.get(Patience.SECONDS, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            late -> assertThat(late.getErrorCode()).isEqualTo(BUSY))
                    .hasMessageContaining("PT0.02S");
        }
    }

    @Test
    @DisplayName("do not end a wait on an interrupt, and keep the interrupt flag set")
    void interrupted() throws Exception {
        WriterTurn mine = turns.take(LONG, BUSY);
        Future<Boolean> other = threads.submit(() -> {
            Thread.currentThread().interrupt();
            try (WriterTurn turn = turns.take(LONG, BUSY)) {
                return Thread.currentThread().isInterrupted();
            }
        });
        assertThatThrownBy(() -> other.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        mine.close();
        assertThat(other.get(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @DisplayName("may be taken again by their owner, and ended more often than they were taken")
    void twice() throws Exception {
        WriterTurn outer = turns.take(LONG, BUSY);
        WriterTurn inner = turns.take(LONG, BUSY);
        inner.close();
        inner.close();
        Future<WriterTurn> other = threads.submit(() -> turns.take(LONG, BUSY));
        assertThatThrownBy(() -> other.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        outer.close();
        assertThat(other.get(Patience.SECONDS, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    @DisplayName("are shared by all stores that use the same name of the database, and by no others")
    void shared() {
        WriterQueue one = WriterQueue.at("/one.db");
        assertThat(WriterQueue.at("/one.db")).isSameAs(one);
        assertThat(WriterQueue.at("/other.db")).isNotSameAs(one);
    }
}
