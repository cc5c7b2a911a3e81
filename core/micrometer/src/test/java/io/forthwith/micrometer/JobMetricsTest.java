package io.forthwith.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.insight.JobCount;
import io.forthwith.insight.QueueState;
import io.forthwith.limit.Limit;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.Beat;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.Spawn;
import io.forthwith.store.WorkerInfo;
import io.forthwith.store.WorkerLoad;
import io.forthwith.store.kit.FaultyJobStore;
import io.forthwith.store.rows.InMemoryJobStore;
import io.forthwith.worker.BatchJob;
import io.forthwith.worker.BatchProcessor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.search.RequiredSearch;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@DisplayName("Metrics of jobs")
class JobMetricsTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final JobType<Void> MAIL = JobType.of("mail");
    private static final ProcessorRegistry PROCESSORS = ProcessorRegistry.of().with(MAIL, job -> null);

    private final MockClock clock = new MockClock();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
    private final JobMetrics metrics = JobMetrics.withoutThread(registry);
    private final JobStore memory = new InMemoryJobStore();

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    private RequiredSearch get(String name) {
        return registry.get(name);
    }

    private static void enqueue(JobStore store, String queue) {
        JobClient.of(store).enqueue(NewJob.of(MAIL).queue(queue));
    }

    /** A store that is away when it is told to be. */
    private static JobStore away(JobStore store, AtomicBoolean isAway) {
        return (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() != Object.class && isAway.get()) {
                        throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    /** A store whose queues stand like this. */
    private static JobStore withQueues(JobStore store, Supplier<List<QueueState>> queues) {
        return (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(),
                new Class<?>[] {JobStore.class},
                (proxy, method, arguments) ->
                        method.getName().equals("queues") ? queues.get() : method.invoke(store, arguments));
    }

    @Nested
    @DisplayName("of limits")
    class OfLimits {
        private final AtomicBoolean isAway = new AtomicBoolean();

        private void enqueue(JobStore store, String tenant) {
            JobClient.of(store).enqueue(NewJob.of(MAIL).limit("tenant", tenant));
        }

        private static void declare(JobStore store, Limit limit) {
            store.limits().orElseThrow().put(limit);
        }

        @Test
        @DisplayName("count the jobs that wait for all keys of a limit, and name no key")
        void waiting() {
            JobStore store = metrics.observe(memory);
            declare(store, Limit.of("tenant").concurrency(1));
            declare(store, Limit.onType("mail").concurrency(2));
            metrics.sample();
            assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isZero();
            enqueue(store, "acme");
            enqueue(store, "bravo");
            enqueue(store, "bravo");

            metrics.sample();

            assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isEqualTo(3);
            assertThat(gauge("forthwith.jobs.limited", "limit", "type:mail")).isEqualTo(3);
            assertThat(registry.find("forthwith.jobs.limited").meters())
                    .allSatisfy(meter -> assertThat(meter.getId().getTags()).hasSize(1));
        }

        @Test
        @DisplayName("count the jobs of all sequences together, while there are some")
        void sequences() {
            JobStore store = metrics.observe(memory);
            metrics.sample();
            assertThat(registry.find("forthwith.jobs.limited").meters()).isEmpty();
            JobClient client = JobClient.of(store);
            for (String film : List.of("film:42", "film:43", "film:43")) {
                client.enqueue(NewJob.of(MAIL).sequence(film));
            }

            metrics.sample();

            assertThat(gauge("forthwith.jobs.limited", "limit", "sequence")).isEqualTo(3);
        }

        @Test
        @DisplayName(
                "are no number as soon as the last good sample is older than 45 seconds, and failing calls are counted")
        void stale() {
            JobStore store = metrics.observe(away(memory, isAway));
            declare(store, Limit.of("tenant"));
            enqueue(store, "acme");
            metrics.sample();
            isAway.set(true);
            clock.add(Duration.ofSeconds(45));
            metrics.sample();
            assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isEqualTo(1);
            clock.add(Duration.ofSeconds(1));
            assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isNaN();

            isAway.set(false);
            metrics.sample();
            assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isEqualTo(1);
            assertThat(get("forthwith.store.call").tags("call", "waiting").timers())
                    .isNotEmpty();
        }

        @Test
        @DisplayName("of two stores are added up, and there are none without a limit")
        void two_stores() {
            JobStore one = metrics.observe(memory);
            JobStore two = metrics.observe(new InMemoryJobStore());
            metrics.sample();
            assertThat(registry.find("forthwith.jobs.limited").meters()).isEmpty();
            for (JobStore each : List.of(one, two)) {
                declare(each, Limit.of("tenant"));
                enqueue(each, "acme");
            }

            metrics.sample();

            assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isEqualTo(2);
        }

        @Test
        @DisplayName("are bounded, however many limits are declared")
        void flood() {
            JobStore store = metrics.observe(memory);
            IntStream.range(0, 300).forEach(i -> declare(store, Limit.of("limit-" + i)));

            metrics.sample();

            assertThat(registry.find("forthwith.jobs.limited").meters()).hasSize(JobMeters.MOST_LIMITS);
        }
    }

    @Nested
    @DisplayName("of queues")
    class Queues {
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
            jobs.pauseQueue("default", null, null);
            metrics.sample();
            assertThat(gauge("forthwith.queue.paused", "queue", "default")).isEqualTo(1);
            jobs.resumeQueue("default");
            metrics.sample();
            assertThat(gauge("forthwith.queue.paused", "queue", "default")).isZero();
        }

        @Test
        @DisplayName(
                "give a served queue its own tag before all others, and no number if the store may have left it out")
        void cut() {
            AtomicInteger count = new AtomicInteger(QueueGauges.CUT);
            JobStore store = metrics.observe(withQueues(
                    memory,
                    () -> IntStream.range(0, count.get())
                            .mapToObj(i -> new QueueState(
                                    "queue-" + i,
                                    new JobCount(1, true),
                                    JobCount.NONE,
                                    JobCount.NONE,
                                    JobCount.NONE,
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
            for (String name :
                    List.of("forthwith.queue.due", "forthwith.queue.scheduled", "forthwith.queue.oldest.age")) {
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
            try (Worker worker = Worker.of(store, PROCESSORS)
                    .queues("idle")
                    .listener(metrics)
                    .start()) {
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

    @Nested
    @DisplayName("of workers")
    class Workers {
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
                await().atMost(SOON).until(() -> gauge("forthwith.job.active", "queue", "one", "type", "mail") == 100);
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
            store.beat(one, Duration.ofSeconds(20), new WorkerLoad(0, false, true));
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
            assertThat(store.beat(dead, Duration.ofSeconds(20), WorkerLoad.NONE))
                    .isEqualTo(Beat.DEAD);
            UUID stopping = register(store);
            UUID stopped = register(store);
            isAway.set(true);
            assertThatThrownBy(() -> store.beat(stopping, Duration.ofSeconds(20), new WorkerLoad(1, true)))
                    .isInstanceOf(JobStoreException.class);
            assertThatThrownBy(() -> store.deregister(stopped)).isInstanceOf(JobStoreException.class);
            assertThat(gauge("forthwith.worker.slots"))
                    .as("it takes no more jobs")
                    .isZero();
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
                metrics.onEvent(new JobEvent.Started(Job.builder(UUID.randomUUID(), "mail", Instant.EPOCH)
                        .workerId(worker)
                        .startedAt(Instant.EPOCH)
                        .build()));
            }
            clock.add(Duration.ofSeconds(5));
            store.beat(worker, Duration.ofSeconds(20), new WorkerLoad(2, true));
            clock.add(Duration.ofSeconds(15));
            store.beat(worker, Duration.ofSeconds(20), new WorkerLoad(2, true));
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
                metrics.onEvent(new JobEvent.Started(Job.builder(UUID.randomUUID(), "mail", Instant.EPOCH)
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
                    new WorkerInfo(
                            id,
                            "w",
                            "h",
                            1,
                            new WorkerInfo.Serves(List.of("default"), List.of("mail"), false, 4),
                            null,
                            null),
                    Duration.ofSeconds(20));
            return id;
        }
    }

    @Nested
    @DisplayName("have a limited number of meters")
    class Limits {
        @Test
        @DisplayName("under a flood of queues, types and error codes")
        void flood() {
            JobStore store = metrics.observe(memory);
            JobClient jobs = JobClient.of(store);
            for (int i = 0; i < 10_000; i++) {
                Job job = running("queue-" + i, "type-" + i);
                jobs.enqueue(NewJob.of(JobType.of("type-" + i)).queue("queue-" + i));
                metrics.onEvent(new JobEvent.Started(job));
                metrics.onEvent(new JobEvent.Failed(job, JobError.permanent("code_" + i, "no"), Duration.ZERO));
            }
            for (int i = 0; i < 10_000; i++) {
                // Each tag has few values, and their combinations are many.
                Job job = running("queue-" + i % 100, "type-" + i / 100);
                metrics.onEvent(new JobEvent.Started(job));
                metrics.onEvent(new JobEvent.RetryScheduled(
                        job, JobError.retryable("code_" + i % 50, "no"), Duration.ZERO, Duration.ZERO));
            }
            metrics.sample();

            assertThat(values("queue")).hasSizeLessThanOrEqualTo(101).contains("other", "queue-99");
            assertThat(values("type")).hasSizeLessThanOrEqualTo(201).contains("other", "type-199");
            assertThat(values("error")).hasSize(51).contains("other", "code_49");
            for (String name : List.of("forthwith.jobs.enqueued", "forthwith.job.wait", "forthwith.job.active")) {
                assertThat(registry.find(name).meters()).as(name).hasSizeLessThanOrEqualTo(1_010);
            }
            assertThat(registry.find("forthwith.job.duration").meters()).hasSizeLessThanOrEqualTo(1_810);
            assertThat(registry.getMeters()).hasSizeLessThan(5_000);
            assertThat(total("forthwith.jobs.enqueued", meter -> ((Counter) meter).count()))
                    .as("nothing is lost")
                    .isEqualTo(10_000);
            assertThat(total("forthwith.job.duration", meter -> ((Timer) meter).count()))
                    .isEqualTo(20_000);
            assertThat(total("forthwith.job.active", meter -> ((Gauge) meter).value()))
                    .isZero();
        }

        @Test
        @DisplayName("that still says of each queue whether its jobs complete")
        void queues() {
            metrics.observe(memory);
            List<String> types = IntStream.range(0, JobMeters.MOST_TYPES)
                    .mapToObj(i -> "type-" + i)
                    .toList();
            types.forEach(type -> JobClient.of(metrics.observe(memory)).enqueue(NewJob.of(JobType.of(type))));
            for (int queue = 0; queue < 10; queue++) {
                for (String type : types) {
                    Job job = running("queue-" + queue, type);
                    metrics.onEvent(new JobEvent.Started(job));
                    metrics.onEvent(new JobEvent.Completed(job, Duration.ZERO));
                }
            }
            for (int queue = 0; queue < 10; queue++) {
                assertThat(registry.get("forthwith.job.duration").tags("queue", "queue-" + queue).timers().stream()
                                .mapToLong(Timer::count)
                                .sum())
                        .isEqualTo(JobMeters.MOST_TYPES);
            }
        }

        private double total(String name, ToDoubleFunction<Meter> number) {
            return registry.find(name).meters().stream().mapToDouble(number).sum();
        }

        private Set<String> values(String tag) {
            return registry.getMeters().stream()
                    .map(meter -> meter.getId().getTag(tag))
                    .filter(Objects::nonNull)
                    .collect(Collectors.toSet());
        }

        @Test
        @DisplayName("and show only types that this process runs or enqueues, and their undo jobs")
        void types() {
            JobStore store = metrics.observe(memory);
            Worker.of(store, PROCESSORS).build().drain();
            for (String type : List.of("mail", "undo:mail", "of-another-program", "undo:of-another-program")) {
                metrics.onEvent(new JobEvent.Started(running("default", type)));
            }
            assertThat(values("type")).containsExactlyInAnyOrder("mail", "undo:mail", "other");
        }

        @Test
        @DisplayName("and know the error codes that the library documents")
        void codes() throws Exception {
            String docs = Files.readString(Path.of("../../docs/errors.md"));
            String tables =
                    docs.substring(docs.indexOf("## How errors are classified"), docs.indexOf("## Errors of the JVM"));
            Set<String> documented = Pattern.compile("(?m)^\\|(.+?)\\|")
                    .matcher(tables.substring(tables.indexOf("## Error codes of the library")))
                    .results()
                    .flatMap(row ->
                            Pattern.compile("`([a-z_]+)`").matcher(row.group(1)).results())
                    .map(code -> code.group(1))
                    .filter(code -> !code.equals("http_"))
                    .collect(Collectors.toSet());

            assertThat(documented).hasSizeGreaterThan(15);
            assertThat(JobMeters.ERRORS.stream()
                            .filter(code -> !code.startsWith("http_"))
                            .collect(Collectors.toSet()))
                    .isEqualTo(documented);
        }

        private Job running(String queue, String type) {
            return Job.builder(UUID.randomUUID(), type, Instant.EPOCH)
                    .queue(queue)
                    .workerId(UUID.randomUUID())
                    .startedAt(Instant.EPOCH.plusSeconds(1))
                    .build();
        }
    }

    @Test
    @DisplayName("measure from due to claimed, and how long the processor took, however the attempt ended")
    void times() {
        metrics.observe(memory);
        Job job = Job.builder(UUID.randomUUID(), "mail", Instant.EPOCH)
                .runAt(Instant.EPOCH.plusSeconds(10))
                .workerId(UUID.randomUUID())
                .startedAt(Instant.EPOCH.plusSeconds(13))
                .build();
        metrics.onEvent(new JobEvent.Started(job));
        clock.add(Duration.ofSeconds(4));
        metrics.onEvent(new JobEvent.Postponed(job, Duration.ZERO, "later", Duration.ofSeconds(3)));
        metrics.onEvent(new JobEvent.GivenBack(job, Duration.ZERO));

        assertThat(get("forthwith.job.wait").timer().totalTime(TimeUnit.SECONDS))
                .isEqualTo(3);
        assertThat(get("forthwith.job.duration")
                        .tag("outcome", "postponed")
                        .timer()
                        .totalTime(TimeUnit.SECONDS))
                .as("without the time until the store had its end")
                .isEqualTo(3);
        assertThat(registry.find("forthwith.job.duration")
                        .tag("outcome", "given_back")
                        .meters())
                .as("it has not begun")
                .isEmpty();
    }

    @Test
    @DisplayName("count an attempt once, also if a worker got them twice")
    void twice() throws Exception {
        JobStore store = metrics.observe(memory);
        JobClient jobs = JobClient.of(store);
        try (Worker worker =
                Worker.of(store, PROCESSORS).listener(metrics).listener(metrics).start()) {
            jobs.await(jobs.enqueue(NewJob.of(MAIL)), SOON);
        }
        assertThat(get("forthwith.job.duration").timer().count()).isEqualTo(1);
        assertThat(get("forthwith.job.wait").timer().count()).isEqualTo(1);
        assertThat(gauge("forthwith.job.active")).isZero();
    }

    @Test
    @DisplayName("measure no wait if the clock of the store went back")
    void clock_went_back() {
        metrics.onEvent(new JobEvent.Started(Job.builder(UUID.randomUUID(), "mail", Instant.EPOCH.plusSeconds(1))
                .workerId(UUID.randomUUID())
                .startedAt(Instant.EPOCH)
                .build()));
        assertThat(get("forthwith.job.wait").timer().count()).isEqualTo(1);
        assertThat(get("forthwith.job.wait").timer().totalTime(TimeUnit.SECONDS))
                .isZero();
    }

    @Test
    @DisplayName("count jobs that were added, also by a job that waits for them, and not those that were there already")
    void added_once() {
        JobStore store = metrics.observe(memory);
        NewJob parent = NewJob.of(MAIL);
        JobClient.of(store).enqueue(parent);
        JobClient.of(store).enqueue(parent);
        assertThat(get("forthwith.jobs.enqueued").counter().count()).isEqualTo(1);

        UUID worker = UUID.randomUUID();
        store.register(new WorkerInfo(worker, "w", "h", 1), Duration.ofSeconds(20));
        Job claimed = store.claim(new ClaimRequest(worker, List.of("default"), 1, Set.of("mail"), 3))
                .get(0);
        EncodedJob child = new EncodedJob(NewJob.of(MAIL).parent(parent), "null");
        Settlement settlement = Settlement.awaitChildren(
                Claim.of(claimed), null, new Spawn(List.of(child), ChildFailurePolicy.FAIL_AT_ONCE, false));
        assertThat(store.settle(List.of(settlement))).containsExactly(Settled.APPLIED);
        assertThat(get("forthwith.jobs.enqueued").counter().count()).isEqualTo(2);
        assertThat(store.settle(List.of(settlement))).containsExactly(Settled.ALREADY_APPLIED);
        assertThat(get("forthwith.jobs.enqueued").counter().count()).isEqualTo(2);
    }

    @Nested
    @DisplayName("change nothing")
    class Unchanged {
        @Test
        @DisplayName("of what the store throws")
        void exceptions() {
            JobStoreException away = new JobStoreException(JobStoreException.Kind.UNKNOWN_OUTCOME, "away", null);
            Error broken = new AssertionError("broken");
            AtomicReference<Throwable> thrown = new AtomicReference<>(away);
            JobStore store = metrics.observe((JobStore) Proxy.newProxyInstance(
                    JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                        throw thrown.get();
                    }));
            assertThatThrownBy(() -> store.find(UUID.randomUUID())).isSameAs(away);
            assertThatThrownBy(() -> store.settle(List.of())).isSameAs(away);
            thrown.set(broken);
            assertThatThrownBy(store::queues).isSameAs(broken);
            assertThatThrownBy(store::wake).isSameAs(broken);
            assertThat(metrics.observe(memory).beat(UUID.randomUUID(), null, null))
                    .as("also if the call makes no sense")
                    .isEqualTo(Beat.DEAD);
            assertThatThrownBy(() -> metrics.observe(memory).add(null)).isInstanceOf(NullPointerException.class);
        }

        @Test
        @DisplayName("of what the default methods of the store do, and of its schedules")
        void schedules() {
            JobStore store = metrics.observe(memory);
            assertThat(store.hearsOthers()).isEqualTo(memory.hearsOthers());
            ScheduleStore schedules = store.schedules().orElseThrow();
            assertThat(schedules).isNotSameAs(memory.schedules().orElseThrow());
            JobClient.of(store).schedules().put(Schedule.of("daily", MAIL).every(Duration.ofDays(1)));
            assertThat(memory.schedules().orElseThrow().find("daily")).isPresent();
            assertThat(get("forthwith.store.call").tag("call", "change").timer().count())
                    .isEqualTo(1);
        }

        @Test
        @DisplayName("of the counts of outcomes")
        void outcomes() {
            JobStore store = metrics.observe(memory);
            Worker.of(store, PROCESSORS).build().drain();
            enqueue(store, "default");
            Worker.of(store, PROCESSORS).build().drain();
            Instant now = Instant.now();
            assertThat(JobClient.of(store).outcomes(now.minusSeconds(3_600), now.plusSeconds(3_600)))
                    .isNotEmpty();
            assertThat(get("forthwith.store.call").tag("call", "record").timer().count())
                    .isPositive();
        }

        @Test
        @DisplayName("and count no calls that reach no database")
        void local_calls() {
            JobStore store = metrics.observe(memory);
            store.onAdded(() -> {}).close();
            store.onCancelRequested(claim -> {}).close();
            store.hearsOthers();
            store.isInTransaction();
            store.wake();
            store.schedules();
            store.outcomes();
            assertThat(registry.find("forthwith.store.call").meters()).isEmpty();
            store.queues();
            assertThat(get("forthwith.store.call").timer().count()).isEqualTo(1);
        }

        @Test
        @DisplayName("of the equality of stores; the same store is observed once")
        void equality() {
            JobStore store = metrics.observe(memory);
            assertThat(metrics.observe(memory)).isSameAs(store);
            assertThat(metrics.observe(store)).isSameAs(store);
            assertThat(store)
                    .isEqualTo(JobMetrics.withoutThread(registry).observe(memory))
                    .isNotEqualTo(memory)
                    .isNotEqualTo(metrics.observe(new InMemoryJobStore()))
                    .hasSameHashCodeAs(memory)
                    .asString()
                    .contains(memory.toString());
        }

        @Test
        @DisplayName("if every call of the registry throws; the log says so once")
        void broken_registry() throws Exception {
            ListAppender<ILoggingEvent> log = new ListAppender<>();
            log.start();
            Logger logger = (Logger) LoggerFactory.getLogger(JobMetrics.class);
            logger.addAppender(log);
            logger.setAdditive(false);
            try {
                JobMetrics broken = JobMetrics.withoutThread(new BrokenRegistry());
                JobStore store = broken.observe(memory);
                JobClient jobs = JobClient.of(store);
                try (Worker worker =
                        Worker.of(store, PROCESSORS).listener(broken).start()) {
                    UUID id = jobs.enqueue(NewJob.of(MAIL));
                    jobs.await(id, SOON);
                    broken.sample();
                }
                broken.close();
                assertThat(log.list)
                        .singleElement()
                        .satisfies(
                                line -> assertThat(line.getFormattedMessage()).contains("not affected"));
            } finally {
                logger.detachAppender(log);
                logger.setAdditive(true);
            }
        }

        @Test
        @DisplayName("if the store loses answers: what it did not answer is not counted, and each job runs")
        void faulty() throws Exception {
            FaultyJobStore faulty = FaultyJobStore.of(memory, 1)
                    .inject(FaultyJobStore.Fault.LOSE_ANSWER, 0.2, FaultyJobStore.Call.SETTLE);
            JobStore store = metrics.observe(faulty);
            JobClient jobs = JobClient.of(store);
            List<UUID> ids = IntStream.range(0, 50)
                    .mapToObj(i -> jobs.enqueue(NewJob.of(MAIL)))
                    .toList();
            try (Worker worker = Worker.of(store, PROCESSORS).listener(metrics).start()) {
                for (UUID id : ids) {
                    jobs.await(id, SOON);
                }
                await().atMost(SOON)
                        .until(() -> get("forthwith.job.duration")
                                        .tag("outcome", "completed")
                                        .timer()
                                        .count()
                                == 50);
            }
            assertThat(get("forthwith.jobs.enqueued").counter().count()).isEqualTo(50);
            assertThat(gauge("forthwith.job.active")).isZero();
        }
    }

    @Test
    @DisplayName("keep counters and timers when they are closed, and have no gauges any more")
    void closed() {
        JobStore store = metrics.observe(memory);
        enqueue(store, "default");
        metrics.sample();
        Worker.of(store, PROCESSORS).listener(metrics).build().drain();
        metrics.close();
        metrics.close();
        enqueue(memory, "new");
        metrics.sample();
        assertThat(registry.getMeters()).noneMatch(meter -> meter instanceof Gauge);
        assertThat(get("forthwith.jobs.enqueued").counter().count()).isEqualTo(1);
        enqueue(store, "default");
        assertThat(get("forthwith.jobs.enqueued").counter().count())
                .as("the store works, and is measured")
                .isEqualTo(2);
    }

    @Test
    @DisplayName("refuse null, and say what to give instead")
    void nulls() {
        assertThatThrownBy(() -> JobMetrics.of(null)).hasMessageContaining("MeterRegistry");
        assertThatThrownBy(() -> metrics.observe(null)).hasMessageContaining("store");
    }

    /** It can make no meter. */
    private static final class BrokenRegistry extends SimpleMeterRegistry {
        @Override
        protected Counter newCounter(Meter.Id id) {
            throw new IllegalStateException("no counter " + id.getName().toLowerCase(Locale.ROOT));
        }

        @Override
        protected Timer newTimer(Meter.Id id, DistributionStatisticConfig distribution, PauseDetector pauses) {
            throw new IllegalStateException("no timer");
        }

        @Override
        protected <T> Gauge newGauge(Meter.Id id, T object, ToDoubleFunction<T> value) {
            throw new AssertionError("no gauge");
        }
    }
}
