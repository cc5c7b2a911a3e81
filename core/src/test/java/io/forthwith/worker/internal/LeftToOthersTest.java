package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.reset;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.event.JobEvent;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

/** A worker that does not know a type which another one serves. */
class LeftToOthersTest {
    private static final JobType<String> NEW = JobType.of("new", String.class);
    private static final QueuedType LEFT = new QueuedType(NewJob.DEFAULT_QUEUE, NEW.name());
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final EngineFixture fixture =
            new EngineFixture(4, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> null));
    private final ClaimLoop claiming = fixture.engine.claiming;

    private UUID neighbour(String... types) {
        UUID id = UUID.randomUUID();
        WorkerInfo.Serves serves =
                ReadModelFactory.workerServes(List.of(NewJob.DEFAULT_QUEUE), List.of(types), false, 1);
        fixture.memory.register(
                ReadModelFactory.workerInfo(id, "neighbour", "host", 2, serves, "2", null), Duration.ofHours(1));
        return id;
    }

    private UUID enqueued() {
        return fixture.jobs.enqueue(NewJob.of(NEW, "x")).id();
    }

    private Job find(UUID id) {
        return fixture.jobs.find(id).orElseThrow();
    }

    private Duration round() {
        Duration pause = claiming.run();
        fixture.runTasks();
        fixture.engine.settling.run();
        return pause;
    }

    private void asked(int times) {
        verify(fixture.store, times(times)).servedByOthers(any(), any());
    }

    @Test
    void a_worker_that_meets_no_unknown_type_asks_nothing() {
        neighbour(NEW.name());
        fixture.engine.leasing.register();
        for (int i = 0; i < 5; i++) {
            fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x"));
            round();
            fixture.pass(SECOND);
        }

        verify(fixture.store, never()).servedByOthers(any(), any());
    }

    @Test
    void what_another_worker_serves_is_handed_back_once_and_left_out_from_then_on() {
        neighbour(NEW.name());
        fixture.engine.leasing.register();
        List<UUID> left = Stream.generate(this::enqueued).limit(3).toList();
        UUID own = fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x")).id();

        LogCapture log = new LogCapture();
        try (log) {
            round();
        }

        assertThat(find(own).status()).isEqualTo(JobStatus.COMPLETED);
        List<Job> handedBack = left.stream().map(this::find).toList();
        assertThat(handedBack)
                .allSatisfy(job -> assertThat(job.status()).isEqualTo(JobStatus.PENDING))
                .allSatisfy(job -> assertThat(job.attempt()).isZero());
        assertThat(log.lines())
                .contains(
                        "[Worker] Jobs of queue default and type new are left to other workers: they serve the type, and this one does not know it");
        assertThat(log.events()).extracting(ILoggingEvent::getLevel).containsOnly(Level.INFO);
        for (int i = 0; i < 10; i++) {
            enqueued();
            round();
            fixture.pass(Duration.ofMillis(90));
        }
        asked(1);
        for (int i = 0; i < 10; i++) {
            fixture.pass(Duration.ofMillis(250));
            round();
        }
        asked(4);
        assertThat(left.stream().map(this::find)).as("nothing is written").isEqualTo(handedBack);
        assertThat(fixture.events())
                .filteredOn(JobEvent.GivenBack.class::isInstance)
                .hasSize(3);
        assertThat(requests()).last().extracting(ClaimRequest::leftToOthers).isEqualTo(Set.of(LEFT));
    }

    private List<ClaimRequest> requests() {
        ArgumentCaptor<ClaimRequest> requests = ArgumentCaptor.captor();
        verify(fixture.store, atLeastOnce()).claim(requests.capture());
        return requests.getAllValues();
    }

    @Test
    void what_nobody_serves_fails_at_once_and_the_store_is_asked_once_a_second() {
        neighbour("other");
        fixture.engine.leasing.register();
        for (int i = 0; i < 5; i++) {
            UUID id = enqueued();
            round();
            assertThat(find(id).status()).isEqualTo(JobStatus.FAILED);
            assertThat(find(id).errorMessage()).isEqualTo("Unknown job type: new");
            fixture.pass(Duration.ofMillis(200));
        }
        asked(1);

        enqueued();
        round();

        asked(2);
        assertThat(requests()).extracting(ClaimRequest::leftToOthers).containsOnly(Set.of());
    }

    @Test
    void what_was_left_to_a_worker_that_is_gone_fails_within_a_second_and_once() {
        UUID neighbour = neighbour(NEW.name());
        fixture.engine.leasing.register();
        UUID id = enqueued();
        Duration pause = round();
        assertThat(pause)
                .as("it looks again although nothing tells of the end of a worker")
                .isLessThanOrEqualTo(SECOND);
        fixture.memory.deregister(neighbour);
        assertThat(round()).isLessThanOrEqualTo(SECOND);
        assertThat(find(id).status()).isEqualTo(JobStatus.PENDING);

        fixture.pass(pause);
        LogCapture log = new LogCapture();
        try (log) {
            round();
        }

        assertThat(log.lines())
                .contains(
                        "[Worker] Jobs of queue default and type new are left to others no more: no other living worker serves them");
        Job failed = find(id);
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorMessage()).isEqualTo("Unknown job type: new");
        assertThat(fixture.jobs.failures(id)).hasSize(1);
        asked(2);
        assertThat(requests()).last().extracting(ClaimRequest::leftToOthers).isEqualTo(Set.of());
        assertThat(fixture.events())
                .filteredOn(JobEvent.Failed.class::isInstance)
                .hasSize(1);
    }

    @Test
    void if_the_store_does_not_say_who_serves_a_type_its_jobs_do_not_fail() {
        fixture.engine.leasing.register();
        UUID id = enqueued();
        UUID own = fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x")).id();
        doThrow(new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null))
                .when(fixture.store)
                .servedByOthers(any(), any());

        round();

        assertThat(claiming.lastFailure()).hasMessage("away");
        assertThat(find(own).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(find(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(find(id).attempt()).isZero();
        reset(fixture.store);
    }

    @Test
    void a_worker_without_a_free_slot_neither_asks_nor_looks_without_a_pause() {
        neighbour(NEW.name());
        fixture.engine.leasing.register();
        enqueued();
        round();
        for (int i = 0; i < 4; i++) {
            fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x"));
        }
        claiming.run();
        fixture.pass(SECOND.multipliedBy(2));

        assertThat(claiming.run()).isPositive();
        asked(1);
    }
}
