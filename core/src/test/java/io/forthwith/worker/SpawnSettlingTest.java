package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Processor;
import io.forthwith.event.JobEvent;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.internal.SettleLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How the children of an attempt are stored, and when they are not. */
class SpawnSettlingTest {
    private static final JobType<String> FILM = JobType.of("film", String.class);
    private static final JobType<String> SHOT = JobType.of("shot", String.class);

    private final List<String> deeds = new ArrayList<>();
    private Processor film = job -> {
        job.onFailure(() -> deeds.add("refunded"));
        job.spawn(NewJob.of(SHOT, "1"), NewJob.of(SHOT, "2"));
        return "script";
    };
    private final EngineFixture fixture = new EngineFixture(
            10,
            ProcessorRegistry.of()
                    .with(FILM, job -> film.process(job))
                    .with(SHOT, job -> deeds.add("shot " + job.input(String.class))));
    private final SettleLoop settling = fixture.engine.settling;
    private final UUID id = fixture.jobs.enqueue(NewJob.of(FILM, "x")).id();

    private void run() {
        fixture.engine.leasing.run();
        fixture.engine.claiming.run();
        isClaimLoopWoken();
        fixture.runTasks();
        fixture.events().clear();
    }

    private List<Job> children() {
        return fixture.jobs.children(id).toList();
    }

    private Job job() {
        return fixture.job(id);
    }

    @Test
    void children_are_added_with_the_settlement_and_not_before() {
        run();
        assertThat(children()).isEmpty();

        settling.run();

        assertThat(job().status()).isEqualTo(JobStatus.WAITING);
        assertThat(children()).extracting(Job::status).containsExactly(JobStatus.PENDING, JobStatus.PENDING);
        assertThat(fixture.engine.held.size()).isZero();
    }

    @Test
    void wakes_the_claim_loop_for_children_and_for_jobs_that_wait_for_them() {
        run();
        assertThat(isClaimLoopWoken()).as("for one more free slot").isFalse();
        settling.run();
        assertThat(isClaimLoopWoken()).as("for the children").isTrue();

        run();
        assertThat(isClaimLoopWoken()).isFalse();
        settling.run();
        assertThat(isClaimLoopWoken())
                .as("for what has waited for the children")
                .isTrue();
    }

    private boolean isClaimLoopWoken() {
        return fixture.engine.claimSignal.await(0, () -> 0);
    }

    @Test
    void notifies_other_workers_of_the_children() {
        run();
        int[] told = {0};
        fixture.memory.onAdded(() -> told[0]++);

        settling.run();

        assertThat(told[0]).isPositive();
    }

    @Test
    void an_attempt_that_does_not_succeed_adds_no_children() {
        Processor spawning = film;
        for (RuntimeException end : List.of(
                JobException.user("no_credits", "Insufficient credits"),
                JobException.retryable("busy").after(Duration.ZERO),
                new NotReadyException(Duration.ZERO, "later"))) {
            film = job -> {
                spawning.process(job);
                throw end;
            };
            run();
            settling.run();

            assertThat(job().status()).isIn(JobStatus.FAILED, JobStatus.PENDING);
            assertThat(fixture.jobs.countByScan(JobQuery.all())).isEqualTo(1);
            fixture.jobs.retry(id);
        }
    }

    @Test
    void a_job_that_exceeds_its_time_limit_adds_no_children() {
        Processor spawning = film;
        film = job -> {
            Object result = spawning.process(job);
            fixture.pass(Processor.DEFAULT_TIME_LIMIT.plusSeconds(1));
            fixture.engine.deadlines.run();
            Thread.interrupted();
            job.spawn(NewJob.of(SHOT, "3"));
            return result;
        };
        run();
        settling.run();

        assertThat(job().errorCode()).isEqualTo("time_limit");
        assertThat(children()).isEmpty();
        assertThat(deeds).containsExactly("refunded");
    }

    @Test
    void a_result_that_cannot_be_stored_drops_the_children() {
        film = job -> {
            job.spawn(NewJob.of(SHOT, "1"));
            return "NUL \0";
        };
        run();
        settling.run();

        assertThat(job().errorCode()).isEqualTo("result_unstorable");
        assertThat(children()).isEmpty();
    }

    @Test
    void a_cancelled_job_adds_no_children() {
        run();
        assertThat(fixture.jobs.cancel(id)).isEqualTo(ActResult.REQUESTED);

        settling.run();
        fixture.runTasks();

        assertThat(job().status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(children()).isEmpty();
        assertThat(deeds).containsExactly("refunded");
    }

    @Test
    void a_lost_worker_leaves_no_children_and_the_next_one_adds_them_once() {
        run();
        fixture.pass(EngineFixture.LEASE.plusSeconds(1));
        fixture.memory.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));

        settling.run();
        fixture.runTasks();

        assertThat(fixture.events()).last().isInstanceOf(JobEvent.Refused.class);
        assertThat(deeds).containsExactly("refunded");
        assertThat(children()).isEmpty();
        fixture.engine.leasing.run();
        run();
        settling.run();
        assertThat(children()).hasSize(2);
    }

    @Test
    void after_a_lost_answer_the_children_are_added_once() {
        run();
        fixture.failSettling(1, JobStoreException.Kind.UNKNOWN_OUTCOME, true);

        try (LogCapture log = new LogCapture()) {
            fixture.settleAll();
            assertThat(log.jobLines()).containsExactly("[Worker] ⏳ Job " + id + " waits for 2 child jobs");
        }
        assertThat(fixture.events()).singleElement().isInstanceOf(JobEvent.Waiting.class);
        assertThat(children()).hasSize(2);
        assertThat(deeds).as("undone").isEmpty();

        fixture.runDue();
        assertThat(job().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(deeds).containsExactly("shot 1", "shot 2");
    }

    @Test
    void a_permanent_refusal_fails_the_job_and_undo_actions_run_once() {
        fixture.refuseToSettle(Settlement.AwaitChildren.class::isInstance);
        run();
        fixture.settleAll();
        fixture.runTasks();

        assertThat(job().errorCode()).isEqualTo("result_unstorable");
        assertThat(children()).isEmpty();
        assertThat(deeds).containsExactly("refunded");
    }

    @Test
    void a_unique_key_in_use_fails_the_job_and_undo_actions_run_once() {
        takeKey();
        try (LogCapture log = new LogCapture()) {
            run();
            fixture.settleAll();
            fixture.runTasks();
            assertThat(log.jobLines())
                    .filteredOn(line -> line.contains(id.toString()))
                    .containsExactly(
                            "[Worker] ▶️  Job " + id + " (film) started",
                            "[Worker] ❌ Job " + id + " failed after 0.00 s: A child job could not be started:"
                                    + " the same work is under way already",
                            "[Worker] 📝 Job " + id + " marked as failed");
        }

        assertThat(job().status()).isEqualTo(JobStatus.FAILED);
        assertThat(job().errorCode()).isEqualTo("unique_key_taken");
        assertThat(job().result()).isNull();
        assertThat(children()).isEmpty();
        assertThat(deeds).containsExactly("refunded");
        assertThat(fixture.jobs.failures(id))
                .singleElement()
                .matches(failure -> failure.code().equals("unique_key_taken"));
        assertThat(fixture.events())
                .last()
                .isInstanceOfSatisfying(
                        JobEvent.Failed.class,
                        failed -> assertThat(failed.error().code()).isEqualTo("unique_key_taken"));
        assertThat(fixture.engine.counts.failedSoFar()).isEqualTo(1);
        assertThat(fixture.engine.held.size()).isZero();
    }

    /** The film spawns a shot whose unique key a job has that is not due. */
    private UUID takeKey() {
        film = job -> {
            job.onFailure(() -> deeds.add("refunded"));
            job.spawn(NewJob.of(SHOT, "1"), NewJob.of(SHOT, "2").uniqueKey("k"));
            return "script";
        };
        return fixture.jobs
                .enqueue(NewJob.of(SHOT, "other").uniqueKey("k").delay(Duration.ofHours(1)))
                .id();
    }

    @Test
    void an_id_in_use_is_a_conflict_too() {
        UUID taken = takeKey();
        film = job -> {
            job.spawn(NewJob.of(SHOT, "1").id(taken));
            return "script";
        };
        run();
        fixture.settleAll();

        assertThat(job().errorCode()).isEqualTo("unique_key_taken");
    }

    @Test
    void a_conflict_does_not_affect_other_jobs_of_its_batch() {
        takeKey();
        UUID other = fixture.jobs.enqueue(NewJob.of(SHOT, "3")).id();
        UUID twin = fixture.jobs.enqueue(NewJob.of(FILM, "x")).id();
        run();
        fixture.settleAll();

        assertThat(fixture.job(other).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job().errorCode()).isEqualTo("unique_key_taken");
        assertThat(fixture.job(twin).errorCode()).isEqualTo("unique_key_taken");
        assertThat(settling.unsettled().count()).isZero();
    }

    @Test
    void a_conflict_whose_answer_is_lost_is_reported_as_a_failure_and_undone_once() {
        takeKey();
        run();
        int[] answersToLose = {2};
        fixture.onSettle(batch -> {
            List<Settled> answers = fixture.memory.settle(batch);
            if (batch.get(0) instanceof Settlement.Fail && answersToLose[0]-- > 0) {
                throw new JobStoreException(JobStoreException.Kind.UNKNOWN_OUTCOME, "no answer", null);
            }
            return answers;
        });
        fixture.settleAll();
        fixture.runTasks();

        assertThat(job().errorCode()).isEqualTo("unique_key_taken");
        assertThat(fixture.events()).last().isInstanceOf(JobEvent.Failed.class);
        assertThat(deeds).containsExactly("refunded");
    }

    @Test
    void a_job_that_is_cancelled_between_the_conflict_and_its_failure_is_cancelled_and_undone_once() {
        takeKey();
        run();
        fixture.onSettle(batch -> {
            List<Settled> answers = fixture.memory.settle(batch);
            if (batch.get(0) instanceof Settlement.AwaitChildren) {
                fixture.jobs.cancel(id);
            }
            return answers;
        });
        fixture.settleAll();
        fixture.runTasks();

        assertThat(job().status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(deeds).containsExactly("refunded");
    }

    @Test
    void a_conflict_is_reported_in_the_language_of_the_job_or_else_of_the_worker() {
        takeKey();
        UUID chinese = fixture.jobs
                .enqueue(NewJob.of(FILM, "x").locale(Locale.CHINESE))
                .id();
        run();
        fixture.settleAll();

        assertThat(job().errorMessage())
                .isEqualTo("A child job could not be started: the same work is under way already");
        assertThat(fixture.job(chinese).errorMessage()).isEqualTo("相同的任务正在进行，无法启动子任务");
    }
}
