package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import ch.qos.logback.classic.Level;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.LongDueJob;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The health of a worker reports due jobs that nobody takes, and one line of the log does. */
class UnservedJobsLoopTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final JobType<String> OTHER = JobType.of("other", String.class);

    private final EngineFixture fixture =
            new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> null));
    private final Engine engine = fixture.engine;
    private final LogCapture log = new LogCapture(Level.WARN);

    @BeforeEach
    void register() {
        engine.leasing.register();
        // It looks for the first time after a minute.
        engine.unserved.run();
    }

    @AfterEach
    void close() {
        log.close();
    }

    private UUID other(WorkerInfo.Serves serves) {
        UUID id = UUID.randomUUID();
        fixture.memory.register(ReadModelFactory.workerInfo(id, "other", "host", 1, serves, "1", null), LONG);
        return id;
    }

    private static WorkerInfo.Serves serves(String queue, String type, boolean onlyTypes) {
        return ReadModelFactory.workerServes(List.of(queue), List.of(type), onlyTypes, 1);
    }

    private void enqueue(String queue, JobType<String> type) {
        fixture.jobs.enqueue(NewJob.of(type, "x").queue(queue));
    }

    /** A minute passes before each look. */
    private List<String> looks(int times) {
        for (int i = 0; i < times; i++) {
            fixture.passBeating(Duration.ofSeconds(61), engine);
            engine.unserved.run();
        }
        return engine.unserved.troubles();
    }

    @Test
    void reports_a_queue_that_no_worker_serves_when_it_is_seen_again() {
        enqueue("typo", EngineFixture.TYPE);
        assertThat(looks(1)).as("its worker may be about to start").isEmpty();
        assertThat(log.lines()).isEmpty();

        assertThat(looks(1))
                .containsExactly(
                        "jobs of queue typo have been due since 1970-01-01T00:00:00Z: no running worker serves the queue");
        assertThat(new WorkerThreads(engine, null).troubles()).as("health").isEqualTo(engine.unserved.troubles());
        assertThat(log.lines())
                .containsExactly("[Worker] Unserved: jobs of queue typo have been due since 1970-01-01T00:00:00Z:"
                        + " no running worker serves the queue");
    }

    @Test
    void logs_a_case_once_and_again_only_after_it_was_gone() {
        enqueue("typo", EngineFixture.TYPE);
        assertThat(looks(5)).hasSize(1);
        assertThat(log.lines()).hasSize(1);

        UUID other = other(serves("typo", "work", false));
        assertThat(looks(1)).isEmpty();
        fixture.memory.deregister(other);

        assertThat(looks(2)).hasSize(1);
        assertThat(log.lines()).hasSize(2);
    }

    @Test
    void reports_a_type_that_all_workers_of_the_queue_leave_to_others() {
        enqueue("mail", OTHER);
        other(serves("mail", "work", true));
        other(serves("default", "other", true));

        assertThat(looks(2))
                .containsExactly("jobs of queue mail and type other have been due since 1970-01-01T00:00:00Z:"
                        + " all running workers of the queue leave the type to others");
        other(serves("mail", "third", false));
        assertThat(looks(1)).as("it fails jobs of unknown types").isEmpty();
    }

    @Test
    void reports_a_type_that_is_left_to_a_worker_that_is_stopping() {
        enqueue("mail", OTHER);
        other(serves("mail", "third", false));
        UUID stopping = other(serves("mail", "other", false));
        assertThat(looks(2)).as("one that knows the type takes it").isEmpty();
        fixture.memory.beat(stopping, LONG, ReadModelFactory.workerLoad(1, true));

        assertThat(looks(2))
                .containsExactly("jobs of queue mail and type other have been due since 1970-01-01T00:00:00Z:"
                        + " all running workers of the queue leave the type to others");
    }

    @Test
    void reports_a_job_whose_time_never_comes_although_its_queue_is_served() {
        Instant far = Instant.parse("9999-12-31T00:00:00Z");
        doReturn(List.of(new LongDueJob("default", "work", far, true)))
                .when(fixture.store)
                .overdue(any());
        assertThat(looks(2))
                .containsExactly("jobs of queue default and type work never run: their run_at, " + far
                        + ", is more than 100 years ahead");
    }

    @Test
    void does_not_report_jobs_that_a_worker_serves_however_long_they_wait() {
        enqueue("default", EngineFixture.TYPE);
        enqueue("default", OTHER);

        assertThat(looks(10)).isEmpty();
    }

    @Test
    void does_not_report_jobs_that_are_not_due_or_only_for_less_than_a_minute() {
        fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x").queue("later").delay(Duration.ofHours(1)));
        looks(2);
        enqueue("typo", EngineFixture.TYPE);
        fixture.passBeating(Duration.ofSeconds(59), engine);
        engine.unserved.run();
        engine.unserved.run();

        assertThat(engine.unserved.troubles()).isEmpty();
        verify(fixture.store, never()).workers();
    }

    @Test
    void a_worker_that_is_dead_or_stopping_serves_nothing() {
        enqueue("mail", EngineFixture.TYPE);
        UUID stopping = other(serves("mail", "work", false));
        assertThat(looks(3)).isEmpty();

        fixture.memory.beat(stopping, LONG, ReadModelFactory.workerLoad(1, true));
        assertThat(looks(2)).hasSize(1);

        UUID dead = other(serves("mail", "work", false));
        assertThat(looks(1)).isEmpty();
        fixture.memory.beat(dead, Duration.ofSeconds(1), WorkerLoad.NONE);
        assertThat(looks(2)).hasSize(1);
    }

    @Test
    void reports_nothing_while_a_worker_that_does_not_say_what_it_serves_is_alive() {
        enqueue("typo", EngineFixture.TYPE);
        UUID older = UUID.randomUUID();
        fixture.memory.register(ReadModelFactory.workerInfo(older, "older", "host", 1), LONG);
        assertThat(looks(3)).isEmpty();

        fixture.memory.deregister(older);
        assertThat(looks(2)).hasSize(1);
    }

    @Test
    void does_not_look_without_a_lease_or_while_the_store_fails() {
        enqueue("typo", EngineFixture.TYPE);
        fixture.pass(EngineFixture.LEASE.multipliedBy(5));
        engine.unserved.run();
        engine.unserved.run();
        verify(fixture.store, never()).overdue(any());
        assertThat(engine.unserved.troubles()).isEmpty();

        doThrow(new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null))
                .when(fixture.store)
                .overdue(any());
        assertThat(looks(3)).isEmpty();
        assertThat(engine.health.troubles()).singleElement().asString().contains("away");
    }

    @Test
    void names_ten_cases_and_how_many_more_there_are() {
        for (int i = 10; i < 25; i++) {
            enqueue("queue-" + i, EngineFixture.TYPE);
        }
        assertThat(looks(2))
                .hasSize(11)
                .contains("and 5 other queues or types have jobs that nobody takes")
                .first()
                .asString()
                .startsWith("jobs of queue queue-10 ");
        assertThat(log.lines()).hasSize(15);
    }
}
