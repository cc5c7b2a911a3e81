package io.forthwith.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.worker.Worker;
import io.micrometer.core.instrument.Gauge;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Metrics of jobs")
class JobMetricsTest extends MetricsFixture {
    @Test
    @DisplayName("measure from due to claimed, and how long the processor took, however the attempt ended")
    void times() {
        metrics.observe(memory);
        Job job = Job.builder(UUID.randomUUID(), "mail", Instant.EPOCH)
                .runAt(Instant.EPOCH.plusSeconds(10))
                .workerId(UUID.randomUUID())
                .startedAt(Instant.EPOCH.plusSeconds(13))
                .build();
        metrics.onEvent(new JobEvent.Started(LibraryOnly.KEY, job));
        clock.add(Duration.ofSeconds(4));
        metrics.onEvent(new JobEvent.Postponed(LibraryOnly.KEY, job, Duration.ZERO, "later", Duration.ofSeconds(3)));
        metrics.onEvent(new JobEvent.GivenBack(LibraryOnly.KEY, job, Duration.ZERO));

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
            jobs.await(jobs.enqueue(NewJob.of(MAIL)).id(), SOON);
        }
        assertThat(get("forthwith.job.duration").timer().count()).isEqualTo(1);
        assertThat(get("forthwith.job.wait").timer().count()).isEqualTo(1);
        assertThat(gauge("forthwith.job.active")).isZero();
    }

    @Test
    @DisplayName("measure no wait if the clock of the store went back")
    void clock_went_back() {
        metrics.onEvent(new JobEvent.Started(
                LibraryOnly.KEY,
                Job.builder(UUID.randomUUID(), "mail", Instant.EPOCH.plusSeconds(1))
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
        store.register(ReadModelFactory.workerInfo(worker, "w", "h", 1), Duration.ofSeconds(20));
        Job claimed = store.claim(new ClaimRequest(worker, List.of("default"), 1, Set.of("mail"), 3))
                .get(0);
        EncodedJob child = new EncodedJob(NewJob.of(MAIL).parent(parent), "null");
        Settlement settlement = Settlement.awaitChildren(
                Claim.of(claimed), null, new SpawnedJobs(List.of(child), ChildFailurePolicy.FAIL_AT_ONCE, false));
        assertThat(store.settle(List.of(settlement))).containsExactly(Settled.APPLIED);
        assertThat(get("forthwith.jobs.enqueued").counter().count()).isEqualTo(2);
        assertThat(store.settle(List.of(settlement))).containsExactly(Settled.ALREADY_APPLIED);
        assertThat(get("forthwith.jobs.enqueued").counter().count()).isEqualTo(2);
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
}
