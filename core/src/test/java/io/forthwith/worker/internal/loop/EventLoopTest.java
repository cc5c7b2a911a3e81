package io.forthwith.worker.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.Patiently;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.report.JobListeners;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker does while its listeners are slow, or do not return. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventLoopTest {
    private final EngineFixture fixture = new EngineFixture(1, ProcessorRegistry.of());
    private final Job job = fixture.job(fixture.enqueue());
    private final List<JobEvent> told = new ArrayList<>();

    private static EventLoop loop(Duration patience, JobListener listener) {
        return new EventLoop(new JobListeners(List.of(listener)), new WakeSignal(), patience);
    }

    private void send(EventLoop loop, int count) {
        for (int i = 0; i < count; i++) {
            loop.send(() -> new JobEvent.Started(job));
        }
    }

    private static void tellAll(EventLoop loop) {
        while (loop.run().isZero()) {
            // One event each time.
        }
    }

    private static Thread start(Runnable task) {
        Thread thread = new Thread(task);
        thread.start();
        return thread;
    }

    @Test
    void who_sends_waits_while_a_slow_listener_has_a_thousand_events_to_hear() throws Exception {
        EventLoop loop = loop(Patiently.SOON, told::add);
        send(loop, EventLoop.ROOM);

        Thread sender = start(() -> send(loop, 1));

        Patiently.await().until(() -> sender.getState() == Thread.State.TIMED_WAITING);
        assertThat(loop.run()).isZero();
        sender.join();
        tellAll(loop);
        assertThat(told).hasSize(EventLoop.ROOM + 1);
        assertThat(loop.troubles()).isEmpty();
    }

    @Test
    void an_interrupt_for_the_job_neither_loses_its_event_nor_is_lost() throws Exception {
        EventLoop loop = loop(Patiently.SOON, told::add);
        send(loop, EventLoop.ROOM);
        CountDownLatch wasInterrupted = new CountDownLatch(1);

        Thread sender = start(() -> {
            Thread.currentThread().interrupt();
            send(loop, 1);
            if (Thread.currentThread().isInterrupted()) {
                wasInterrupted.countDown();
            }
        });

        Patiently.await().until(() -> sender.getState() == Thread.State.TIMED_WAITING);
        tellAll(loop);
        sender.join();
        tellAll(loop);
        assertThat(told).hasSize(EventLoop.ROOM + 1);
        assertThat(wasInterrupted.getCount()).isZero();
    }

    @Test
    void nobody_waits_for_long_for_a_listener_that_does_not_return_and_what_it_misses_is_counted() throws Exception {
        CountDownLatch returns = new CountDownLatch(1);
        CountDownLatch isTold = new CountDownLatch(1);
        EventLoop loop = loop(Duration.ofMillis(1), event -> {
            isTold.countDown();
            await(returns);
            told.add(event);
        });
        send(loop, EventLoop.ROOM);
        Thread teller = start(() -> tellAll(loop));
        isTold.await();

        send(loop, 3);

        assertThat(loop.troubles())
                .singleElement()
                .asString()
                .startsWith("3 events were dropped, because a listener does not return");
        assertThat(loop.awaitTold(Duration.ofMillis(1))).isFalse();
        returns.countDown();
        teller.join();
        assertThat(loop.awaitTold(Patiently.SOON)).isTrue();
        send(loop, 1);
        tellAll(loop);
        assertThat(told).hasSize(EventLoop.ROOM + 1);
        assertThat(loop.troubles()).isEmpty();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
