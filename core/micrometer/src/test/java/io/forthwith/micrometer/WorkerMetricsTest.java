package io.forthwith.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.event.JobEvent;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.BatchJob;
import io.forthwith.worker.BatchProcessor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.micrometer.core.instrument.search.MeterNotFoundException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Metrics of workers")
class WorkerMetricsTest extends MetricsFixture {
    @Test
    @DisplayName("are of all workers of the process together")
    void two() throws Exception {
        JobStore store = metrics.observe(memory);
        CountDownLatch go = new CountDownLatch(1);
        ProcessorRegistry slow = ProcessorRegistry.of().with(MAIL, job -> {
            go.await();
            return null;
        });
        try (Worker one = Worker.of(store, slow)
                        .queues("one")
                        .concurrency(2)
                        .listener(metrics)
                        .start();
                Worker two = Worker.of(store, slow)
                        .queues("two")
                        .concurrency(3)
                        .listener(metrics)
                        .start()) {
            for (int i = 0; i < 4; i++) {
                enqueue(store, "one");
            }
            enqueue(store, "two");
            await().atMost(SOON).until(() -> gauge("forthwith.worker.slots.used") == 3);
            assertThat(gauge("forthwith.worker.slots")).isEqualTo(5);
            assertThat(gauge("forthwith.job.active", "queue", "one", "type", "mail"))
                    .isEqualTo(2);
            assertThat(gauge("forthwith.job.active", "queue", "two", "type", "mail"))
                    .isEqualTo(1);
            go.countDown();
            await().atMost(SOON).until(() -> gauge("forthwith.worker.slots.used") == 0);
        }
        assertThat(gauge("forthwith.worker.slots")).isZero();
        assertThat(gauge("forthwith.worker.beat.age")).as("no worker").isNaN();
        assertThat(get("forthwith.job.duration").tag("queue", "one").timer().count())
                .isEqualTo(4);
    }

    @Test
    @DisplayName("have one slot taken by all jobs of a batch")
    void batch() throws Exception {
        JobStore store = metrics.observe(memory);
        CountDownLatch go = new CountDownLatch(1);
        ProcessorRegistry inBatches = ProcessorRegistry.of().with(BatchProcessor.of(MAIL, 100, batch -> {
            go.await();
            batch.forEach(BatchJob::complete);
        }));
        for (int i = 0; i < 100; i++) {
            enqueue(store, "one");
        }
        try (Worker worker = Worker.of(store, inBatches)
                .queues("one")
                .concurrency(5)
                .listener(metrics)
                .start()) {
            // The first start of a job of the type makes the meter.
            await().atMost(SOON)
                    .ignoreException(MeterNotFoundException.class)
                    .until(() -> gauge("forthwith.job.active", "queue", "one", "type", "mail") == 100);
            assertThat(gauge("forthwith.worker.slots.used")).isEqualTo(1);
            assertThat(worker.health().reasons()).isEmpty();
            go.countDown();
            await().atMost(SOON).until(() -> gauge("forthwith.worker.slots.used") == 0);
        }
    }

    @Test
    @DisplayName("say how old the oldest heartbeat is, of those that the store has answered")
    void beats() {
        AtomicBoolean isAway = new AtomicBoolean();
        JobStore store = metrics.observe(away(memory, isAway));
        UUID one = register(store);
        UUID two = register(store);
        clock.add(Duration.ofSeconds(5));
        store.beat(one, Duration.ofSeconds(20), WorkerLoad.NONE);
        assertThat(gauge("forthwith.worker.beat.age")).as("of the other").isEqualTo(5);
        store.beat(two, Duration.ofSeconds(20), WorkerLoad.NONE);
        clock.add(Duration.ofSeconds(2));
        assertThat(gauge("forthwith.worker.beat.age")).isEqualTo(2);

        isAway.set(true);
        clock.add(Duration.ofSeconds(5));
        assertThatThrownBy(() -> store.beat(one, Duration.ofSeconds(20), WorkerLoad.NONE))
                .isInstanceOf(JobStoreException.class);
        assertThat(gauge("forthwith.worker.beat.age")).isEqualTo(7);
    }

    @Test
    @DisplayName("say how many of them tell that something is wrong")
    void degraded() {
        JobStore store = metrics.observe(memory);
        UUID one = register(store);
        UUID two = register(store);
        assertThat(gauge("forthwith.worker.degraded")).isZero();
        store.beat(one, Duration.ofSeconds(20), ReadModelFactory.workerLoad(0, false, true));
        store.beat(two, Duration.ofSeconds(20), WorkerLoad.NONE);
        assertThat(gauge("forthwith.worker.degraded")).isEqualTo(1);
        store.beat(one, Duration.ofSeconds(20), WorkerLoad.NONE);
        assertThat(gauge("forthwith.worker.degraded")).isZero();
    }

    @Test
    @DisplayName(
            "leave out those that are dead or have stopped, also if the store is away; one that stops, once its lease has lapsed")
    void stopped() {
        AtomicBoolean isAway = new AtomicBoolean();
        JobStore store = metrics.observe(away(memory, isAway));
        UUID dead = register(store);
        memory.deregister(dead);
        assertThat(store.beat(dead, Duration.ofSeconds(20), WorkerLoad.NONE)).isEqualTo(BeatAnswer.DEAD);
        UUID stopping = register(store);
        UUID stopped = register(store);
        isAway.set(true);
        assertThatThrownBy(() -> store.beat(stopping, Duration.ofSeconds(20), ReadModelFactory.workerLoad(1, true)))
                .isInstanceOf(JobStoreException.class);
        assertThatThrownBy(() -> store.deregister(stopped)).isInstanceOf(JobStoreException.class);
        assertThat(gauge("forthwith.worker.slots")).as("it takes no more jobs").isZero();
        clock.add(Duration.ofSeconds(20));
        assertThat(gauge("forthwith.worker.beat.age")).isEqualTo(20);
        clock.add(Duration.ofNanos(1));
        assertThat(gauge("forthwith.worker.beat.age")).isNaN();
    }

    @Test
    @DisplayName("have the slots that are still taken, and a heartbeat, while they stop")
    void stopping() {
        JobStore store = metrics.observe(memory);
        UUID worker = register(store);
        for (int i = 0; i < 2; i++) {
            metrics.onEvent(new JobEvent.Started(
                    LibraryOnly.KEY,
                    Job.builder(UUID.randomUUID(), "mail", Instant.EPOCH)
                            .workerId(worker)
                            .startedAt(Instant.EPOCH)
                            .build()));
        }
        clock.add(Duration.ofSeconds(5));
        store.beat(worker, Duration.ofSeconds(20), ReadModelFactory.workerLoad(2, true));
        clock.add(Duration.ofSeconds(15));
        store.beat(worker, Duration.ofSeconds(20), ReadModelFactory.workerLoad(2, true));
        clock.add(Duration.ofSeconds(19));
        assertThat(gauge("forthwith.worker.slots")).isEqualTo(2);
        assertThat(gauge("forthwith.worker.slots.used")).isEqualTo(2);
        assertThat(gauge("forthwith.worker.beat.age")).isEqualTo(19);
        store.deregister(worker);
        assertThat(gauge("forthwith.worker.slots.used")).isZero();
        assertThat(gauge("forthwith.worker.beat.age")).isNaN();
    }

    @Test
    @DisplayName("have no more slots taken than there are, although attempts count until the store has their end")
    void unconfirmed() {
        UUID worker = register(metrics.observe(memory));
        for (int i = 0; i < 6; i++) {
            metrics.onEvent(new JobEvent.Started(
                    LibraryOnly.KEY,
                    Job.builder(UUID.randomUUID(), "mail", Instant.EPOCH)
                            .workerId(worker)
                            .startedAt(Instant.EPOCH)
                            .build()));
        }
        assertThat(gauge("forthwith.job.active")).isEqualTo(6);
        assertThat(gauge("forthwith.worker.slots.used"))
                .isEqualTo(gauge("forthwith.worker.slots"))
                .isEqualTo(4);
        metrics.observe(memory).deregister(worker);
        assertThat(gauge("forthwith.job.active")).isZero();
    }

    private UUID register(JobStore store) {
        UUID id = UUID.randomUUID();
        store.register(
                ReadModelFactory.workerInfo(
                        id,
                        "w",
                        "h",
                        1,
                        ReadModelFactory.workerServes(List.of("default"), List.of("mail"), false, 4),
                        null,
                        null),
                Duration.ofSeconds(20));
        return id;
    }
}
