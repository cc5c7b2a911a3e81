package io.forthwith.worker.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The watch over the loops of a worker")
class LoopWatchTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final AtomicLong nanos = new AtomicLong();
    private final WakeSignal signal = new WakeSignal();
    private final StoreHealth health = new StoreHealth(nanos::get, new WakeSignal());
    private final JobStore store = mock(JobStore.class);
    private final LoopWatch watch = new LoopWatch(store);
    private final Round taking = new Round("taking over");
    private final Round purging = new Round("purging");
    private final LoopThread thread = new LoopThread("forthwith-test-upkeep", nanos::get, signal, taking, purging);

    /** A round that begins when it is let, and ends when it is let. */
    private final class Round implements LoopRound {
        private final StoreBackOff guard;
        private final Semaphore begun = new Semaphore(0);
        private final Semaphore end = new Semaphore(0);

        private Round(String activity) {
            guard = new StoreBackOff(activity, health, signal, new Random(1), nanos::get, Duration.ofSeconds(5));
        }

        @Override
        public Duration run() {
            begun.release();
            end.acquireUninterruptibly();
            return Duration.ofSeconds(1);
        }

        @Override
        public StoreBackOff guard() {
            return guard;
        }
    }

    LoopWatchTest() {
        when(store.workingOn(any())).thenReturn(Optional.empty());
        watch.watch(thread);
    }

    @AfterEach
    void stop() {
        taking.end.release(1_000);
        purging.end.release(1_000);
        assertThat(thread.stop(LONG)).isTrue();
    }

    @Test
    @DisplayName("names a round that does not end, what the store does for it, and the rounds that wait behind it")
    void stalled() {
        when(store.workingOn(thread.thread()))
                .thenReturn(Optional.of("delete a key: DELETE FROM job_key WHERE type = ?"));
        thread.start();
        taking.end.release();
        purging.begun.acquireUninterruptibly();
        nanos.addAndGet(Duration.ofSeconds(5).toNanos());
        assertThat(watch.troubles()).isEmpty();

        nanos.addAndGet(1);
        assertThat(watch.troubles())
                .containsExactly("purging has not ended for 5 s (delete a key: DELETE FROM job_key WHERE type = ?)");
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(watch.troubles())
                .containsExactly(
                        "purging has not ended for 7 s (delete a key: DELETE FROM job_key WHERE type = ?)",
                        "taking over has been due for 6 s, behind purging");

        purging.end.release();
        taking.begun.acquireUninterruptibly(2);
        assertThat(watch.troubles()).as("the next round has begun").isEmpty();
    }

    @Test
    @DisplayName("says so although the store cannot be asked")
    void broken() {
        when(store.workingOn(any())).thenThrow(new IllegalStateException("broken"));
        thread.start();
        taking.begun.acquireUninterruptibly();
        nanos.addAndGet(Duration.ofSeconds(8).toNanos());
        assertThat(watch.troubles())
                .containsExactly(
                        "taking over has not ended for 8 s", "purging has been due for 8 s, behind taking over");
    }

    @Test
    @DisplayName("says nothing of a loop that waits for its time, however late that is")
    void waiting() {
        taking.end.release(1);
        purging.end.release(1);
        thread.start();
        purging.begun.acquireUninterruptibly();
        thread.stop(Duration.ofMillis(1));
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        assertThat(thread.stop(LONG)).isTrue();
        assertThat(watch.troubles()).isEmpty();
    }
}
