package io.forthwith.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.JobStore;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.kit.FaultyJobStore;
import io.forthwith.worker.Worker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@DisplayName("Metrics of jobs change nothing")
class ObservedStoresTest extends MetricsFixture {
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
                .isEqualTo(BeatAnswer.DEAD);
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
            try (Worker worker = Worker.of(store, PROCESSORS).listener(broken).start()) {
                UUID id = jobs.enqueue(NewJob.of(MAIL)).id();
                jobs.await(id, SOON);
                broken.sample();
            }
            broken.close();
            assertThat(log.list)
                    .singleElement()
                    .satisfies(line -> assertThat(line.getFormattedMessage()).contains("not affected"));
        } finally {
            logger.detachAppender(log);
            logger.setAdditive(true);
        }
    }

    @Test
    @DisplayName("if the store loses answers: what it did not answer is not counted, and each job runs")
    void faulty() throws Exception {
        FaultyJobStore faulty =
                FaultyJobStore.of(memory, 1).inject(FaultyJobStore.Fault.LOSE_ANSWER, 0.2, FaultyJobStore.Call.SETTLE);
        JobStore store = metrics.observe(faulty);
        JobClient jobs = JobClient.of(store);
        List<UUID> ids = IntStream.range(0, 50)
                .mapToObj(i -> jobs.enqueue(NewJob.of(MAIL)).id())
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
