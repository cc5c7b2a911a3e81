package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.RetryPolicy;
import io.forthwith.ReturningJobType;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.internal.attempt.BatchRules;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a batch processor says about its jobs, without a worker. */
@DisplayName("A batch processor")
class BatchProcessorTest {
    private static final JobType<String> MAIL = JobType.of("mail", String.class);
    private static final JobType<Integer> NUMBER = JobType.of("number", Integer.class);

    private final List<String> done = new ArrayList<>();

    private List<BatchJob<String, Object>> run(BatchProcessor.Work<String, Object> work, String... inputs) {
        return BatchProcessor.of(MAIL, 100, work)
                .process(List.of(inputs).stream().map(FakeJobContext::of).toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1_001})
    void refuses_a_number_of_jobs_that_no_claim_can_bring(int maxJobs) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BatchProcessor.of(MAIL, maxJobs, jobs -> {}))
                .withMessage("A batch of " + maxJobs
                        + " jobs of type mail is out of range: give 1 to 1000, what one claim may bring");
    }

    @Test
    void can_have_one_job_or_a_thousand() {
        assertThatCode(() -> BatchProcessor.of(MAIL, 1, jobs -> {})).doesNotThrowAnyException();
        assertThatCode(() -> BatchProcessor.of(MAIL, 1_000, jobs -> {})).doesNotThrowAnyException();
    }

    @Test
    void refuses_a_linger_that_is_negative_or_long() {
        BatchProcessor<String, Object> mails = BatchProcessor.of(MAIL, 100, jobs -> {});

        assertThatCode(() -> mails.linger(Duration.ZERO).linger(Duration.ofMinutes(1)))
                .doesNotThrowAnyException();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mails.linger(Duration.ofNanos(-1)))
                .withMessageContaining("job type mail is out of range: zero to PT1M");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mails.linger(Duration.ofMinutes(1).plusNanos(1)))
                .withMessageContaining("enqueue them with a delay");
    }

    @Test
    void refuses_a_time_limit_when_it_is_registered() {
        BatchProcessor<String, Object> endless =
                BatchProcessor.of(MAIL, 100, jobs -> {}).timeLimit(Duration.ZERO);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProcessorRegistry.of().with(endless))
                .withMessageContaining("mail has a time limit of PT0S");
    }

    @Test
    void is_registered_once_for_a_type_and_its_former_names() {
        BatchProcessor<String, Object> mails = BatchProcessor.of(MAIL.formerly("letter"), 100, jobs -> {});
        ProcessorRegistry registry = ProcessorRegistry.of().with(mails);

        assertThat(registry.types()).containsExactly("letter", "mail");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.with(MAIL, job -> null))
                .withMessageContaining("Job type mail has a processor already");
    }

    @Test
    void keeps_its_other_settings_when_one_is_changed() {
        RegisteredProcessors registered = ProcessorRegistry.of()
                .with(BatchProcessor.of(MAIL, 7, jobs -> {})
                        .timeLimit(Duration.ofSeconds(3))
                        .linger(Duration.ofSeconds(1))
                        .errorClassifier(thrown -> JobError.user("mine", "mine"))
                        .retryPolicy(RetryPolicy.none()))
                .processors();
        Job job = Job.builder(new UUID(0, 1), "mail", Instant.EPOCH).build();

        BatchRules rules = Objects.requireNonNull(registered.batches(job));
        assertThat(rules.maxJobs()).isEqualTo(7);
        assertThat(rules.linger()).isEqualTo(Duration.ofSeconds(1));
        assertThat(registered.timeLimit(job)).isEqualTo(Duration.ofSeconds(3));
        assertThat(registered.retryPolicy("mail").maxAttempts()).isOne();
        assertThat(registered.rules("mail").classifier().classify(new IOException()))
                .isNotNull();
    }

    @Test
    void answers_for_each_job_by_itself() {
        List<BatchJob<String, Object>> answered = run(
                jobs -> {
                    assertThat(jobs).extracting(BatchJob::input).containsExactly("a", "b", "c");
                    jobs.get(2).complete("sent");
                    jobs.get(0).fail(JobException.user("no_address", "No such address"));
                    jobs.get(1).complete();
                },
                "a",
                "b",
                "c");

        assertThat(answered.get(0).failure()).isInstanceOf(JobException.class);
        assertThat(answered.get(1).failure()).isNull();
        assertThat(answered.get(1).result()).isNull();
        assertThat(answered.get(2).result()).isEqualTo("sent");
    }

    @Test
    void takes_only_results_of_the_class_that_its_type_names() {
        ReturningJobType<String, Integer> length =
                JobType.of("length", String.class).returning(Integer.class);
        BatchProcessor<String, Integer> lengths = BatchProcessor.returning(
                length, 2, jobs -> jobs.forEach(job -> job.complete(job.input().length())));

        List<BatchJob<String, Integer>> answered = lengths.process(List.of(FakeJobContext.of("three")));

        Integer result = answered.get(0).result();
        assertThat(result).isEqualTo(5);
    }

    @Test
    void fails_a_job_that_it_has_not_answered_for_and_no_other() {
        List<BatchJob<String, Object>> answered = run(jobs -> jobs.get(0).complete("sent"), "a", "b");

        assertThat(answered.get(0).result()).isEqualTo("sent");
        assertThat(answered.get(1).failure())
                .isInstanceOf(IllegalStateException.class)
                .hasToString("java.lang.IllegalStateException: The batch processor of job type test has given no answer"
                        + " for job " + answered.get(1).id() + ": call complete() or fail() for each job of the call");
    }

    @Test
    void that_throws_has_failed_the_jobs_it_has_not_answered_for() {
        IOException down = new IOException("The service is down");
        List<BatchJob<String, Object>> answered = run(
                jobs -> {
                    jobs.get(0).complete("sent");
                    throw down;
                },
                "a",
                "b",
                "c");

        assertThat(answered.get(0).failure()).isNull();
        assertThat(answered.get(1).failure()).isSameAs(down);
        assertThat(answered.get(2).failure()).isSameAs(down);
    }

    @Test
    void that_dies_of_an_error_has_failed_its_jobs_too() {
        assertThat(run(
                                jobs -> {
                                    throw new NoClassDefFoundError("x");
                                },
                                "a")
                        .get(0)
                        .failure())
                .isInstanceOf(NoClassDefFoundError.class);
    }

    @Test
    void cannot_answer_twice_or_after_the_call() {
        List<BatchJob<String, Object>> kept = new ArrayList<>();
        run(
                jobs -> {
                    kept.addAll(jobs);
                    jobs.get(0).complete("sent");
                    assertThatIllegalStateException()
                            .isThrownBy(() -> jobs.get(0).fail(new IOException()))
                            .withMessageContaining("is answered for twice");
                    jobs.get(1).complete();
                },
                "a",
                "b");

        assertThatIllegalStateException()
                .isThrownBy(() -> kept.get(0).complete())
                .withMessage("Job " + kept.get(0).id()
                        + " is answered for too late: its call has ended; answer once for each job, before the call"
                        + " returns");
    }

    @Test
    void a_job_of_an_earlier_call_cannot_be_answered_for_in_a_later_one() {
        List<BatchJob<String, Object>> kept = new ArrayList<>();
        run(
                jobs -> {
                    jobs.forEach(BatchJob::complete);
                    kept.addAll(jobs);
                },
                "a");

        List<BatchJob<String, Object>> answered = run(
                jobs -> {
                    kept.get(0).complete("not this one");
                    jobs.get(0).complete("not reached");
                },
                "b");

        assertThat(answered.get(0).failure()).isInstanceOf(IllegalStateException.class);
        assertThat(kept.get(0).result()).isNull();
    }

    @Test
    void gets_no_job_whose_input_cannot_be_read() {
        List<Integer> seen = new ArrayList<>();
        List<BatchJob<Integer, Object>> answered = BatchProcessor.of(NUMBER, 10, jobs -> {
                    jobs.forEach(job -> seen.add(job.input()));
                    jobs.forEach(BatchJob::complete);
                })
                .process(List.of(FakeJobContext.of(1), FakeJobContext.of("two"), FakeJobContext.of(3)));

        assertThat(seen).containsExactly(1, 3);
        assertThat(answered.get(1).failure())
                .isInstanceOfSatisfying(
                        JobException.class,
                        why -> assertThat(why.error().code()).isEqualTo("undecodable_input"));
        assertThatIllegalStateException()
                .isThrownBy(() -> answered.get(1).input())
                .withMessageContaining("has not been read: see failure()");
        assertThat(answered.get(2).failure()).isNull();
    }

    @Test
    void is_not_called_if_no_input_can_be_read() {
        List<BatchJob<Integer, Object>> answered =
                BatchProcessor.of(NUMBER, 10, jobs -> done.add("called")).process(List.of(FakeJobContext.of("two")));

        assertThat(done).isEmpty();
        assertThat(answered.get(0).failure()).isNotNull();
    }

    @Test
    void undoes_what_was_done_for_the_jobs_that_failed_only() {
        run(
                jobs -> {
                    for (BatchJob<String, Object> job : jobs) {
                        job.context().onFailure(() -> done.add("undo " + job.input()));
                    }
                    jobs.get(0).complete();
                    jobs.get(1).fail(new IOException());
                },
                "a",
                "b",
                "c");

        assertThat(done).containsExactly("undo b", "undo c");
    }

    @Test
    void runs_one_job_through_the_registry_as_any_processor() throws Exception {
        ProcessorRegistry registry = ProcessorRegistry.of()
                .with(BatchProcessor.of(JobType.of("test", String.class), 10, jobs -> {
                    for (BatchJob<String, Object> job : jobs) {
                        if (job.input().equals("bad")) {
                            job.context().onFailure(() -> done.add("undone"));
                            job.fail(new IOException("down"));
                        } else {
                            job.complete("did " + job.input());
                        }
                    }
                }));

        assertThat(registry.process(FakeJobContext.of("it"))).isEqualTo("did it");
        assertThatThrownBy(() -> registry.process(FakeJobContext.of("bad")))
                .isInstanceOf(IOException.class)
                .hasMessage("down");
        assertThat(done).containsExactly("undone");
    }
}
