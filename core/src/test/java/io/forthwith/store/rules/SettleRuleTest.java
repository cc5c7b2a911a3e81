package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of running jobs, who may have which, and what is kept. */
class SettleRuleTest {
    private static final JobMoves MOVES = new JobMoves(Instant.parse("2026-07-03T10:00:00Z"));
    private static final Job JOB = Job.builder(UUID.randomUUID(), "shot", Instant.EPOCH)
            .status(JobStatus.PROCESSING)
            .claim(4)
            .attempt(2)
            .lostWorkers(1)
            .workerId(UUID.randomUUID())
            .startedAt(Instant.EPOCH)
            .build();
    private static final Claim CLAIM = Claim.of(JOB);
    private static final JobError ERROR = JobError.permanent("torn", "It broke");

    private static boolean unread() {
        throw new AssertionError("steps were looked for");
    }

    private static SettleRule.Move move(Job job, Settlement settlement, BooleanSupplier hasSteps) {
        return (SettleRule.Move) SettleRule.decide(job, settlement, hasSteps, MOVES);
    }

    private static Settlement awaiting(NewJob... children) {
        return Settlement.awaitChildren(
                CLAIM,
                null,
                new SpawnedJobs(NewFamiliesTest.encoded(List.of(children)), ChildFailurePolicy.FAIL_AT_ONCE, false));
    }

    private static @Nullable Settled refusal(@Nullable Job job) {
        return ClaimFence.refusal(job, CLAIM).orElse(null);
    }

    @Test
    void a_claim_holds_while_its_worker_runs_the_job_under_its_number() {
        assertThat(refusal(JOB)).isNull();
        assertThat(refusal(null)).isEqualTo(Settled.LOST);
        assertThat(refusal(JOB.toBuilder().claim(5).build())).isEqualTo(Settled.LOST);
        assertThat(refusal(JOB.toBuilder().status(JobStatus.CANCELLED).build())).isEqualTo(Settled.CANCELLED);
        assertThat(refusal(JOB.toBuilder().status(JobStatus.PENDING).build())).isEqualTo(Settled.ALREADY_APPLIED);
    }

    @Test
    void a_claim_is_lost_if_the_job_has_its_number_under_another_worker_or_start_whatever_became_of_the_job() {
        for (JobStatus status : JobStatus.values()) {
            Job job = JOB.toBuilder().status(status).build();
            assertThat(refusal(job.toBuilder().workerId(UUID.randomUUID()).build()))
                    .as("another worker, %s", status)
                    .isEqualTo(Settled.LOST);
            assertThat(refusal(job.toBuilder().startedAt(Instant.MAX).build()))
                    .as("another start, %s", status)
                    .isEqualTo(Settled.LOST);
            assertThat(refusal(job.toBuilder().startedAt(null).build()))
                    .as("a row without a start, %s", status)
                    .isEqualTo(Settled.LOST);
        }
    }

    @Test
    void a_failed_attempt_is_remembered_unless_the_job_is_to_be_cancelled() {
        SettleRule.Move failed = move(JOB, Settlement.fail(CLAIM, ERROR, Locale.ENGLISH), SettleRuleTest::unread);
        assertThat(failed.answer()).isEqualTo(Settled.APPLIED);
        assertThat(failed.moved().status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.failure()).map(FailedAttempt::attempt).contains(2);
        SettleRule.Move cancelled =
                move(MOVES.requestCancel(JOB), Settlement.fail(CLAIM, ERROR, Locale.ENGLISH), SettleRuleTest::unread);
        assertThat(cancelled.answer()).isEqualTo(Settled.CANCELLED);
        assertThat(cancelled.moved().status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(cancelled.failure()).isEmpty();
        assertThat(move(JOB, Settlement.complete(CLAIM, null), SettleRuleTest::unread)
                        .failure())
                .isEmpty();
    }

    @Test
    void steps_are_looked_for_only_if_the_job_is_to_be_deleted_and_keep_it() {
        Settlement delete = Settlement.completeAndDelete(CLAIM, null);
        assertThat(SettleRule.asksToDelete(delete)).isTrue();
        assertThat(SettleRule.asksToDelete(Settlement.complete(CLAIM, null))).isFalse();
        SettleRule.Verdict deleted = SettleRule.decide(JOB, delete, () -> false, MOVES);
        assertThat(deleted).isEqualTo(new SettleRule.Delete());
        assertThat(deleted.answer()).isEqualTo(Settled.APPLIED);
        assertThat(move(JOB, delete, () -> true).moved().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void what_a_job_spawns_is_added_first_unless_it_is_to_be_cancelled() {
        Settlement spawning = awaiting(NewFamiliesTest.job().parent(JOB.id()));
        assertThat(SettleRule.spawning(JOB, spawning))
                .map(Settlement.class::cast)
                .contains(spawning);
        assertThat(SettleRule.spawning(MOVES.requestCancel(JOB), spawning)).isEmpty();
        assertThat(SettleRule.spawning(JOB, awaiting())).isEmpty();
        assertThat(SettleRule.spawning(JOB, Settlement.giveBack(CLAIM))).isEmpty();
    }

    @Test
    void settlements_that_spawn_what_makes_no_sense_are_refused() {
        Settlement good = awaiting(NewFamiliesTest.job().parent(JOB.id()));
        SettleRule.check(List.of(good, Settlement.giveBack(CLAIM)));
        assertThatThrownBy(() -> SettleRule.check(List.of(good, awaiting(NewFamiliesTest.job()))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is spawned by job " + JOB.id());
    }

    @Test
    void a_job_that_is_taken_over_comes_back_within_the_delay_or_fails_at_the_cap() {
        TakeOverRequest request = new TakeOverRequest(3, Duration.ofSeconds(2), Locale.ENGLISH);
        Random random = new Random(7);
        TakeOverRule.Verdict back = TakeOverRule.decide(JOB, request, random, MOVES);
        assertThat(back.answer()).isEqualTo(new TakenOver(JOB.id(), JobStatus.PENDING, JOB.workerId()));
        assertThat(back.failure()).isEmpty();
        assertThat(back.taken().runAt()).isBetween(MOVES.now(), MOVES.now().plusSeconds(2));
        TakeOverRule.Verdict failed =
                TakeOverRule.decide(JOB.toBuilder().lostWorkers(2).build(), request, random, MOVES);
        assertThat(failed.answer().status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.failure()).map(FailedAttempt::code).contains("worker_lost");
        assertThat(failed.failure()).map(FailedAttempt::attempt).contains(2);
    }

    @Test
    void a_job_is_at_its_last_try_one_lost_worker_below_the_cap_and_never_with_a_cap_of_one() {
        assertThat(SuspectJobRule.isAtLastTry(JOB, claiming(2))).isTrue();
        assertThat(SuspectJobRule.isAtLastTry(JOB, claiming(3))).isFalse();
        assertThat(SuspectJobRule.isAtLastTry(JOB, claiming(1))).isFalse();
        assertThat(SuspectJobRule.lastTryFrom(claiming(3))).isEqualTo(2);
    }

    private static ClaimRequest claiming(int cap) {
        return new ClaimRequest(CLAIM.workerId(), List.of("default"), 1, Set.of(), cap);
    }

    @Test
    void failed_jobs_are_kept_for_their_own_time_and_absurd_times_are_for_ever() {
        Retention retention = Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(2));
        Instant now = MOVES.now();
        assertThat(PurgeRule.endedUntil(JobStatus.COMPLETED, retention, now)).isEqualTo(now.minus(Duration.ofDays(1)));
        assertThat(PurgeRule.endedUntil(JobStatus.CANCELLED, retention, now)).isEqualTo(now.minus(Duration.ofDays(1)));
        assertThat(PurgeRule.endedUntil(JobStatus.FAILED, retention, now)).isEqualTo(now.minus(Duration.ofDays(2)));
        Retention always =
                Retention.DEFAULT.completed(Duration.ofSeconds(Long.MAX_VALUE)).failed(Duration.ZERO);
        assertThat(PurgeRule.endedUntil(JobStatus.COMPLETED, always, now)).isBefore("1927-01-01T00:00:00Z");
    }

    @Test
    void a_relative_needs_a_job_until_it_has_completed_or_is_gone() {
        assertThat(PurgeRule.isDone(null)).isTrue();
        for (JobStatus status : JobStatus.values()) {
            assertThat(PurgeRule.isDone(JOB.toBuilder().status(status).build()))
                    .isEqualTo(status == JobStatus.COMPLETED);
        }
    }
}
