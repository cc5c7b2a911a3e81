package io.forthwith.worker.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.report.JobListeners;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker does while its listeners are slow, or do not return. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventLoopTest {
    private static final int ROOM = EventLoop.ROOM;

    private final List<Job> jobs = claimed(ROOM + 3);
    private final List<JobEvent> told = new CopyOnWriteArrayList<>();

    /** Attempts of one job: each is a claim of its own. */
    private static List<Job> claimed(int count) {
        EngineFixture fixture = new EngineFixture(1, ProcessorRegistry.of());
        UUID worker = UUID.randomUUID();
        fixture.memory.register(ReadModelFactory.workerInfo(worker, "test", "host", 1), Duration.ofMinutes(1));
        fixture.enqueue();
        Job first = fixture.memory
                .claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(), 3, false))
                .get(0);
        return IntStream.range(0, count)
                .mapToObj(i -> first.toBuilder().claim(first.claim() + i).build())
                .toList();
    }

    private volatile Duration patience = Patiently.SOON;

    private EventLoop loop(JobListener listener) {
        return new EventLoop(new JobListeners(List.of(listener)), new WakeSignal(), () -> patience);
    }

    private EventLoop impatient(JobListener listener) {
        patience = Duration.ofMillis(1);
        return loop(listener);
    }

    private void start(EventLoop loop, int from, int to) {
        jobs.subList(from, to).forEach(job -> loop.send(() -> new JobEvent.Started(LibraryOnly.KEY, job)));
    }

    private void end(EventLoop loop, int from, int to) {
        jobs.subList(from, to)
                .forEach(job -> loop.send(() -> new JobEvent.Completed(LibraryOnly.KEY, job, Duration.ZERO)));
    }

    private static void tellAll(EventLoop loop) {
        while (loop.run().isZero()) {
            // One event each time.
        }
    }

    private static Thread run(Runnable task) {
        Thread thread = new Thread(task);
        thread.start();
        return thread;
    }

    private static void awaitWaiting(Thread thread) {
        Patiently.await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    }

    @Test
    void a_job_waits_before_it_starts_while_a_slow_listener_has_a_thousand_events_to_hear() throws Exception {
        EventLoop loop = loop(told::add);
        start(loop, 0, ROOM);

        Thread sender = run(() -> start(loop, ROOM, ROOM + 1));

        awaitWaiting(sender);
        assertThat(loop.run()).isZero();
        sender.join();
        tellAll(loop);
        assertThat(told).hasSize(ROOM + 1);
        assertThat(loop.troubles()).isEmpty();
    }

    @Test
    void an_interrupt_for_the_job_neither_loses_its_event_nor_is_lost() throws Exception {
        EventLoop loop = loop(told::add);
        start(loop, 0, ROOM);
        CountDownLatch wasInterrupted = new CountDownLatch(1);

        Thread sender = run(() -> {
            Thread.currentThread().interrupt();
            start(loop, ROOM, ROOM + 1);
            if (Thread.currentThread().isInterrupted()) {
                wasInterrupted.countDown();
            }
        });

        awaitWaiting(sender);
        tellAll(loop);
        sender.join();
        tellAll(loop);
        assertThat(told).hasSize(ROOM + 1);
        assertThat(wasInterrupted.getCount()).isZero();
    }

    @Test
    void ends_of_attempts_need_no_room_but_those_of_dropped_starts_do() {
        EventLoop loop = impatient(told::add);
        start(loop, 0, ROOM + 3);
        assertThat(loop.troubles()).hasSize(1);

        end(loop, 0, ROOM + 3);

        assertThat(loop.troubles()).first().asString().startsWith("6 events were dropped");
        tellAll(loop);
        assertThat(told).hasSize(2 * ROOM);
        assertThat(told.stream()
                        .filter(JobEvent.Started.class::isInstance)
                        .map(event -> event.job().claim()))
                .containsExactlyElementsOf(told.stream()
                        .filter(JobEvent.Completed.class::isInstance)
                        .map(event -> event.job().claim())
                        .toList());
    }

    @Test
    void an_end_that_comes_while_the_start_waits_is_told_alone() throws Exception {
        EventLoop loop = loop(told::add);
        start(loop, 0, ROOM);
        Thread sender = run(() -> start(loop, ROOM, ROOM + 1));
        awaitWaiting(sender);

        end(loop, ROOM, ROOM + 1);

        loop.run();
        sender.join();
        tellAll(loop);
        assertThat(told.stream().filter(event -> event.job().equals(jobs.get(ROOM))))
                .singleElement()
                .isInstanceOf(JobEvent.Completed.class);
    }

    @Test
    void large_inputs_take_more_room() {
        EventLoop loop = impatient(told::add);
        Job large = jobs.get(0).toBuilder().input("x".repeat(1 << 20)).build();

        for (int claim = 1; claim <= 8; claim++) {
            Job each = large.toBuilder().claim(claim).build();
            loop.send(() -> new JobEvent.Started(LibraryOnly.KEY, each));
        }

        assertThat(loop.troubles()).first().asString().startsWith("1 events were dropped");
        tellAll(loop);
        assertThat(told).hasSize(7);
    }

    @Test
    void nobody_waits_for_long_for_a_listener_that_does_not_return_and_what_it_misses_is_counted() throws Exception {
        CountDownLatch returns = new CountDownLatch(1);
        CountDownLatch isTold = new CountDownLatch(1);
        EventLoop loop = impatient(event -> {
            isTold.countDown();
            await(returns);
            told.add(event);
        });
        start(loop, 0, ROOM);
        Thread teller = run(() -> tellAll(loop));
        isTold.await();

        start(loop, ROOM, ROOM + 3);

        assertThat(loop.troubles())
                .singleElement()
                .asString()
                .startsWith("3 events were dropped, because a listener does not return");
        assertThat(loop.awaitTold(Duration.ofMillis(1))).isFalse();
        returns.countDown();
        teller.join();
        assertThat(loop.awaitTold(Patiently.SOON)).isTrue();
        assertThat(loop.troubles()).isEmpty();
        start(loop, ROOM, ROOM + 1);
        tellAll(loop);
        assertThat(told).hasSize(ROOM + 1);
    }

    @Test
    void it_waits_again_for_a_listener_that_has_hung_and_gets_on() throws Exception {
        EventLoop loop = impatient(told::add);
        start(loop, 0, ROOM + 1);
        assertThat(loop.troubles()).hasSize(1);
        loop.run();
        start(loop, ROOM + 1, ROOM + 2);
        patience = Patiently.SOON;

        Thread sender = run(() -> start(loop, ROOM + 2, ROOM + 3));

        awaitWaiting(sender);
        loop.run();
        sender.join();
        tellAll(loop);
        assertThat(told).hasSize(ROOM + 2);
    }

    @Test
    void who_closes_waits_as_long_as_calls_of_listeners_end() throws Exception {
        EventLoop loop = loop(told::add);
        start(loop, 0, 2);
        CountDownLatch goOn = new CountDownLatch(1);
        Thread closing = run(() -> {
            if (loop.awaitTold(Patiently.SOON)) {
                goOn.countDown();
            }
        });
        awaitWaiting(closing);

        tellAll(loop);

        goOn.await();
        assertThat(told).hasSize(2);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
