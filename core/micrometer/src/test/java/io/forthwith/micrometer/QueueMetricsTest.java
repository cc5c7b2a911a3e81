package io.forthwith.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.BoundedCount;
import io.forthwith.limit.Pause;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.Worker;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Metrics of queues")
class QueueMetricsTest extends MetricsFixture {
    private final AtomicBoolean isAway = new AtomicBoolean();

    @Test
    @DisplayName("are no number for queues that a worker serves, also if the store has never said how they stand")
    void never_sampled() {
        AtomicBoolean isRefused = new AtomicBoolean(true);
        JobStore store = metrics.observe(withQueues(memory, () -> {
            if (isRefused.get()) {
                throw new JobStoreException(JobStoreException.Kind.PERMANENT, "no right to read", null);
            }
            return memory.queues();
        }));
        try (Worker worker = Worker.of(store, PROCESSORS).queues("served").start()) {
            metrics.sample();
            for (String name : List.of(
                    "forthwith.queue.due",
                    "forthwith.queue.scheduled",
                    "forthwith.queue.oldest.age",
                    "forthwith.queue.paused")) {
                assertThat(gauge(name, "queue", "served")).as(name).isNaN();
            }
            isRefused.set(false);
            metrics.sample();
            assertThat(gauge("forthwith.queue.due", "queue", "served")).isZero();
        }
    }

    @Test
    @DisplayName("say whether a queue is paused")
    void paused() {
        JobStore store = metrics.observe(memory);
        JobClient jobs = JobClient.of(store);
        enqueue(store, "default");
        metrics.sample();
        assertThat(gauge("forthwith.queue.paused", "queue", "default")).isZero();
        jobs.pauseQueue("default", Pause.of());
        metrics.sample();
        assertThat(gauge("forthwith.queue.paused", "queue", "default")).isEqualTo(1);
        jobs.resumeQueue("default");
        metrics.sample();
        assertThat(gauge("forthwith.queue.paused", "queue", "default")).isZero();
    }

    @Test
    @DisplayName("give a served queue its own tag before all others, and no number if the store may have left it out")
    void cut() {
        AtomicInteger count = new AtomicInteger(QueueGauges.CUT);
        JobStore store = metrics.observe(withQueues(
                memory,
                () -> IntStream.range(0, count.get())
                        .mapToObj(i -> ReadModelFactory.queueState(
                                "queue-" + i,
                                new BoundedCount(1, true),
                                BoundedCount.NONE,
                                BoundedCount.NONE,
                                BoundedCount.NONE,
                                Duration.ZERO,
                                null))
                        .toList()));
        try (Worker worker = Worker.of(store, PROCESSORS).queues("zebra").start()) {
            metrics.sample();
            assertThat(gauge("forthwith.queue.due", "queue", "zebra")).isNaN();
            assertThat(gauge("forthwith.queue.due", "queue", "queue-0")).isEqualTo(1);
            assertThat(gauge("forthwith.queue.due", "queue", "other")).isEqualTo(101);
            count.decrementAndGet();
            metrics.sample();
            assertThat(gauge("forthwith.queue.due", "queue", "zebra")).isZero();
        }
    }

    @Test
    @DisplayName("that the registry refuses are missing, and no others; the next sample tries again")
    void refused() {
        AtomicBoolean refuses = new AtomicBoolean(true);
        SimpleMeterRegistry picky = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock) {
            @Override
            protected <T> Gauge newGauge(Meter.Id id, T object, ToDoubleFunction<T> value) {
                if (refuses.get()
                        && "bad".equals(id.getTag("queue"))
                        && id.getName().endsWith("scheduled")) {
                    throw new IllegalArgumentException("no");
                }
                return super.newGauge(id, object, value);
            }
        };
        JobMetrics refusing = JobMetrics.withoutThread(picky);
        JobStore store = refusing.observe(memory);
        List<String> queues = List.of("a", "bad", "c", "d", "e", "f");
        queues.forEach(queue -> enqueue(store, queue));
        refusing.sample();
        refusing.sample();
        assertThat(picky.find("forthwith.queue.due").meters()).hasSize(6);
        assertThat(picky.find("forthwith.queue.scheduled").meters()).hasSize(5);
        assertThat(picky.find("forthwith.queue.paused").meters()).hasSize(6);
        refuses.set(false);
        refusing.sample();
        assertThat(picky.find("forthwith.queue.scheduled").meters()).hasSize(6);
    }

    @Test
    @DisplayName(
            "are no number as soon as the last good sample is older than 45 seconds, and numbers again after the next")
    void stale() {
        JobStore store = metrics.observe(away(memory, isAway));
        enqueue(store, "default");
        metrics.sample();
        assertThat(gauge("forthwith.queue.due", "queue", "default")).isEqualTo(1);

        isAway.set(true);
        clock.add(Duration.ofSeconds(45));
        metrics.sample();
        assertThat(gauge("forthwith.queue.due", "queue", "default")).isEqualTo(1);
        clock.add(Duration.ofSeconds(1));
        metrics.sample();
        for (String name : List.of("forthwith.queue.due", "forthwith.queue.scheduled", "forthwith.queue.oldest.age")) {
            assertThat(gauge(name, "queue", "default")).as(name).isNaN();
        }
        assertThat(get("forthwith.store.call")
                        .tags("call", "queues", "outcome", "error")
                        .timer()
                        .count())
                .isEqualTo(2);

        isAway.set(false);
        metrics.sample();
        assertThat(gauge("forthwith.queue.due", "queue", "default")).isEqualTo(1);
    }

    @Test
    @DisplayName("of a queue that is gone are 0 for one sample, and then there are none")
    void gone() {
        JobStore store = metrics.observe(memory);
        enqueue(store, "once");
        metrics.sample();
        Worker.of(store, PROCESSORS).queues("once").build().drain();
        metrics.sample();
        assertThat(gauge("forthwith.queue.due", "queue", "once")).isZero();
        metrics.sample();
        assertThat(registry.find("forthwith.queue.due").meters()).isEmpty();
        assertThat(registry.find("forthwith.queue.oldest.age").meters()).isEmpty();

        enqueue(store, "once");
        metrics.sample();
        assertThat(gauge("forthwith.queue.due", "queue", "once")).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "of a queue that a worker serves are there also while it is empty, so that one sees when the store is away")
    void served() {
        JobStore store = metrics.observe(away(memory, isAway));
        try (Worker worker =
                Worker.of(store, PROCESSORS).queues("idle").listener(metrics).start()) {
            metrics.sample();
            metrics.sample();
            assertThat(gauge("forthwith.queue.due", "queue", "idle")).isZero();
            assertThat(gauge("forthwith.queue.oldest.age", "queue", "idle")).isZero();
            isAway.set(true);
            clock.add(Duration.ofSeconds(46));
            metrics.sample();
            assertThat(gauge("forthwith.queue.due", "queue", "idle")).isNaN();
            isAway.set(false);
        }
        metrics.sample();
        metrics.sample();
        assertThat(registry.find("forthwith.queue.due").meters()).isEmpty();
    }

    @Test
    @DisplayName(
            "of two stores are added up, but for the age, which is the larger one; one store that is away makes them unknown")
    void two_stores() {
        JobStore one = metrics.observe(away(memory, isAway));
        JobStore two = metrics.observe(new InMemoryJobStore(() -> Instant.EPOCH, new Random(1)));
        enqueue(one, "default");
        enqueue(two, "default");
        enqueue(two, "default");
        metrics.sample();
        assertThat(gauge("forthwith.queue.due", "queue", "default")).isEqualTo(3);
        isAway.set(true);
        clock.add(Duration.ofSeconds(46));
        metrics.sample();
        assertThat(gauge("forthwith.queue.due", "queue", "default")).isNaN();
    }

    @Test
    @DisplayName("say how long the oldest job has waited, in seconds, and how many are due and scheduled")
    void numbers() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
        JobStore store = metrics.observe(new InMemoryJobStore(now::get, new Random(1)));
        enqueue(store, "default");
        JobClient.of(store).enqueue(NewJob.of(MAIL).delay(Duration.ofDays(1)));
        now.set(Instant.EPOCH.plusMillis(90_500));
        enqueue(store, "default");
        metrics.sample();
        assertThat(gauge("forthwith.queue.due", "queue", "default")).isEqualTo(2);
        assertThat(gauge("forthwith.queue.scheduled", "queue", "default")).isEqualTo(1);
        assertThat(gauge("forthwith.queue.oldest.age", "queue", "default")).isEqualTo(90.5);
    }

    @Test
    @DisplayName("are sampled by a daemon thread, until the metrics are closed")
    void thread() {
        try (JobMetrics sampling = JobMetrics.of(registry)) {
            enqueue(sampling.observe(memory), "default");
            await().atMost(SOON)
                    .until(() -> registry.find("forthwith.queue.due").gauge() != null);
            assertThat(threads())
                    .singleElement()
                    .satisfies(it -> assertThat(it.isDaemon()).isTrue());
        }
        await().atMost(SOON).until(() -> threads().isEmpty());
        assertThat(registry.find("forthwith.queue.due").meters()).isEmpty();
    }

    private List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("forthwith-metrics"))
                .toList();
    }
}
