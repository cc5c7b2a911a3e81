package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.atLeast;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.event.JobEvent;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.WorkerBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

class ClaimLoopTest {
    private static final Duration POLL = WorkerBuilder.DEFAULT_POLL_INTERVAL;
    private static final Duration JITTERED_POLL = POLL.multipliedBy(5).dividedBy(4);

    private final EngineFixture fixture =
            new EngineFixture(4, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> null));
    private final ClaimLoop claiming = fixture.engine.claiming;

    @Test
    void claims_as_many_jobs_as_can_start_now() {
        enqueue(10);
        fixture.engine.leasing.register();

        claiming.run();
        claiming.run();

        assertThat(processing()).isEqualTo(4);
        assertThat(fixture.tasks).hasSize(4);
    }

    @Test
    void claims_in_advance_for_jobs_that_will_end_before_the_answer() {
        enqueue(2_000);
        fixture.engine.leasing.register();
        for (int round = 0; round < 20; round++) {
            claiming.run();
            fixture.runTasks();
            fixture.pass(Duration.ofMillis(10));
            fixture.engine.settling.run();
        }

        // Four jobs in 10 ms are 400 a second, and 20 in the window of 50 ms.
        ArgumentCaptor<ClaimRequest> asked = ArgumentCaptor.captor();
        verify(fixture.store, atLeast(20)).claim(asked.capture());
        assertThat(asked.getAllValues().get(0).atMost()).isEqualTo(4);
        assertThat(asked.getAllValues())
                .last()
                .satisfies(last -> assertThat(last.atMost()).isBetween(20, ClaimRequest.MOST_JOBS));
    }

    @Test
    void looks_again_when_a_job_ends_if_the_last_claim_has_filled_all_slots() {
        enqueue(4);
        claimAndRun();

        assertThat(isWoken()).isTrue();
    }

    @Test
    void does_not_look_again_when_a_job_ends_if_the_last_claim_has_left_slots_free() {
        enqueue(3);
        claimAndRun();

        assertThat(isWoken()).isFalse();
    }

    @Test
    void does_not_look_again_if_a_job_ends_during_a_claim_that_leaves_slots_free() {
        enqueueAndEndDuringTheNextClaim(1);

        assertThat(isWoken()).isFalse();
    }

    @Test
    void looks_again_if_a_job_ends_during_a_claim_that_fills_all_slots() {
        enqueueAndEndDuringTheNextClaim(100);

        assertThat(isWoken()).isTrue();
    }

    /** The thread of the job may go on late, after its settlement has let another job start. */
    private void enqueueAndEndDuringTheNextClaim(int jobs) {
        enqueue(1);
        fixture.engine.leasing.register();
        claiming.run();
        enqueue(jobs);
        doAnswer(call -> {
                    fixture.runTasks();
                    return fixture.memory.claim(call.getArgument(0));
                })
                .when(fixture.store)
                .claim(any());
        isWoken();
        claiming.run();
    }

    @Test
    void looks_again_when_a_job_ends_if_the_store_does_not_tell_of_others() {
        doReturn(false).when(fixture.store).hearsOthers();
        enqueue(3);
        claimAndRun();

        assertThat(isWoken()).isTrue();
    }

    @Test
    void looks_again_when_a_job_ends_if_the_claim_after_the_one_that_left_slots_free_did_not_ask() {
        enqueue(3);
        fixture.engine.leasing.register();
        claiming.run();
        enqueue(1);
        claiming.run();
        claiming.run();
        fixture.runTasks();

        assertThat(isWoken()).isTrue();
    }

    private void claimAndRun() {
        fixture.engine.leasing.register();
        claiming.run();
        isWoken();
        fixture.runTasks();
    }

    private boolean isWoken() {
        return fixture.engine.claimSignal.await(0, () -> 0);
    }

    @Test
    void gives_back_jobs_that_waited_too_long_for_a_slot_and_the_attempt_does_not_count() {
        UUID waiting = fixture.enqueue();
        fixture.engine.leasing.register();
        claiming.run();
        assertThat(fixture.job(waiting).status()).isEqualTo(JobStatus.PROCESSING);

        fixture.pass(Duration.ofMillis(501));
        claiming.run();
        fixture.engine.settling.run();

        assertThat(fixture.job(waiting).status()).isEqualTo(JobStatus.PENDING);
        assertThat(fixture.job(waiting).attempt()).isZero();
        assertThat(fixture.job(waiting).claim()).isEqualTo(1);
        fixture.runTasks();
        assertThat(fixture.events()).noneMatch(JobEvent.Started.class::isInstance);
    }

    @Test
    void gives_back_buffered_jobs_in_time_also_when_it_was_woken_in_between() {
        fixture.enqueue();
        fixture.engine.leasing.register();
        claiming.run();

        fixture.pass(Duration.ofMillis(300));

        assertThat(claiming.run()).isBetween(Duration.ofMillis(200), Duration.ofMillis(201));
    }

    @Test
    void gives_back_buffered_jobs_in_time_also_while_claims_fail() {
        UUID waiting = fixture.enqueue();
        fixture.engine.leasing.register();
        claiming.run();
        doThrow(new JobStoreException(JobStoreException.Kind.TRANSIENT, "slow", null))
                .when(fixture.store)
                .claim(any());

        Duration passed = Duration.ZERO;
        while (passed.toMillis() < 500) {
            Duration pause = claiming.run();
            passed = passed.plus(pause);
            fixture.pass(pause);
        }
        claiming.run();
        fixture.engine.settling.run();

        assertThat(passed.toMillis()).isLessThanOrEqualTo(501);
        assertThat(fixture.job(waiting).status()).isEqualTo(JobStatus.PENDING);
    }

    @Test
    void does_not_claim_under_a_lease_that_may_have_lapsed() {
        enqueue(1);
        fixture.engine.leasing.register();
        fixture.pass(EngineFixture.LEASE);

        claiming.run();

        verify(fixture.store, never()).claim(any());
    }

    @Test
    void gives_back_jobs_that_were_claimed_by_a_call_whose_answer_was_lost() {
        enqueue(3);
        fixture.engine.leasing.register();
        doAnswer(call -> {
                    fixture.memory.claim(call.getArgument(0));
                    throw new JobStoreException(JobStoreException.Kind.UNKNOWN_OUTCOME, "no answer", null);
                })
                .doAnswer(call -> fixture.memory.claim(call.getArgument(0)))
                .when(fixture.store)
                .claim(any());

        fixture.pass(claiming.run());
        assertThat(processing()).isEqualTo(3);
        claiming.run();
        fixture.engine.settling.run();
        claiming.run();
        fixture.runTasks();
        fixture.engine.settling.run();

        assertThat(fixture.jobs.scan(JobQuery.all())).allSatisfy(job -> {
            assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(job.attempt()).isEqualTo(1);
            assertThat(job.claim()).isEqualTo(2);
        });
    }

    @Test
    void finds_unknown_claims_within_a_minute() {
        enqueue(1);
        fixture.engine.leasing.register();
        fixture.memory.claim(new ClaimRequest(fixture.engine.lease.workerId(), List.of("default"), 1, Set.of(), 3));

        fixture.passBeating(Duration.ofSeconds(61), fixture.engine);
        claiming.run();
        fixture.engine.settling.run();

        assertThat(processing()).isZero();
    }

    @Test
    void backs_off_while_the_store_fails_and_logs_it_once() {
        fixture.engine.leasing.register();
        doAnswer(call -> {
                    throw new JobStoreException(JobStoreException.Kind.TRANSIENT, "connection refused", null);
                })
                .when(fixture.store)
                .claim(any());

        try (LogCapture log = new LogCapture()) {
            Duration last = Duration.ZERO;
            for (int i = 0; i < 30; i++) {
                last = claiming.run();
                assertThat(last).isLessThan(Duration.ofSeconds(7));
                assertThat(claiming.run()).as("woken early").isEqualTo(last);
                fixture.pass(last);
                fixture.engine.leasing.run();
            }
            verify(fixture.store, times(30)).claim(any());
            assertThat(last).isGreaterThan(Duration.ofSeconds(3));
            assertThat(log.lines()).hasSize(1).first().asString().contains("connection refused");

            doAnswer(call -> List.of()).when(fixture.store).claim(any());
            claiming.run();
            claiming.run();
            assertThat(log.lines()).hasSize(2).last().asString().contains("answers again");
        }
    }

    @Test
    void gives_back_an_unknown_claim_once_even_if_the_store_is_slow() {
        enqueue(2);
        fixture.engine.leasing.register();
        doAnswer(call -> {
                    fixture.memory.claim(call.getArgument(0));
                    throw new JobStoreException(JobStoreException.Kind.UNKNOWN_OUTCOME, "no answer", null);
                })
                .when(fixture.store)
                .claim(any());

        fixture.pass(claiming.run());
        fixture.pass(claiming.run());
        fixture.pass(claiming.run());

        assertThat(fixture.engine.settling.unsettled().count()).isEqualTo(2);
    }

    @Test
    void gives_back_jobs_that_were_claimed_while_the_worker_closed() {
        enqueue(2);
        fixture.engine.leasing.register();
        fixture.engine.slots.close();

        claiming.run();
        fixture.engine.settling.run();

        assertThat(processing()).isZero();
        assertThat(fixture.tasks).isEmpty();
    }

    @Test
    void claims_again_when_a_postponed_job_is_due_not_at_the_next_poll() {
        EngineFixture postponing = new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> {
            throw new NotReadyException(Duration.ofMillis(30), "not yet");
        }));
        postponing.enqueue();
        postponing.engine.leasing.register();
        postponing.engine.claiming.run();
        postponing.runTasks();
        postponing.engine.settling.run();

        assertThat(postponing.engine.claiming.run()).isEqualTo(Duration.ofMillis(30));
    }

    @Test
    void without_notifications_polls_soon_after_finding_jobs_and_then_less_often() {
        doReturn(false).when(fixture.store).hearsOthers();
        fixture.engine.leasing.register();
        assertThat(claiming.run())
                .as("nothing found yet")
                .isBetween(POLL.multipliedBy(3).dividedBy(4), JITTERED_POLL);
        enqueue(1);
        Duration last = claiming.run();
        assertThat(last).isLessThan(Duration.ofMillis(50));
        fixture.runTasks();

        int looks = 0;
        for (Duration idle = Duration.ZERO; idle.compareTo(Duration.ofSeconds(5)) < 0; idle = idle.plus(last)) {
            fixture.passBeating(last, fixture.engine);
            claiming.run();
            last = claiming.run();
            looks++;
        }

        assertThat(last).as("back at the poll interval").isGreaterThan(POLL.dividedBy(2));
        assertThat(looks).as("looks in 5 s").isBetween(8, 14);
    }

    @Test
    void with_notifications_polls_at_the_poll_interval() {
        enqueue(1);
        fixture.engine.leasing.register();
        claiming.run();
        fixture.runTasks();

        assertThat(claiming.run()).isBetween(POLL.multipliedBy(3).dividedBy(4), JITTERED_POLL);
    }

    @Test
    void claims_the_next_job_at_its_last_try_as_soon_as_the_one_before_has_ended() {
        enqueue(2);
        TakeOverRequest takeOver = new TakeOverRequest(ClaimRequest.LOST_WORKERS_CAP, Duration.ZERO, Locale.ENGLISH);
        for (int lost = 1; lost < ClaimRequest.LOST_WORKERS_CAP; lost++) {
            UUID dying = UUID.randomUUID();
            fixture.memory.register(ReadModelFactory.workerInfo(dying, "dying", "host", 1), EngineFixture.LEASE);
            fixture.memory.claim(
                    new ClaimRequest(dying, List.of(NewJob.DEFAULT_QUEUE), 2, Set.of(), ClaimRequest.LOST_WORKERS_CAP));
            fixture.pass(EngineFixture.LEASE);
            fixture.memory.takeOver(takeOver);
        }
        fixture.engine.leasing.register();
        claiming.run();
        fixture.runTasks();
        claiming.run();
        assertThat(processing()).as("the first, not settled yet").isEqualTo(1);
        fixture.engine.claimSignal.await(Long.MIN_VALUE, () -> 0);

        fixture.engine.settling.run();

        assertThat(fixture.engine.claimSignal.await(Long.MIN_VALUE, () -> 0)).isTrue();
        claiming.run();
        assertThat(processing()).as("the second").isEqualTo(1);
    }

    @Test
    void goes_on_as_soon_as_fewer_jobs_wait_to_be_settled() {
        enqueue(5_100);
        fixture.engine.leasing.register();
        do {
            claiming.run();
            fixture.runTasks();
            fixture.pass(Duration.ofMillis(10));
        } while (claiming.lastClaimed() > 0);
        assertThat(fixture.engine.held.size()).isEqualTo(5_004);
        fixture.engine.claimSignal.await(Long.MIN_VALUE, () -> 0);

        while (fixture.engine.settling.unsettled().count() > 0) {
            fixture.engine.settling.run();
        }

        assertThat(fixture.engine.claimSignal.await(Long.MIN_VALUE, () -> 0))
                .as("woken")
                .isTrue();
    }

    private void enqueue(int count) {
        for (int i = 0; i < count; i++) {
            fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x"));
        }
    }

    private long processing() {
        return fixture.jobs.countByScan(JobQuery.all().status(JobStatus.PROCESSING));
    }
}
