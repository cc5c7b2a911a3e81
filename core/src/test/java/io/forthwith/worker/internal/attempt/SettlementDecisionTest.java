package io.forthwith.worker.internal.attempt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mockStatic;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.RetryPolicy;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.Spiteful;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.mockito.MockedStatic;

class SettlementDecisionTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final SettlementDecision.Rules RULES = new SettlementDecision.Rules(
            RetryPolicy.fixed(Duration.ofSeconds(4)).jitter(0), thrown -> null);
    private static final SpawnedJobs SPAWN = new SpawnedJobs(
            List.of(new EncodedJob(NewJob.of(JobType.of("shot", String.class), "x"), "\"x\"")),
            ChildFailurePolicy.IGNORE,
            true);
    private static final Duration TOOK = Duration.ofSeconds(1);

    private final SettlementDecision decision =
            new SettlementDecision(ErrorClassifier.standard(), Locale.ENGLISH, new Random(1));

    @Test
    void decides_about_every_outcome() {
        List<AttemptOutcome> outcomes = List.of(
                new AttemptOutcome.Succeeded("{}", SpawnedJobs.NONE),
                new AttemptOutcome.Unstorable(new IllegalArgumentException("no")),
                new AttemptOutcome.Threw(new IllegalStateException()),
                new AttemptOutcome.TimedOut(Duration.ofSeconds(1)),
                AttemptOutcome.Expired.INSTANCE,
                AttemptOutcome.UnreadableLimits.INSTANCE,
                AttemptOutcome.Unfinished.INSTANCE);
        // Nothing is left to decide.
        Set<Class<?>> covered = new HashSet<>(Set.of(AttemptOutcome.FailureRecorded.class));
        for (AttemptOutcome outcome : outcomes) {
            assertThat(decide(job(1), outcome)).isNotNull();
            covered.add(outcome.getClass());
        }
        assertThat(covered).containsExactlyInAnyOrder(AttemptOutcome.class.getPermittedSubclasses());
    }

    @Test
    void success_completes_with_the_result() {
        assertThat(decide(job(1), new AttemptOutcome.Succeeded("42", SpawnedJobs.NONE)))
                .isInstanceOfSatisfying(
                        Settlement.Complete.class,
                        complete -> assertThat(complete.result()).isEqualTo("42"));
    }

    @Test
    void success_with_children_waits_for_them_and_keeps_the_result() {
        assertThat(decide(job(1), new AttemptOutcome.Succeeded("42", SPAWN)))
                .isEqualTo(Settlement.awaitChildren(Claim.of(job(1)), "42", SPAWN));
    }

    @Test
    void refused_children_fail_the_job_in_its_language() {
        SettlementDecision chinese =
                new SettlementDecision(ErrorClassifier.standard(), Locale.SIMPLIFIED_CHINESE, new Random(1));
        Settlement waiting = Settlement.awaitChildren(Claim.of(job(1)), "42", SPAWN);

        assertThat(error(decision.substituteFor(waiting, job("zh"))))
                .isEqualTo(JobError.permanent("result_unstorable", "任务已完成，但无法保存其结果"));
        assertThat(error(decision.conflicting(waiting, job("zh"))))
                .isEqualTo(JobError.permanent("unique_key_taken", "相同的任务正在进行，无法启动子任务"));
        assertThat(error(chinese.conflicting(waiting, job("en"))).message())
                .isEqualTo("A child job could not be started: the same work is under way already");
        assertThat(chinese.conflicting(waiting, job("en")).locale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
    }

    @Test
    void retries_a_retryable_error_until_the_last_attempt() {
        AttemptOutcome down = new AttemptOutcome.Threw(JobException.retryable("down"));

        assertThat(decide(job(4), down))
                .isInstanceOfSatisfying(
                        Settlement.Retry.class,
                        retry -> assertThat(retry.delay()).isEqualTo(Duration.ofSeconds(4)));
        assertThat(decide(job(5), down)).isInstanceOf(Settlement.Fail.class);
    }

    @Test
    void the_jobs_own_limit_overrides_the_policy() {
        AttemptOutcome down = new AttemptOutcome.Threw(JobException.retryable("down"));

        assertThat(decide(job(1).toBuilder().maxAttempts(1).build(), down)).isInstanceOf(Settlement.Fail.class);
        assertThat(decide(job(8).toBuilder().maxAttempts(9).build(), down)).isInstanceOf(Settlement.Retry.class);
    }

    @Test
    void waits_as_long_as_a_server_asks() {
        AttemptOutcome busy =
                new AttemptOutcome.Threw(JobException.http(429, "busy").after(Duration.ofMinutes(3)));

        assertThat(decide(job(1), busy))
                .isInstanceOfSatisfying(
                        Settlement.Retry.class,
                        retry -> assertThat(retry.delay()).isEqualTo(Duration.ofMinutes(3)));
    }

    @Test
    void a_users_error_and_an_unknown_one_are_never_retried() {
        assertThat(decide(job(1), new AttemptOutcome.Threw(JobException.user("no", "No"))))
                .isInstanceOf(Settlement.Fail.class);
        assertThat(decide(job(1), new AttemptOutcome.Threw(new OutOfMemoryError())))
                .isInstanceOf(Settlement.Fail.class);
    }

    @Test
    void not_ready_postpones_until_it_is_too_old() {
        AttemptOutcome notReady =
                new AttemptOutcome.Threw(new NotReadyException(Duration.ofSeconds(9), "shots missing"));

        assertThat(decide(job(1), notReady)).isInstanceOfSatisfying(Settlement.Postpone.class, postpone -> {
            assertThat(postpone.delay()).isEqualTo(Duration.ofSeconds(9));
            assertThat(postpone.reason()).isEqualTo("shots missing");
        });
        assertThat(decide(postponedSince(Duration.ofHours(23)), notReady)).isInstanceOf(Settlement.Postpone.class);
        assertThat(decide(postponedSince(Duration.ofHours(24).minus(TOOK).minusNanos(1)), notReady))
                .isInstanceOf(Settlement.Postpone.class);
        assertThat(decide(postponedSince(Duration.ofHours(24).minus(TOOK)), notReady))
                .isInstanceOfSatisfying(Settlement.Fail.class, fail -> {
                    assertThat(fail.error().code()).isEqualTo("not_ready");
                    assertThat(fail.error().message()).isEqualTo("The job was not ready in time: shots missing");
                });
    }

    @Test
    void messages_of_the_library_follow_the_language() {
        SettlementDecision chinese =
                new SettlementDecision(ErrorClassifier.standard(), Locale.SIMPLIFIED_CHINESE, new Random(1));

        Settlement settlement =
                chinese.decide(job(1), new AttemptOutcome.TimedOut(Duration.ofMinutes(10)), RULES, TOOK);

        assertThat(settlement).isInstanceOfSatisfying(Settlement.Fail.class, fail -> {
            assertThat(fail.error().message()).isEqualTo("任务运行超过了 600 秒的时间限制");
            assertThat(fail.locale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
        });
    }

    @Test
    void the_language_of_the_job_wins_over_that_of_the_worker() {
        SettlementDecision chinese = new SettlementDecision(ErrorClassifier.standard(), Locale.CHINESE, new Random(1));
        AttemptOutcome late = new AttemptOutcome.TimedOut(Duration.ofMinutes(10));
        AttemptOutcome notReady = new AttemptOutcome.Threw(new NotReadyException(Duration.ZERO, "shots missing"));
        AttemptOutcome unstorable = new AttemptOutcome.Unstorable(new IllegalArgumentException("no"));

        assertThat(message(chinese, late, "de")).isEqualTo("The job ran longer than its time limit of 600 s");
        assertThat(message(decision, late, "zh-Hant-TW")).isEqualTo("任务运行超过了 600 秒的时间限制");
        assertThat(message(decision, notReady, "zh")).isEqualTo("任务未能及时就绪: shots missing");
        assertThat(message(decision, unstorable, "zh")).isEqualTo("任务已完成，但无法保存其结果");
        Job job = job("zh");
        Settlement result = decision.substituteFor(Settlement.complete(Claim.of(job), "1"), job);
        assertThat(((Settlement.Fail) result).error().message()).isEqualTo("任务已完成，但无法保存其结果");
        Settlement failure =
                decision.substituteFor(Settlement.postpone(Claim.of(job), Duration.ZERO, "shots missing"), job);
        assertThat(((Settlement.Fail) failure).error().message()).isEqualTo("任务失败，且无法保存失败说明");
    }

    private static String message(SettlementDecision decision, AttemptOutcome outcome, String language) {
        Settlement settlement = decision.decide(job(language), outcome, RULES, TOOK);
        assertThat(settlement).isInstanceOf(Settlement.Fail.class);
        return ((Settlement.Fail) settlement).error().message();
    }

    private static Job job(String language) {
        return postponedSince(Duration.ofHours(24)).toBuilder()
                .locale(Locale.forLanguageTag(language))
                .build();
    }

    @Test
    void every_settlement_carries_the_workers_language_for_the_parent() {
        SettlementDecision chinese =
                new SettlementDecision(ErrorClassifier.standard(), Locale.SIMPLIFIED_CHINESE, new Random(1));
        List<AttemptOutcome> outcomes = List.of(
                new AttemptOutcome.Succeeded("{}", SpawnedJobs.NONE),
                new AttemptOutcome.Succeeded("{}", SPAWN),
                new AttemptOutcome.Unstorable(new IllegalArgumentException("no")),
                new AttemptOutcome.Threw(JobException.retryable("down")),
                new AttemptOutcome.Threw(new NotReadyException(Duration.ZERO, "not yet")),
                AttemptOutcome.Unfinished.INSTANCE);
        for (AttemptOutcome outcome : outcomes) {
            Settlement settlement = chinese.decide(job("de"), outcome, RULES, TOOK);
            assertThat(settlement.locale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
            assertThat(chinese.substituteFor(settlement, job("de")).locale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
        }
    }

    @Test
    void an_undo_that_exceeds_its_time_limit_is_always_tried_again() {
        Job undo = job(900).toBuilder().undoes(new UUID(0, 3)).maxAttempts(1).build();

        assertThat(decide(undo, new AttemptOutcome.TimedOut(Duration.ofSeconds(1))))
                .isInstanceOfSatisfying(
                        Settlement.Retry.class,
                        retry -> assertThat(retry.error().code()).isEqualTo("time_limit"));
    }

    @Test
    void asks_the_types_classifier_then_the_workers_then_the_standard_one() {
        SettlementDecision asking =
                new SettlementDecision(knowing(IllegalStateException.class, "worker"), Locale.ENGLISH, new Random(1));
        SettlementDecision.Rules rules =
                new SettlementDecision.Rules(RetryPolicy.none(), knowing(ArithmeticException.class, "type"));

        assertThat(code(asking, rules, new ArithmeticException())).isEqualTo("type");
        assertThat(code(asking, rules, new IllegalStateException())).isEqualTo("worker");
        assertThat(code(asking, rules, new IllegalStateException(new ArithmeticException())))
                .isEqualTo("type");
        assertThat(code(asking, rules, new TimeoutException())).isEqualTo("timeout");
        assertThat(code(asking, rules, JobException.user("no", "No"))).isEqualTo("no");
    }

    @Test
    void asks_the_next_classifier_if_one_throws_anything() {
        for (Throwable thrown : List.of(new IllegalStateException("broken"), new Spiteful(), new OutOfMemoryError())) {
            ErrorClassifier broken = asked -> {
                throw Spiteful.sneaky(thrown);
            };
            SettlementDecision guarded = new SettlementDecision(broken, Locale.ENGLISH, new Random(1));
            try (LogCapture log = new LogCapture()) {
                assertThat(code(
                                guarded,
                                new SettlementDecision.Rules(RetryPolicy.none(), broken),
                                new TimeoutException()))
                        .isEqualTo("timeout");
                assertThat(log.lines())
                        .hasSize(2)
                        .allMatch(line -> line.contains("An error classifier threw, asked about class"
                                + " java.util.concurrent.TimeoutException"));
            }
        }
    }

    @Test
    void adds_class_and_trace_unless_the_classifier_has_set_them() {
        JobError theirs = JobError.permanent("x", "x").causedBy(new ArithmeticException());
        AttemptOutcome failed = new AttemptOutcome.Threw(new IllegalStateException("inner"));
        SettlementDecision adding =
                new SettlementDecision(thrown -> JobError.user("mine", "Mine"), Locale.ENGLISH, new Random(1));
        SettlementDecision keeping = new SettlementDecision(thrown -> theirs, Locale.ENGLISH, new Random(1));

        assertThat(error(adding.decide(job(1), failed, RULES, TOOK)))
                .returns("mine", JobError::code)
                .returns(IllegalStateException.class.getName(), JobError::exceptionClass)
                .matches(error -> error.trace().contains("inner"));
        assertThat(error(keeping.decide(job(1), failed, RULES, TOOK))).isEqualTo(theirs);
    }

    @Test
    void keeps_a_simple_error_ready_for_when_there_is_no_memory() {
        ErrorClassifier outOfMemory = thrown -> {
            throw new OutOfMemoryError();
        };
        SettlementDecision starved = new SettlementDecision(outOfMemory, Locale.ENGLISH, new Random(1));
        Settlement settlement;
        try (LogCapture log = new LogCapture();
                MockedStatic<ErrorClassifier> standard = mockStatic(ErrorClassifier.class)) {
            standard.when(ErrorClassifier::standard).thenReturn(outOfMemory);
            settlement = starved.decide(job(1), new AttemptOutcome.Threw(new IllegalStateException()), RULES, TOOK);
            assertThat(log.lines()).hasSize(2);
        }
        assertThat(error(settlement))
                .returns("unexpected", JobError::code)
                .returns("The job failed, and why could not be described", JobError::message);
    }

    @Test
    void a_back_off_that_throws_does_not_hide_the_failure() {
        SettlementDecision.Rules careless = new SettlementDecision.Rules(
                RetryPolicy.custom(attempt -> {
                    throw new LinkageError("no back-off for you");
                }),
                thrown -> null);

        try (LogCapture log = new LogCapture()) {
            assertThat(code(decision, careless, JobException.http(503, "busy"))).isEqualTo("http_503");
            assertThat(log.lines()).singleElement().asString().contains("The back-off threw");
        }
    }

    @Test
    void recognizes_a_not_ready_exception_inside_wrappers() {
        NotReadyException later = new NotReadyException(Duration.ofSeconds(9), "shots missing");

        assertThat(decide(job(1), new AttemptOutcome.Threw(new CompletionException(later))))
                .isInstanceOf(Settlement.Postpone.class);
        assertThat(decide(
                        job(1),
                        new AttemptOutcome.Threw(
                                JobException.permanent("gave up waiting").causedBy(later))))
                .isInstanceOf(Settlement.Fail.class);
    }

    private static ErrorClassifier knowing(Class<? extends Throwable> type, String code) {
        return ErrorClassifier.on(type, e -> JobError.permanent(code, "x"));
    }

    private static String code(SettlementDecision decision, SettlementDecision.Rules rules, Throwable thrown) {
        return error(decision.decide(job(1), new AttemptOutcome.Threw(thrown), rules, TOOK))
                .code();
    }

    private static JobError error(Settlement settlement) {
        assertThat(settlement).isInstanceOf(Settlement.Fail.class);
        return ((Settlement.Fail) settlement).error();
    }

    @Test
    void substitutes_become_simpler_until_nothing_of_the_original_is_left() {
        JobError rich = JobError.permanent("x", "message").causedBy(new Exception());
        Settlement refused = Settlement.fail(Claim.of(job(1)), rich, Locale.ENGLISH);

        Settlement bare = decision.substituteFor(refused, job(1));
        Settlement fixed = decision.substituteFor(bare, job(1));

        assertThat(((Settlement.Fail) bare).error()).isEqualTo(JobError.permanent("x", "message"));
        assertThat(((Settlement.Fail) fixed).error().code()).isEqualTo("failure_unstorable");
        assertThat(decision.substituteFor(fixed, job(1))).isEqualTo(fixed);
    }

    @Test
    void a_refused_retry_becomes_simpler_and_keeps_its_delay_until_it_fails() {
        JobError rich = half(null, null).causedBy(new Exception());
        Settlement refused = Settlement.retry(Claim.of(job(1)), rich, Duration.ofSeconds(7));

        Settlement bare = decision.substituteFor(refused, job(1));

        assertThat(bare).isInstanceOfSatisfying(Settlement.Retry.class, retry -> {
            assertThat(retry.error()).isEqualTo(rich.bare());
            assertThat(retry.delay()).isEqualTo(Duration.ofSeconds(7));
        });
        assertThat(error(decision.substituteFor(bare, job(1))).code()).isEqualTo("failure_unstorable");
    }

    @Test
    void a_refused_error_loses_its_class_and_trace_first() {
        for (JobError half : List.of(half("java.lang.Exception", null), half(null, "at"))) {
            Claim claim = Claim.of(job(1));

            assertThat(error(decision.substituteFor(Settlement.fail(claim, half, Locale.ENGLISH), job(1))))
                    .isEqualTo(half.bare());
            assertThat(decision.substituteFor(Settlement.retry(claim, half, Duration.ZERO), job(1)))
                    .isInstanceOf(Settlement.Retry.class);
        }
    }

    private static JobError half(String exceptionClass, String trace) {
        return ReadModelFactory.jobError(JobError.Kind.SYSTEM, "x", "message", exceptionClass, trace, true, null);
    }

    private Settlement decide(Job job, AttemptOutcome outcome) {
        return decision.decide(job, outcome, RULES, TOOK);
    }

    private static Job postponedSince(Duration ago) {
        return job(1).toBuilder().postponedSince(NOW.minus(ago)).build();
    }

    private static Job job(int attempt) {
        return Job.builder(new UUID(0, 1), "work", NOW)
                .status(JobStatus.PROCESSING)
                .workerId(new UUID(0, 2))
                .claim(attempt)
                .attempt(attempt)
                .startedAt(NOW)
                .build();
    }
}
