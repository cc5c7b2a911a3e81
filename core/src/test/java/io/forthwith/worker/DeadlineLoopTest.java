package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.Processor;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time limits and stuck threads, on a clock that is moved by hand; the job itself runs on a thread of its own. */
class DeadlineLoopTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<String> undone = new ArrayList<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final EngineFixture fixture =
            new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, new Stubborn()));
    private final DeadlineLoop deadlines = fixture.engine.deadlines;

    /** Swallows interrupts until it is released, then returns. */
    private final class Stubborn implements Processor {
        @Override
        public Object process(JobContext job) {
            job.onFailure(() -> undone.add("undone"));
            started.countDown();
            while (true) {
                try {
                    release.await();
                    return "done";
                } catch (InterruptedException stubborn) {
                    // What this test is about.
                }
            }
        }

        @Override
        public Duration timeLimit() {
            return LIMIT;
        }
    }

    @AfterEach
    void letGo() {
        release.countDown();
        thread.shutdown();
    }

    @Test
    void looks_again_when_the_first_job_can_be_due() throws Exception {
        start();
        assertThat(deadlines.step()).isEqualTo(LIMIT);

        fixture.pass(Duration.ofSeconds(4));
        assertThat(deadlines.step()).isEqualTo(Duration.ofSeconds(6));
    }

    @Test
    void fails_at_the_limit_refuses_the_late_result_and_undoes_it() throws Exception {
        UUID id = start();
        fixture.pass(LIMIT);

        deadlines.step();
        fixture.engine.settling.step();

        assertThat(fixture.job(id).errorCode()).isEqualTo("time_limit");
        assertThat(undone).isEmpty();
        finish();
        fixture.engine.settling.step();
        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(undone).containsExactly("undone");
        assertThat(fixture.engine.counts.refusedSoFar()).isEqualTo(1);
    }

    @Test
    void a_job_that_has_just_succeeded_is_neither_failed_nor_undone() throws Exception {
        UUID id = start();
        RunningJob run = fixture.engine.slots.running().iterator().next();
        fixture.engine.runner.settle(run, new Outcome.Succeeded("\"done\""));
        fixture.pass(LIMIT);

        deadlines.step();
        fixture.engine.settling.step();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(undone).isEmpty();
        assertThat(fixture.engine.slots.zombies()).isZero();
    }

    @Test
    void a_thread_that_does_not_yield_loses_its_slot_after_a_little_patience() throws Exception {
        start();
        fixture.pass(LIMIT);
        deadlines.step();
        assertThat(fixture.engine.slots.zombies()).isZero();

        fixture.pass(Duration.ofSeconds(1));
        deadlines.step();

        assertThat(fixture.engine.slots.zombies()).isEqualTo(1);
        assertThat(fixture.engine.slots.free()).isEqualTo(1);
        assertThat(fixture.engine.slots.serving().count()).isZero();
        finish();
        assertThat(fixture.engine.slots.zombies()).isZero();
        assertThat(fixture.engine.slots.free()).isEqualTo(1);
    }

    @Test
    void a_cancelled_job_is_settled_after_five_seconds_whatever_its_thread_does() throws Exception {
        UUID id = start();
        assertThat(fixture.memory.cancel(id, Locale.ENGLISH)).isEqualTo(CancelResult.REQUESTED);
        fixture.engine.leasing.step();
        assertThat(deadlines.step()).isEqualTo(Duration.ofSeconds(5));

        fixture.pass(Duration.ofSeconds(5));
        deadlines.step();
        fixture.engine.settling.step();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    void the_thread_of_a_cancelled_job_that_does_not_yield_loses_its_slot_after_a_little_patience() throws Exception {
        UUID id = start();
        fixture.memory.cancel(id, Locale.ENGLISH);
        fixture.engine.cancelling.requested(Claim.of(fixture.job(id)));
        fixture.pass(Duration.ofSeconds(5));
        deadlines.step();
        assertThat(fixture.engine.slots.zombies()).isZero();

        fixture.pass(Duration.ofSeconds(1));
        deadlines.step();
        fixture.engine.settling.step();

        assertThat(fixture.job(id).status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture.engine.slots.zombies()).isEqualTo(1);
        assertThat(fixture.engine.slots.free()).isEqualTo(1);
        finish();
        assertThat(fixture.engine.slots.zombies()).isZero();
        assertThat(undone).containsExactly("undone");
    }

    @Test
    void the_slot_of_a_job_whose_lease_was_lost_is_not_lost_with_it() throws Exception {
        start();
        fixture.memory.deregister(fixture.engine.lease.workerId());
        fixture.engine.leasing.step();
        assertThat(fixture.engine.held.size()).isZero();

        deadlines.step();
        fixture.pass(Duration.ofSeconds(1));
        deadlines.step();

        assertThat(fixture.engine.slots.free()).isEqualTo(1);
    }

    private Future<?> running;

    private UUID start() throws InterruptedException {
        UUID id = fixture.enqueue();
        fixture.engine.leasing.register();
        fixture.engine.claiming.step();
        running = thread.submit(fixture.tasks.remove());
        started.await();
        return id;
    }

    private void finish() throws ExecutionException, InterruptedException {
        release.countDown();
        running.get();
    }
}
