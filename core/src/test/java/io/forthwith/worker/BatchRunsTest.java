package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Step;
import io.forthwith.event.JobEvent;
import io.forthwith.internal.job.AttemptParts;
import io.forthwith.internal.job.TransactionalCompletion;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** One call for many jobs in a worker without threads: what each of them ends with. */
@DisplayName("A batch")
class BatchRunsTest extends BatchScene {
    private static final JobType<Integer> CHILD = JobType.of("child", Integer.class);

    private JobStatus status(UUID id) {
        return fixture.job(id).status();
    }

    @Test
    void gets_as_many_jobs_as_one_call_may_have_though_the_worker_has_one_slot() {
        enqueue(250);

        fixture.runDue();
        fixture.runDue();
        fixture.runDue();

        assertThat(calls).extracting(List::size).containsExactly(100, 100, 50);
        assertThat(calls.get(0)).startsWith(0, 1, 2).endsWith(99);
        assertThat(engine.held.size()).isZero();
        assertThat(engine.slots.free()).isOne();
    }

    @Test
    void of_one_job_is_a_call_like_any_other() {
        UUID id = enqueue(1).get(0);
        work = jobs -> jobs.get(0).complete("sent");

        fixture.runDue();

        assertThat(fixture.job(id).result()).isEqualTo("\"sent\"");
    }

    @Test
    void ends_each_job_in_its_own_way() {
        List<UUID> ids = enqueue(6);
        work = jobs -> {
            jobs.get(0).complete("sent");
            jobs.get(1).fail(JobException.user("no_address", "No such address"));
            jobs.get(2).fail(new SocketTimeoutException("slow"));
            jobs.get(3).fail(new NotReadyException(Duration.ofHours(1), "waiting for the template"));
            jobs.get(4).complete("a NUL \u0000 in it");
        };

        fixture.runDue();

        assertThat(ids)
                .extracting(this::status)
                .containsExactly(
                        JobStatus.COMPLETED,
                        JobStatus.FAILED,
                        JobStatus.PENDING,
                        JobStatus.PENDING,
                        JobStatus.FAILED,
                        JobStatus.FAILED);
        assertThat(ids)
                .extracting(id -> fixture.job(id).errorCode())
                .containsExactly(null, "no_address", "timeout", null, "result_unstorable", "unexpected");
        assertThat(fixture.job(ids.get(3)).postponements()).isOne();
        assertThat(fixture.job(ids.get(5)).errorMessage()).contains("has given no answer for job " + ids.get(5));
        assertThat(fixture.events().subList(0, 6))
                .allSatisfy(event -> assertThat(event).isInstanceOf(JobEvent.Started.class));
        assertThat(fixture.events().stream().skip(6).map(event -> event.job().id()))
                .containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void that_throws_is_retried_job_by_job_as_often_as_each_may() {
        work = jobs -> {
            throw new SocketTimeoutException("The service is down");
        };
        UUID once = fixture.jobs.enqueue(NewJob.of(MAIL, 1).maxAttempts(1)).id();
        UUID often = fixture.jobs.enqueue(NewJob.of(MAIL, 2)).id();

        fixture.runDue();

        assertThat(calls).containsExactly(List.of(1, 2));
        assertThat(status(once)).isEqualTo(JobStatus.FAILED);
        assertThat(status(often)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture.memory.failures(once)).hasSize(1);
        assertThat(fixture.memory.failures(often)).hasSize(1);

        work = jobs -> jobs.forEach(BatchJob::complete);
        fixture.pass(Duration.ofSeconds(10));
        engine.leasing.run();
        fixture.runDue();
        assertThat(fixture.job(often).attempt()).isEqualTo(2);
        assertThat(status(often)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void that_throws_keeps_the_answers_it_has_given() {
        List<UUID> ids = enqueue(3);
        work = jobs -> {
            jobs.get(1).complete("sent");
            throw new IOException("then it broke");
        };

        fixture.runDue();

        assertThat(ids)
                .extracting(this::status)
                .containsExactly(JobStatus.FAILED, JobStatus.COMPLETED, JobStatus.FAILED);
    }

    @Test
    void fails_a_job_of_bad_input_without_the_others() {
        List<UUID> ids = enqueue(2);
        UUID bad = fixture.jobs
                .enqueue(NewJob.of(JobType.of("mail", String.class), "no number"))
                .id();

        fixture.runDue();

        assertThat(calls).containsExactly(List.of(0, 1));
        assertThat(fixture.job(bad).errorCode()).isEqualTo("undecodable_input");
        assertThat(ids).extracting(this::status).containsOnly(JobStatus.COMPLETED);
    }

    @Test
    void has_the_attempt_the_progress_and_the_claim_of_each_job() {
        UUID id = enqueue(2).get(1);
        work = jobs -> {
            assertThat(jobs)
                    .allSatisfy(job -> assertThat(job.context().attempt()).isOne());
            assertThat(jobs)
                    .allSatisfy(job -> assertThat(job.context().claimNumber()).isOne());
            jobs.get(1).context().progress(40, "half way");
            engine.progress.run();
            assertThat(fixture.job(id).progress().percent()).isEqualTo(40);
            assertThat(fixture.job(jobs.get(0).id()).progress().percent()).isZero();
            jobs.forEach(BatchJob::complete);
        };

        fixture.runDue();

        assertThat(status(id)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void has_children_for_each_job() {
        List<UUID> ids = enqueue(2);
        work = jobs -> {
            jobs.get(0).context().spawn(NewJob.of(CHILD, 1));
            jobs.forEach(BatchJob::complete);
        };

        fixture.runDue();

        assertThat(ids).extracting(this::status).containsExactly(JobStatus.WAITING, JobStatus.COMPLETED);
    }

    @Test
    void refuses_durable_steps_and_says_what_to_do_instead() {
        UUID id = enqueue(1).get(0);
        work = jobs -> jobs.get(0).context().run(Step.of("charge", String.class), key -> "paid");

        fixture.runDue();

        assertThat(fixture.job(id).errorMessage())
                .isEqualTo(
                        "Step \"charge\" cannot run: jobs of type mail run in batches, and a step belongs to one job,"
                                + " but the call to all of them; give the job's id to the service as its idempotency key, or spawn"
                                + " a child whose processor has the step");
    }

    @Test
    void needs_no_answer_for_a_job_that_it_has_completed_in_a_transaction() {
        List<UUID> ids = enqueue(2);
        work = jobs -> {
            TransactionalCompletion completion =
                    AttemptParts.of(jobs.get(0).context()).completion();
            completion.begin("written");
            completion.committed();
        };

        fixture.runDue();

        assertThat(fixture.events().stream().filter(JobEvent.Completed.class::isInstance))
                .extracting(event -> event.job().id())
                .containsExactly(ids.get(0));
        assertThat(status(ids.get(1))).isEqualTo(JobStatus.FAILED);
    }

    @Test
    void runs_the_undo_actions_of_failed_jobs_only_and_they_may_throw() {
        List<String> undone = new ArrayList<>();
        List<UUID> ids = enqueue(3);
        work = jobs -> {
            jobs.forEach(job -> job.context().onFailure(() -> {
                undone.add(job.input() + " " + Thread.currentThread().isInterrupted());
                throw new IOException("the undo is broken");
            }));
            jobs.get(1).complete();
            Thread.currentThread().interrupt();
            throw new IOException("broken");
        };

        fixture.runDue();

        assertThat(undone).containsExactly("0 false", "2 false");
        assertThat(ids)
                .extracting(this::status)
                .containsExactly(JobStatus.FAILED, JobStatus.COMPLETED, JobStatus.FAILED);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void logs_with_the_type_during_the_call_and_with_each_job_around_it() {
        List<UUID> ids = enqueue(2);
        List<String> seen = new ArrayList<>();
        work = jobs -> {
            seen.add(MDC.get("job.type") + " " + MDC.get("job.id") + " " + MDC.get("job.attempt"));
            jobs.forEach(job -> job.context().onFailure(() -> seen.add(MDC.get("job.id"))));
            throw new IOException();
        };

        fixture.runDue();

        assertThat(seen)
                .containsExactly(
                        "mail null null", ids.get(0).toString(), ids.get(1).toString());
        assertThat(MDC.get("job.type")).isNull();
    }

    @Test
    void is_one_of_the_calls_whose_rate_says_how_many_slots_become_free() {
        enqueue(400);

        fixture.pass(Duration.ofMillis(100));
        fixture.runDue();
        fixture.pass(Duration.ofMillis(100));
        engine.claiming.run();

        // One call in 100 ms is half a call in the window: not one in advance, though it had a hundred jobs.
        assertThat(engine.held.size()).isEqualTo(100);
        Job first = fixture.job(engine.held.open().get(0).job().id());
        assertThat(first.status()).isEqualTo(JobStatus.PROCESSING);
    }
}
