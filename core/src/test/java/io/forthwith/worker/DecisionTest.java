package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.NotReadyException;
import io.forthwith.RetryPolicy;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DecisionTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final RetryPolicy POLICY =
            RetryPolicy.fixed(Duration.ofSeconds(4)).jitter(0);
    private static final Duration TOOK = Duration.ofSeconds(1);

    private final Decision decision = new Decision(ErrorClassifier.standard(), Locale.ENGLISH, new Random(1));

    @Test
    void interprets_every_outcome_there_is() {
        List<Outcome> outcomes = List.of(
                new Outcome.Succeeded("{}"),
                new Outcome.Unstorable(new IllegalArgumentException("no")),
                new Outcome.Threw(new IllegalStateException()),
                new Outcome.TimedOut(Duration.ofSeconds(1)),
                Outcome.Unfinished.INSTANCE);
        Set<Class<?>> covered = new HashSet<>();
        for (Outcome outcome : outcomes) {
            assertThat(decide(job(1), outcome)).isNotNull();
            covered.add(outcome.getClass());
        }
        assertThat(covered).containsExactlyInAnyOrder(Outcome.class.getPermittedSubclasses());
    }

    @Test
    void success_completes_with_the_result() {
        assertThat(decide(job(1), new Outcome.Succeeded("42")))
                .isInstanceOfSatisfying(
                        Settlement.Complete.class,
                        complete -> assertThat(complete.result()).isEqualTo("42"));
    }

    @Test
    void a_retryable_error_is_retried_until_the_attempts_are_used_up() {
        Outcome down = new Outcome.Threw(JobException.retryable("down", null));

        assertThat(decide(job(4), down))
                .isInstanceOfSatisfying(
                        Settlement.Retry.class,
                        retry -> assertThat(retry.delay()).isEqualTo(Duration.ofSeconds(4)));
        assertThat(decide(job(5), down)).isInstanceOf(Settlement.Fail.class);
    }

    @Test
    void the_jobs_own_limit_overrides_the_policy() {
        Outcome down = new Outcome.Threw(JobException.retryable("down", null));

        assertThat(decide(job(1).toBuilder().maxAttempts(1).build(), down)).isInstanceOf(Settlement.Fail.class);
        assertThat(decide(job(8).toBuilder().maxAttempts(9).build(), down)).isInstanceOf(Settlement.Retry.class);
    }

    @Test
    void a_servers_wish_to_wait_is_honoured() {
        Outcome busy = new Outcome.Threw(JobException.http(429, "busy").after(Duration.ofMinutes(3)));

        assertThat(decide(job(1), busy))
                .isInstanceOfSatisfying(
                        Settlement.Retry.class,
                        retry -> assertThat(retry.delay()).isEqualTo(Duration.ofMinutes(3)));
    }

    @Test
    void a_users_error_and_an_unknown_one_are_never_retried() {
        assertThat(decide(job(1), new Outcome.Threw(JobException.user("no", "No"))))
                .isInstanceOf(Settlement.Fail.class);
        assertThat(decide(job(1), new Outcome.Threw(new OutOfMemoryError()))).isInstanceOf(Settlement.Fail.class);
    }

    @Test
    void not_ready_postpones_until_it_is_too_old() {
        Outcome notReady = new Outcome.Threw(new NotReadyException(Duration.ofSeconds(9), "shots missing"));

        assertThat(decide(job(1), notReady)).isInstanceOfSatisfying(Settlement.Postpone.class, postpone -> {
            assertThat(postpone.delay()).isEqualTo(Duration.ofSeconds(9));
            assertThat(postpone.reason()).isEqualTo("shots missing");
        });
        assertThat(decide(postponedSince(Duration.ofHours(23)), notReady)).isInstanceOf(Settlement.Postpone.class);
        assertThat(decide(postponedSince(Duration.ofHours(24)), notReady))
                .isInstanceOfSatisfying(Settlement.Fail.class, fail -> {
                    assertThat(fail.error().code()).isEqualTo("not_ready");
                    assertThat(fail.error().message()).isEqualTo("The job was not ready in time: shots missing");
                });
    }

    @Test
    void the_librarys_own_messages_follow_the_language() {
        Decision chinese = new Decision(ErrorClassifier.standard(), Locale.SIMPLIFIED_CHINESE, new Random(1));

        Settlement settlement = chinese.decide(job(1), new Outcome.TimedOut(Duration.ofMinutes(10)), POLICY, TOOK);

        assertThat(settlement).isInstanceOfSatisfying(Settlement.Fail.class, fail -> {
            assertThat(fail.error().message()).isEqualTo("任务运行超过了 600 秒的时间限制");
            assertThat(fail.locale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
        });
    }

    @Test
    void the_jobs_own_language_wins_over_the_workers() {
        Decision chinese = new Decision(ErrorClassifier.standard(), Locale.CHINESE, new Random(1));
        Outcome late = new Outcome.TimedOut(Duration.ofMinutes(10));
        Outcome notReady = new Outcome.Threw(new NotReadyException(Duration.ZERO, "shots missing"));
        Outcome unstorable = new Outcome.Unstorable(new IllegalArgumentException("no"));

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

    private static String message(Decision decision, Outcome outcome, String language) {
        Settlement settlement = decision.decide(job(language), outcome, POLICY, TOOK);
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
        Decision chinese = new Decision(ErrorClassifier.standard(), Locale.SIMPLIFIED_CHINESE, new Random(1));
        List<Outcome> outcomes = List.of(
                new Outcome.Succeeded("{}"),
                new Outcome.Unstorable(new IllegalArgumentException("no")),
                new Outcome.Threw(JobException.retryable("down", null)),
                new Outcome.Threw(new NotReadyException(Duration.ZERO, "not yet")),
                Outcome.Unfinished.INSTANCE);
        for (Outcome outcome : outcomes) {
            Settlement settlement = chinese.decide(job("de"), outcome, POLICY, TOOK);
            assertThat(settlement.locale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
            assertThat(chinese.substituteFor(settlement, job("de")).locale()).isEqualTo(Locale.SIMPLIFIED_CHINESE);
        }
    }

    @Test
    void an_undo_that_is_out_of_time_is_tried_again_as_often_as_it_takes() {
        Job undo = job(900).toBuilder().undoes(new UUID(0, 3)).maxAttempts(1).build();

        assertThat(decide(undo, new Outcome.TimedOut(Duration.ofSeconds(1))))
                .isInstanceOfSatisfying(
                        Settlement.Retry.class,
                        retry -> assertThat(retry.error().code()).isEqualTo("time_limit"));
    }

    @Test
    void a_classifier_that_throws_or_returns_null_is_replaced_by_the_standard_one() {
        for (ErrorClassifier broken : List.<ErrorClassifier>of(
                thrown -> {
                    throw new IllegalStateException("broken");
                },
                thrown -> null)) {
            Decision guarded = new Decision(broken, Locale.ENGLISH, new Random(1));
            try (LogCapture log = new LogCapture()) {
                assertThat(guarded.decide(job(1), new Outcome.Threw(new Exception("x")), POLICY, TOOK))
                        .isInstanceOf(Settlement.Fail.class);
                assertThat(log.lines()).hasSize(1);
            }
        }
    }

    @Test
    void substitutes_grow_plainer_until_nothing_of_the_original_is_left() {
        JobError rich = JobError.permanent("x", "message").causedBy(new Exception());
        Settlement refused = Settlement.fail(Claim.of(job(1)), rich, Locale.ENGLISH);

        Settlement bare = decision.substituteFor(refused, job(1));
        Settlement fixed = decision.substituteFor(bare, job(1));

        assertThat(((Settlement.Fail) bare).error()).isEqualTo(JobError.permanent("x", "message"));
        assertThat(((Settlement.Fail) fixed).error().code()).isEqualTo("failure_unstorable");
        assertThat(decision.substituteFor(fixed, job(1))).isEqualTo(fixed);
    }

    private Settlement decide(Job job, Outcome outcome) {
        return decision.decide(job, outcome, POLICY, TOOK);
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
