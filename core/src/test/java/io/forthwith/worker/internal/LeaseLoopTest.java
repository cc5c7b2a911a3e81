package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.store.Claim;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.attempt.RunningJob;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Heartbeats, take-over, and a worker that was declared dead. */
class LeaseLoopTest {
    private final ProcessorRegistry registry = ProcessorRegistry.of().with(EngineFixture.TYPE, job -> null);
    private final EngineFixture fixture = new EngineFixture(10, registry);
    private final Engine first = fixture.engine;
    private final Engine second = fixture.engineOf("second", 10, registry);

    @Test
    void sends_a_heartbeat_every_quarter_of_the_lease() {
        first.leasing.register();

        assertThat(first.leasing.run()).isEqualTo(EngineFixture.LEASE.dividedBy(4));
    }

    @Test
    void takes_over_nothing_from_a_worker_that_sends_heartbeats() {
        hold(3);
        second.leasing.register();

        fixture.passBeating(EngineFixture.LEASE.multipliedBy(3), first, second);
        second.takingOver.run();

        verify(fixture.store, times(1)).takeOver(any());
        assertThat(processing()).isEqualTo(3);
    }

    @Test
    void jobs_of_a_silent_worker_run_elsewhere_and_its_late_results_are_refused() {
        UUID id = hold(1);
        second.leasing.register();
        fixture.passBeating(EngineFixture.LEASE.multipliedBy(2), second);

        second.takingOver.run();
        fixture.pass(Duration.ofSeconds(2));
        second.leasing.run();
        second.claiming.run();
        assertThat(fixture.job(id).workerId()).isEqualTo(second.lease.workerId());
        assertThat(fixture.job(id).claim()).isEqualTo(3);
        assertThat(fixture.job(id).attempt()).isEqualTo(1);
        assertThat(fixture.job(id).lostWorkers()).isEqualTo(1);

        fixture.tasks.removeLast();
        fixture.runTasks();
        first.settling.run();
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.PROCESSING);
        assertThat(first.counts.refusedSoFar()).isEqualTo(1);
    }

    @Test
    void a_buffered_job_is_given_back_without_a_good_lease() {
        AtomicInteger begun = new AtomicInteger();
        Engine paused = fixture.engineOf(
                "paused", 1, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> begun.incrementAndGet()));
        paused.leasing.register();
        UUID id = fixture.enqueue();
        paused.claiming.run();
        fixture.pass(EngineFixture.LEASE);

        fixture.runTasks();
        paused.settling.run();

        assertThat(begun.get()).isZero();
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(fixture.job(id).attempt()).isZero();
    }

    @Test
    void a_worker_declared_dead_interrupts_and_forgets_its_jobs_and_goes_on_under_a_new_id() {
        RunningJob run = first.held.get(Claim.of(fixture.job(hold(2))));
        UUID before = first.lease.workerId();
        fixture.pass(EngineFixture.LEASE.plusSeconds(1));
        fixture.memory.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));

        try (LogCapture log = new LogCapture()) {
            first.leasing.run();
            assertThat(log.lines()).anyMatch(line -> line.contains("was declared dead"));
        }
        assertThat(run.isLeaseLost()).isTrue();
        assertThat(first.held.size()).isZero();

        first.leasing.run();
        assertThat(first.lease.workerId()).isNotNull().isNotEqualTo(before);
        first.claiming.run();
        assertThat(processing()).isEqualTo(2);
    }

    @Test
    void a_lapsed_lease_without_take_over_is_renewed() {
        UUID id = hold(1);
        fixture.pass(EngineFixture.LEASE.multipliedBy(3));

        first.leasing.run();
        fixture.runTasks();
        first.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void a_worker_takes_over_only_after_a_whole_lease_of_good_heartbeats() {
        hold(1);
        fixture.pass(EngineFixture.LEASE.plusSeconds(1));
        second.leasing.register();

        second.takingOver.run();
        fixture.passBeating(EngineFixture.LEASE.minusSeconds(1), second);
        second.takingOver.run();
        verify(fixture.store, never()).takeOver(any());

        fixture.passBeating(Duration.ofSeconds(1), second);
        second.takingOver.run();
        verify(fixture.store).takeOver(any());
    }

    @Test
    void until_then_it_takes_over_only_from_processes_that_have_ended_and_only_with_a_good_lease() {
        second.takingOver.run();
        verify(fixture.store, never()).takeOverEnded(any());

        second.leasing.register();
        second.takingOver.run();
        verify(fixture.store).takeOverEnded(any());

        fixture.pass(EngineFixture.LEASE);
        second.takingOver.run();
        verify(fixture.store).takeOverEnded(any());
        verify(fixture.store, never()).takeOver(any());
    }

    @Test
    void after_an_outage_the_first_worker_back_does_not_take_over_from_the_others() {
        hold(3);
        second.leasing.register();
        fixture.passBeating(EngineFixture.LEASE.multipliedBy(2), first, second);
        doAnswer(call -> {
                    throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "down", null);
                })
                .when(fixture.store)
                .beat(any(), any(), any());
        fixture.passBeating(EngineFixture.LEASE.multipliedBy(2), first, second);
        doAnswer(call -> fixture.memory.beat(call.getArgument(0), call.getArgument(1), call.getArgument(2)))
                .when(fixture.store)
                .beat(any(), any(), any());

        second.leasing.run();
        second.takingOver.run();
        first.leasing.run();
        fixture.passBeating(EngineFixture.LEASE.multipliedBy(2), first, second);
        second.takingOver.run();

        assertThat(processing()).isEqualTo(3);
        assertThat(first.lease.workerId()).isNotNull();
    }

    private UUID hold(int count) {
        UUID last = null;
        for (int i = 0; i < count; i++) {
            last = fixture.enqueue();
        }
        first.leasing.register();
        first.claiming.run();
        assertThat(processing()).isEqualTo(count);
        return last;
    }

    private long processing() {
        return fixture.jobs.countByScan(JobQuery.all().status(JobStatus.PROCESSING));
    }
}
