package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.internal.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What ends one job of a batch, or all of them, before the call returns. */
@Timeout(180)
@DisplayName("During the call of a batch")
class BatchEndsTest extends BatchScene {
    private static final Duration MOMENT = Duration.ofMillis(1);

    private List<JobStatus> statuses(List<UUID> ids) {
        return ids.stream().map(id -> fixture.job(id).status()).toList();
    }

    /** Cancels a job; the next heartbeat brings it to the worker. */
    private void cancel(UUID id) {
        fixture.jobs.cancel(id);
        engine.leasing.run();
    }

    @Test
    void a_job_can_be_cancelled_without_the_others() {
        List<UUID> ids = enqueue(3);
        work = jobs -> {
            cancel(ids.get(1));
            assertThat(jobs).extracting(job -> job.context().isCancelled()).containsExactly(false, true, false);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            jobs.forEach(BatchJob::complete);
        };

        fixture.runDue();

        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED, JobStatus.CANCELLED, JobStatus.COMPLETED);
    }

    @Test
    void the_thread_is_interrupted_when_the_last_job_is_cancelled() {
        List<UUID> ids = enqueue(2);
        work = jobs -> {
            cancel(ids.get(0));
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            cancel(ids.get(1));
            new CountDownLatch(1).await();
        };

        fixture.runDue();

        assertThat(statuses(ids)).containsOnly(JobStatus.CANCELLED);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void a_cancelled_job_is_settled_after_a_while_though_the_call_goes_on() {
        List<UUID> ids = enqueue(2);
        work = jobs -> {
            cancel(ids.get(0));
            fixture.pass(Duration.ofSeconds(5));
            engine.deadlines.run();
            fixture.settleAll();
            assertThat(statuses(ids)).containsExactly(JobStatus.CANCELLED, JobStatus.PROCESSING);
            fixture.pass(Duration.ofSeconds(2));
            engine.deadlines.run();
            assertThat(engine.slots.zombies()).isZero();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            jobs.forEach(BatchJob::complete);
        };

        fixture.runDue();

        assertThat(statuses(ids)).containsExactly(JobStatus.CANCELLED, JobStatus.COMPLETED);
        assertThat(engine.slots.free()).isOne();
    }

    @Test
    void a_job_fails_at_its_own_time_limit_and_the_others_go_on() {
        UUID quick = fixture.jobs
                .enqueue(NewJob.of(MAIL, 1).timeLimit(Duration.ofSeconds(1)))
                .id();
        UUID slow = fixture.jobs.enqueue(NewJob.of(MAIL, 2)).id();
        work = jobs -> {
            fixture.pass(Duration.ofSeconds(1));
            engine.deadlines.run();
            fixture.settleAll();
            assertThat(fixture.job(quick).errorCode()).isEqualTo("time_limit");
            assertThat(fixture.job(slow).status()).isEqualTo(JobStatus.PROCESSING);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            jobs.forEach(BatchJob::complete);
        };

        fixture.runDue();

        assertThat(statuses(List.of(quick, slow))).containsExactly(JobStatus.FAILED, JobStatus.COMPLETED);
        assertThat(engine.counts.refusedSoFar()).isOne();
    }

    @Test
    void the_thread_is_interrupted_when_the_last_time_limit_has_passed_and_loses_its_slot_if_it_does_not_return() {
        UUID first = fixture.jobs
                .enqueue(NewJob.of(MAIL, 1).timeLimit(Duration.ofSeconds(1)))
                .id();
        UUID last = fixture.jobs
                .enqueue(NewJob.of(MAIL, 2).timeLimit(Duration.ofSeconds(3)))
                .id();
        work = jobs -> {
            fixture.pass(Duration.ofSeconds(2));
            engine.deadlines.run();
            fixture.pass(Duration.ofSeconds(1));
            engine.deadlines.run();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(engine.slots.free()).isZero();
            fixture.pass(Duration.ofSeconds(2));
            engine.deadlines.run();
            assertThat(engine.slots.zombies()).isOne();
            assertThat(engine.slots.free()).isOne();
        };

        fixture.runDue();

        assertThat(statuses(List.of(first, last))).containsOnly(JobStatus.FAILED);
        assertThat(engine.slots.zombies()).isZero();
        assertThat(engine.slots.free()).isOne();
    }

    @Test
    void what_is_done_after_the_lease_was_lost_counts_for_no_job() {
        List<UUID> ids = enqueue(2);
        Engine second = fixture.engineOf("second", 1, registry);
        second.leasing.register();
        work = jobs -> {
            fixture.passBeating(EngineFixture.LEASE.multipliedBy(2), second);
            second.takingOver.run();
            engine.leasing.run();
            assertThat(jobs)
                    .allSatisfy(job -> assertThat(job.context().isLeaseLost()).isTrue());
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            jobs.forEach(BatchJob::complete);
        };
        engine.claiming.run();
        fixture.runTasks();
        engine.settling.run();

        assertThat(statuses(ids)).containsOnly(JobStatus.PENDING);
        assertThat(fixture.events().stream().filter(JobEvent.Refused.class::isInstance))
                .hasSize(2);
    }

    @Test
    void the_lease_of_all_its_jobs_is_renewed() {
        List<UUID> ids = enqueue(100);
        Engine second = fixture.engineOf("second", 1, registry);
        second.leasing.register();
        work = jobs -> {
            fixture.passBeating(EngineFixture.LEASE.multipliedBy(3), engine, second);
            second.takingOver.run();
            jobs.forEach(BatchJob::complete);
        };

        fixture.runDue();

        assertThat(statuses(ids)).hasSize(100).containsOnly(JobStatus.COMPLETED);
    }

    /** Workers die during the call: their tasks never run. */
    @Test
    void that_killed_two_workers_each_job_runs_in_a_call_of_its_own() {
        List<UUID> ids = enqueue(3);
        engine.claiming.run();
        fixture.tasks.clear();
        assertThat(statuses(ids)).containsOnly(JobStatus.PROCESSING);
        Engine second = fixture.engineOf("second", 1, registry);
        takeOver(second);
        second.claiming.run();
        fixture.tasks.clear();
        assertThat(ids)
                .allSatisfy(id -> assertThat(fixture.job(id).lostWorkers()).isOne());

        Engine third = fixture.engineOf("third", 5, registry);
        takeOver(third);
        fixture.jobs.enqueue(NewJob.of(MAIL, 10));
        fixture.jobs.enqueue(NewJob.of(MAIL, 11));
        for (int i = 0; i < 3; i++) {
            third.claiming.run();
            fixture.runTasks();
            third.settling.run();
        }

        assertThat(calls).containsExactlyInAnyOrder(List.of(0), List.of(1), List.of(2), List.of(10, 11));
        assertThat(statuses(ids)).containsOnly(JobStatus.COMPLETED);
    }

    private void takeOver(Engine next) {
        next.leasing.register();
        fixture.passBeating(EngineFixture.LEASE.multipliedBy(2), next);
        next.takingOver.run();
        fixture.passBeating(Duration.ofSeconds(2), next);
    }

    @Test
    void a_worker_that_stops_gives_back_what_has_no_answer() throws InterruptedException {
        InMemoryJobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        CountDownLatch started = new CountDownLatch(1);
        List<UUID> ids = List.of(
                jobs.enqueue(NewJob.of(MAIL, 1)).id(),
                jobs.enqueue(NewJob.of(MAIL, 2)).id(),
                jobs.enqueue(NewJob.of(MAIL, 3)).id());
        Worker worker = Worker.of(store, ProcessorRegistry.of().with(BatchProcessor.of(MAIL, 3, batch -> {
                    batch.get(0).complete("sent");
                    started.countDown();
                    new CountDownLatch(1).await();
                })))
                .concurrency(1)
                .gracePeriod(MOMENT)
                .start();
        started.await();

        worker.close();

        assertThat(ids.stream().map(id -> store.find(id).orElseThrow().status()))
                .containsExactly(JobStatus.COMPLETED, JobStatus.PENDING, JobStatus.PENDING);
        assertThat(store.find(ids.get(1)).orElseThrow().attempt()).isZero();
    }

    @Test
    void an_interrupt_waits_for_the_undo_actions_after_it() {
        List<UUID> ids = enqueue(2);
        List<Boolean> interrupted = new ArrayList<>();
        work = jobs -> {
            jobs.get(0).context().onFailure(() -> {
                ids.forEach(this::cancel);
                interrupted.add(Thread.currentThread().isInterrupted());
            });
            jobs.get(1).complete();
        };

        fixture.runDue();

        assertThat(interrupted).containsExactly(false);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void that_is_cancelled_before_it_begins_a_job_is_left_out() {
        List<UUID> ids = enqueue(3);
        engine.claiming.run();
        cancel(ids.get(1));

        fixture.runTasks();
        fixture.settleAll();

        assertThat(calls).containsExactly(List.of(0, 2));
        assertThat(statuses(ids)).containsExactly(JobStatus.COMPLETED, JobStatus.CANCELLED, JobStatus.COMPLETED);
    }

    @Test
    void nothing_begins_without_a_good_lease() {
        List<UUID> ids = enqueue(3);
        engine.claiming.run();
        fixture.pass(EngineFixture.LEASE);

        fixture.runTasks();
        fixture.settleAll();

        assertThat(calls).isEmpty();
        assertThat(statuses(ids)).containsOnly(JobStatus.PENDING);
    }

    @Test
    void its_jobs_count_as_one_so_that_the_worker_does_not_look_busy() {
        List<Integer> loads = new ArrayList<>();
        work = jobs -> {
            engine.leasing.run();
            loads.add(fixture.memory.workers().get(0).load().running());
            jobs.forEach(BatchJob::complete);
        };
        enqueue(7);

        fixture.runDue();

        assertThat(calls).containsExactly(List.of(0, 1, 2, 3, 4, 5, 6));
        assertThat(loads).containsExactly(1);
    }
}
