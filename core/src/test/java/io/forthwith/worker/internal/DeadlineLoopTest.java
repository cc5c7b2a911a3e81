package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.Processor;
import io.forthwith.Step;
import io.forthwith.store.Claim;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.loop.LoopRound;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time limits and stuck threads, on a clock that the test moves. The job runs on a thread of its own. */
class DeadlineLoopTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final JobType<String> PAYING = JobType.of("paying", String.class);

    private final Semaphore started = new Semaphore(0);
    private volatile CountDownLatch release = new CountDownLatch(1);
    private final List<String> undone = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final EngineFixture fixture =
            new EngineFixture(1, ProcessorRegistry.of(new Paying()).with(EngineFixture.TYPE, new Stubborn()));
    private final DeadlineLoop deadlines = fixture.engine.deadlines;

    /** Ignores interrupts until it is released, then returns. */
    private final class Stubborn implements Processor {
        @Override
        public Object process(JobContext job) {
            job.onFailure(() -> undone.add("undone"));
            awaitRelease();
            return "done";
        }

        @Override
        public Duration timeLimit() {
            return LIMIT;
        }
    }

    /** Fails after a durable step whose undo ignores interrupts until it is released. */
    private final class Paying extends BaseProcessor<String, String> {
        private final Step<String> pay = step("pay", String.class).undo((receipt, key) -> awaitRelease());

        Paying() {
            super(PAYING);
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            job.run(pay, key -> "paid");
            throw JobException.permanent("sold out");
        }

        @Override
        public Duration timeLimit() {
            return LIMIT;
        }
    }

    private void awaitRelease() {
        CountDownLatch mine = release;
        started.release();
        boolean released = false;
        while (!released) {
            try {
                mine.await();
                released = true;
            } catch (InterruptedException stubborn) {
                // The test needs a thread that ignores interrupts.
            }
        }
    }

    @AfterEach
    void letGo() {
        release.countDown();
        threads.shutdown();
    }

    @Test
    void checks_again_when_the_first_time_limit_ends() throws Exception {
        start();
        assertThat(deadlines.run()).isEqualTo(LIMIT);

        fixture.pass(Duration.ofSeconds(4));
        assertThat(deadlines.run()).isEqualTo(Duration.ofSeconds(6));
    }

    @Test
    void has_nothing_to_check_while_nothing_runs() throws Exception {
        assertThat(deadlines.run()).isEqualTo(LoopRound.UNTIL_WOKEN);
        start();
        finish();
        assertThat(deadlines.run()).isEqualTo(LoopRound.UNTIL_WOKEN);
    }

    @Test
    void a_job_that_begins_wakes_it_only_if_its_time_limit_ends_before_the_next_check() throws Exception {
        start();
        assertThat(isWoken()).isTrue();
        deadlines.run();
        finish();
        assertThat(isWoken()).isFalse();

        start();
        assertThat(isWoken()).as("due when it looks anyway").isFalse();
        finish();

        start(NewJob.of(EngineFixture.TYPE, "x").timeLimit(LIMIT.plusMillis(1)));
        assertThat(isWoken()).isFalse();
        finish();

        start(NewJob.of(EngineFixture.TYPE, "x").timeLimit(LIMIT.minusMillis(1)));
        assertThat(isWoken()).isTrue();
    }

    @Test
    void a_job_fails_at_its_own_time_limit() throws Exception {
        UUID id = start(NewJob.of(EngineFixture.TYPE, "x").timeLimit(Duration.ofMillis(2_500)));
        assertThat(deadlines.run()).isEqualTo(Duration.ofMillis(2_500));
        fixture.pass(Duration.ofMillis(2_500));

        deadlines.run();
        fixture.engine.settling.run();

        assertThat(fixture.job(id).errorCode()).isEqualTo("time_limit");
        assertThat(fixture.job(id).errorMessage()).isEqualTo("The job ran longer than its time limit of 2.500 s");
        finish();
        fixture.engine.settling.run();
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(fixture.engine.counts.refusedSoFar()).isEqualTo(1);
    }

    @Test
    void the_jobs_own_limit_may_be_longer_than_that_of_its_type() throws Exception {
        UUID id = start(NewJob.of(EngineFixture.TYPE, "x").timeLimit(LIMIT.multipliedBy(3)));
        fixture.pass(LIMIT.multipliedBy(2));

        assertThat(deadlines.run()).isEqualTo(LIMIT);
        finish();
        fixture.engine.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void an_undo_has_at_least_the_default_limit_and_is_tried_again_after_it() throws Exception {
        for (Duration own : Arrays.asList(null, Duration.ofSeconds(3), Processor.DEFAULT_TIME_LIMIT.multipliedBy(2))) {
            NewJob job = NewJob.of(PAYING, "x");
            UUID id =
                    fixture.jobs.enqueue(own == null ? job : job.timeLimit(own)).id();
            fixture.engine.leasing.register();
            runToTheEnd();
            assertThat(fixture.job(id).status()).isEqualTo(JobStatus.FAILED);
            fixture.engine.claiming.run();
            running = threads.submit(fixture.tasks.remove());
            started.acquire();
            Duration limit =
                    own != null && own.compareTo(Processor.DEFAULT_TIME_LIMIT) > 0 ? own : Processor.DEFAULT_TIME_LIMIT;
            keepLeaseFor(limit.minusMillis(1));
            deadlines.run();
            fixture.engine.settling.run();
            assertThat(fixture.jobs.scan(JobQuery.all().status(JobStatus.PENDING)))
                    .as("given up before %s", limit)
                    .isEmpty();
            fixture.pass(Duration.ofMillis(1));

            deadlines.run();
            fixture.engine.settling.run();

            Job undo =
                    fixture.jobs.scan(JobQuery.all().status(JobStatus.PENDING)).get(0);
            assertThat(undo.undoes()).isEqualTo(id);
            assertThat(undo.errorCode()).isEqualTo("time_limit");
            finish();
            release.countDown();
            fixture.pass(Duration.between(undo.updatedAt(), undo.runAt()).plusMillis(1));
            fixture.engine.leasing.run();
            runToTheEnd();
            assertThat(fixture.job(undo.id()).status()).isEqualTo(JobStatus.COMPLETED);
            release = new CountDownLatch(1);
            started.drainPermits();
        }
    }

    private void keepLeaseFor(Duration time) {
        Duration beat = Duration.ofSeconds(5);
        Duration left = time;
        for (; left.compareTo(beat) > 0; left = left.minus(beat)) {
            fixture.pass(beat);
            fixture.engine.leasing.run();
        }
        fixture.pass(left);
    }

    private void runToTheEnd() {
        fixture.engine.claiming.run();
        fixture.runTasks();
        fixture.engine.settling.run();
    }

    @Test
    void replaces_at_most_as_many_slots_as_there_are() throws Exception {
        for (int stuck = 1; stuck <= 2; stuck++) {
            start();
            fixture.pass(LIMIT);
            deadlines.run();
            fixture.pass(Duration.ofSeconds(1));
            deadlines.run();

            assertThat(fixture.engine.slots.zombies()).isEqualTo(1);
        }
        assertThat(fixture.engine.slots.free()).as("the second keeps its slot").isZero();

        finish();
        Patiently.await().until(() -> fixture.engine.slots.zombies() == 0 && fixture.engine.slots.free() == 1);
    }

    @Test
    void fails_at_the_limit_and_refuses_and_undoes_the_late_result() throws Exception {
        UUID id = start();
        fixture.pass(LIMIT);

        deadlines.run();
        fixture.engine.settling.run();

        assertThat(fixture.job(id).errorCode()).isEqualTo("time_limit");
        assertThat(undone).isEmpty();
        finish();
        fixture.engine.settling.run();
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(undone).containsExactly("undone");
        assertThat(fixture.engine.counts.refusedSoFar()).isEqualTo(1);
    }

    @Test
    void a_job_that_has_just_succeeded_is_neither_failed_nor_undone() throws Exception {
        UUID id = start();
        RunningJob run = fixture.engine.slots.running().iterator().next();
        fixture.engine.runner.settle(run, new AttemptOutcome.Succeeded("\"done\"", SpawnedJobs.NONE));
        fixture.pass(LIMIT);

        deadlines.run();
        fixture.engine.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(undone).isEmpty();
        assertThat(fixture.engine.slots.zombies()).isZero();
    }

    @Test
    void a_thread_that_does_not_return_loses_its_slot_after_a_short_time() throws Exception {
        start();
        fixture.pass(LIMIT);
        deadlines.run();
        assertThat(fixture.engine.slots.zombies()).isZero();

        fixture.pass(Duration.ofSeconds(1));
        deadlines.run();

        assertThat(fixture.engine.slots.zombies()).isEqualTo(1);
        assertThat(fixture.engine.slots.free()).isEqualTo(1);
        assertThat(fixture.engine.threads.inFlight().count()).isZero();
        finish();
        assertThat(fixture.engine.slots.zombies()).isZero();
        assertThat(fixture.engine.slots.free()).isEqualTo(1);
    }

    @Test
    void a_cancelled_job_is_settled_after_five_seconds_whatever_its_thread_does() throws Exception {
        UUID id = start();
        assertThat(fixture.memory.cancel(id, Locale.ENGLISH)).isEqualTo(ActResult.REQUESTED);
        fixture.engine.leasing.run();
        assertThat(deadlines.run()).isEqualTo(Duration.ofSeconds(5));

        fixture.pass(Duration.ofSeconds(5));
        deadlines.run();
        fixture.engine.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    void the_thread_of_a_cancelled_job_that_does_not_return_loses_its_slot_after_a_short_time() throws Exception {
        UUID id = start();
        fixture.memory.cancel(id, Locale.ENGLISH);
        fixture.engine.cancelling.requested(Claim.of(fixture.job(id)));
        fixture.pass(Duration.ofSeconds(5));
        deadlines.run();
        assertThat(fixture.engine.slots.zombies()).isZero();

        fixture.pass(Duration.ofSeconds(1));
        deadlines.run();
        fixture.engine.settling.run();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture.engine.slots.zombies()).isEqualTo(1);
        assertThat(fixture.engine.slots.free()).isEqualTo(1);
        finish();
        assertThat(fixture.engine.slots.zombies()).isZero();
        assertThat(undone).containsExactly("undone");
    }

    @Test
    void a_lost_lease_does_not_cost_the_slot() throws Exception {
        start();
        fixture.memory.deregister(fixture.engine.lease.workerId());
        fixture.engine.leasing.run();
        assertThat(fixture.engine.held.size()).isZero();

        deadlines.run();
        fixture.pass(Duration.ofSeconds(1));
        deadlines.run();

        assertThat(fixture.engine.slots.free()).isEqualTo(1);
    }

    private Future<?> running;

    private UUID start() throws InterruptedException {
        return start(NewJob.of(EngineFixture.TYPE, "x"));
    }

    private UUID start(NewJob job) throws InterruptedException {
        UUID id = fixture.jobs.enqueue(job).id();
        fixture.engine.leasing.register();
        fixture.engine.claiming.run();
        running = threads.submit(fixture.tasks.remove());
        started.acquire();
        return id;
    }

    private boolean isWoken() {
        return fixture.engine.deadlineSignal.await(0, () -> 0);
    }

    private void finish() throws ExecutionException, InterruptedException {
        release.countDown();
        running.get();
        release = new CountDownLatch(1);
    }
}
