package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.event.JobEvent;
import io.forthwith.store.Claim;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a worker does apart from running jobs: purging, progress, the status line. */
class UpkeepTest {
    private final EngineFixture fixture =
            new EngineFixture(3, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> {
                job.progress(30, "a third");
                job.progress(60, "two thirds");
                return null;
            }));

    @Test
    void purges_with_the_documented_defaults_after_its_first_two_minutes() {
        UUID old = run();
        fixture.pass(Duration.ofDays(6));

        Duration first = fixture.engine.purging.run();
        verify(fixture.store, never()).purge(any(), anyInt());
        assertThat(first).isBetween(Duration.ofSeconds(90), Duration.ofSeconds(150));

        fixture.engine.purging.run();
        verify(fixture.store)
                .purge(Retention.DEFAULT.completed(Duration.ofDays(7)).failed(Duration.ofDays(30)), 1_000);
        assertThat(fixture.memory.find(old)).isPresent();

        fixture.pass(Duration.ofDays(2));
        fixture.engine.purging.run();
        assertThat(fixture.memory.find(old)).isEmpty();
    }

    @Test
    void purges_again_at_once_while_there_is_more_and_within_a_second_what_others_have_locked() {
        fixture.engine.purging.run();
        doReturn(new Upkeep(7, Remaining.MORE)).when(fixture.store).purge(any(), anyInt());
        assertThat(fixture.engine.purging.run()).isLessThan(Duration.ofMillis(10));

        doReturn(new Upkeep(7, Remaining.LOCKED)).when(fixture.store).purge(any(), anyInt());
        assertThat(fixture.engine.purging.run()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));

        doReturn(new Upkeep(999, Remaining.NOTHING)).when(fixture.store).purge(any(), anyInt());
        assertThat(fixture.engine.purging.run()).isGreaterThan(Duration.ofSeconds(30));
    }

    @Test
    void fails_jobs_that_nobody_has_started_in_time_a_few_times_a_minute() {
        NewJob late = NewJob.of(EngineFixture.TYPE, "x").queue("nobody").expiresAfter(Duration.ofHours(1));
        fixture.jobs.enqueue(late);
        fixture.engine.expiring.run();
        verify(fixture.store, never()).expire(anyInt(), any());
        fixture.engine.expiring.run();
        assertThat(fixture.memory.find(late.id()).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
        fixture.pass(Duration.ofHours(1));

        assertThat(fixture.engine.expiring.run()).isLessThan(Duration.ofSeconds(1));
        assertThat(fixture.engine.expiring.run()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));

        Job failed = fixture.memory.find(late.id()).orElseThrow();
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorCode()).isEqualTo("expired");
    }

    @Test
    void carries_acts_on_and_looks_for_some_a_few_times_a_minute() {
        UUID ended = fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x")).id();
        fixture.jobs.cancel(ended);
        ActStore acts = fixture.memory.acts().orElseThrow();
        acts.begin(
                new NewAct(UUID.randomUUID(), Deed.retry(), JobQuery.all(), null, null, new Author("ada", null, null)));
        fixture.engine.acting.run();
        assertThat(fixture.memory.find(ended).orElseThrow().status()).isEqualTo(JobStatus.CANCELLED);

        assertThat(fixture.engine.acting.run()).isLessThan(Duration.ofMillis(10));
        assertThat(fixture.memory.find(ended).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
        assertThat(fixture.engine.acting.run()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));

        doReturn(Optional.empty()).when(fixture.store).acts();
        assertThat(fixture.engine.acting.run()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));
    }

    @Test
    void writes_the_latest_progress_of_all_jobs_at_most_twice_a_second() {
        claimThree();
        fixture.engine.slots.running().forEach(run -> run.progress(1));
        fixture.engine.held.get(Claim.of(newest())).progress(10);
        fixture.engine.held.get(Claim.of(newest())).progress(20);

        assertThat(fixture.engine.progress.run()).isEqualTo(Duration.ofMillis(500));
        assertThat(newest().progress().percent()).isEqualTo(20);

        fixture.engine.held.get(Claim.of(newest())).progress(40);
        fixture.pass(Duration.ofMillis(100));
        assertThat(fixture.engine.progress.run()).isEqualTo(Duration.ofMillis(400));
        assertThat(newest().progress().percent()).isEqualTo(20);

        fixture.pass(Duration.ofMillis(400));
        fixture.engine.progress.run();
        assertThat(newest().progress().percent()).isEqualTo(40);
    }

    @Test
    void writes_progress_again_that_the_store_left_out_unless_there_is_newer_progress() {
        claimThree();
        fixture.engine.held.get(Claim.of(newest())).progress(10);
        doAnswer(call -> call.getArgument(0)).when(fixture.store).report(any());
        assertThat(fixture.engine.progress.run()).isEqualTo(Duration.ofMillis(500));
        fixture.engine.held.get(Claim.of(newest())).progress(20);
        fixture.pass(Duration.ofMillis(500));
        fixture.engine.progress.run();
        doAnswer(call -> fixture.memory.report(call.getArgument(0)))
                .when(fixture.store)
                .report(any());

        fixture.pass(Duration.ofMillis(500));
        fixture.engine.progress.run();

        assertThat(newest().progress().percent()).isEqualTo(20);
        fixture.pass(Duration.ofMillis(500));
        fixture.engine.progress.run();
        verify(fixture.store, times(3)).report(any());
    }

    @Test
    void a_look_for_ended_workers_that_finds_none_is_no_sign_that_the_store_answers() {
        fixture.engine.leasing.register();
        doThrow(new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null))
                .when(fixture.store)
                .claim(any());
        fixture.engine.claiming.run();

        fixture.engine.takingOver.run();

        // A store that knows no sign of death answers without a call to its database.
        verify(fixture.store).takeOverEnded(any());
        fixture.engine.claiming.run();
        verify(fixture.store, times(1)).claim(any());
    }

    @Test
    void writes_progress_again_that_the_store_could_not_write() {
        claimThree();
        fixture.engine.held.get(Claim.of(newest())).progress(10);
        doThrow(new JobStoreException(JobStoreException.Kind.TRANSIENT, "away", null))
                .doAnswer(call -> fixture.memory.report(call.getArgument(0)))
                .when(fixture.store)
                .report(any());

        fixture.engine.progress.run();
        fixture.pass(Duration.ofMillis(500));
        fixture.engine.progress.run();

        assertThat(newest().progress().percent()).isEqualTo(10);
    }

    @Test
    void forgets_progress_that_the_store_refuses() {
        claimThree();
        fixture.engine.held.get(Claim.of(newest())).progress(10);
        doThrow(new JobStoreException(JobStoreException.Kind.PERMANENT, "refused", null))
                .when(fixture.store)
                .report(any());

        fixture.engine.progress.run();
        fixture.pass(Duration.ofMillis(500));
        fixture.engine.progress.run();

        verify(fixture.store, times(1)).report(any());
    }

    @Test
    void logs_its_status_every_thirty_seconds_unless_it_is_idle() {
        try (LogCapture log = new LogCapture()) {
            fixture.pass(Duration.ofSeconds(30));
            assertThat(fixture.engine.status.run()).isEqualTo(Duration.ofSeconds(30));
            assertThat(log.lines()).isEmpty();

            claimThree();
            fixture.passBeating(Duration.ofSeconds(30), fixture.engine);
            fixture.engine.status.run();
            assertThat(log.lines())
                    .containsExactly("[Worker] 📊 first: 3 of 3 slots busy, 3 jobs waiting for one, 0 completed,"
                            + " 0 failed and 0 refused in the last 30 s");

            fixture.runTasks();
            fixture.engine.settling.run();
            fixture.pass(Duration.ofSeconds(30));
            fixture.engine.status.run();
            assertThat(log.lines())
                    .last()
                    .asString()
                    .contains("0 of 3 slots busy")
                    .contains("3 completed");
        }
        assertThat(fixture.events()).last().isInstanceOf(JobEvent.Completed.class);
    }

    private void claimThree() {
        for (int i = 0; i < 3; i++) {
            fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x"));
        }
        fixture.engine.leasing.register();
        fixture.engine.claiming.run();
    }

    private Job newest() {
        return fixture.jobs.scan(JobQuery.all().atMost(1)).get(0);
    }

    private UUID run() {
        UUID id = fixture.enqueue();
        fixture.engine.leasing.register();
        fixture.engine.claiming.run();
        fixture.runTasks();
        fixture.engine.settling.run();
        return id;
    }
}
