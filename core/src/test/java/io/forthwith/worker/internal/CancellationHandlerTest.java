package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.event.JobEvent;
import io.forthwith.store.Claim;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.attempt.RunningJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Hints of cancellations at every moment, on one thread. */
class CancellationHandlerTest {
    private final List<UUID> ran = new ArrayList<>();
    private final EngineFixture fixture =
            new EngineFixture(4, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> ran.add(job.id())));
    private final Engine engine = fixture.engine;

    @Test
    void a_buffered_job_ends_at_once_and_is_never_started() {
        giveHints();
        fixture.pass(Duration.ofSeconds(1));
        UUID id = claimed();

        assertThat(fixture.jobs.cancel(id)).isEqualTo(ActResult.REQUESTED);
        assertThat(engine.slots.buffered()).isZero();
        engine.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.CANCELLED);
        fixture.runTasks();
        assertThat(ran).isEmpty();
        assertThat(fixture.events())
                .singleElement()
                .isInstanceOfSatisfying(
                        JobEvent.Cancelled.class,
                        cancelled -> assertThat(cancelled.took()).isZero());
        assertThat(engine.slots.free()).isEqualTo(4);
        assertThat(engine.held.size()).isZero();
    }

    @Test
    void a_heartbeat_cancels_a_buffered_job() {
        UUID id = claimed();
        fixture.jobs.cancel(id);

        engine.leasing.run();
        engine.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    void a_job_cancelled_before_the_answer_of_its_claim_is_not_run() {
        giveHints();
        cancelWhatIsClaimed();
        UUID id = claimed();

        engine.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.CANCELLED);
        fixture.runTasks();
        assertThat(ran).isEmpty();
    }

    @Test
    void a_heartbeat_that_cancels_before_the_answer_of_the_claim_is_remembered() {
        doAnswer(call -> {
                    List<Job> jobs = fixture.memory.claim(call.getArgument(0));
                    jobs.forEach(job -> fixture.memory.cancel(job.id(), Locale.ENGLISH));
                    engine.leasing.run();
                    return jobs;
                })
                .when(fixture.store)
                .claim(any());
        UUID id = claimed();

        engine.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    void a_hint_after_a_retry_by_hand_does_not_cancel_the_new_attempt() {
        UUID id = claimed();
        Claim cancelled = Claim.of(fixture.job(id));
        fixture.jobs.cancel(id);
        fixture.runTasks();
        engine.settling.run();
        assertThat(fixture.jobs.retry(id)).isEqualTo(ActResult.DONE);
        engine.claiming.run();

        engine.cancelling.requested(cancelled);

        RunningJob run = engine.held.get(Claim.of(fixture.job(id)));
        assertThat(run.isCancelled()).isFalse();
        fixture.runTasks();
        engine.settling.run();
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void a_hint_for_another_workers_claim_does_not_cancel_an_outdated_one() {
        UUID id = claimed();
        Claim mine = Claim.of(fixture.job(id));
        RunningJob run = engine.held.get(mine);

        engine.cancelling.requested(new Claim(id, mine.number() + 1, UUID.randomUUID(), mine.startedAt()));
        engine.cancelling.requested(new Claim(id, mine.number(), UUID.randomUUID(), mine.startedAt()));

        assertThat(run.isCancelled()).isFalse();
        assertThat(engine.slots.buffered()).isEqualTo(1);
    }

    @Test
    void hints_for_ended_jobs_are_not_kept() {
        UUID id = claimed();
        fixture.runTasks();
        engine.settling.run();
        Job ended = fixture.job(id);

        engine.cancelling.requested(Claim.of(ended));
        engine.claiming.run();

        assertThat(isRememberedAsCancelled(ended)).isFalse();
    }

    @Test
    void hints_for_other_workers_are_not_kept() {
        Job job = fixture.job(claimed());
        Job elsewhere = job.toBuilder().workerId(UUID.randomUUID()).build();

        engine.cancelling.requested(Claim.of(elsewhere));

        assertThat(isRememberedAsCancelled(elsewhere)).isFalse();
    }

    private boolean isRememberedAsCancelled(Job job) {
        return engine.held.add(new RunningJob(job, engine.services, Locale.ENGLISH, 0));
    }

    private void giveHints() {
        fixture.memory.onCancelRequested(engine.cancelling::requested);
    }

    private void cancelWhatIsClaimed() {
        doAnswer(call -> {
                    List<Job> jobs = fixture.memory.claim(call.getArgument(0));
                    jobs.forEach(job -> fixture.memory.cancel(job.id(), Locale.ENGLISH));
                    return jobs;
                })
                .when(fixture.store)
                .claim(any());
    }

    private UUID claimed() {
        UUID id = fixture.enqueue();
        engine.leasing.register();
        engine.claiming.run();
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.PROCESSING);
        return id;
    }
}
