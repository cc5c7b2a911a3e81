package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class SettlingContract {
    /** One settlement of every kind. */
    public static final List<Function<Claim, Settlement>> KINDS = List.of(
            claim -> Settlement.complete(claim, "{\"a\": 1}"),
            claim -> Settlement.fail(claim, JobError.user("no_credits", "No credits"), Locale.ENGLISH),
            claim -> Settlement.retry(claim, JobError.retryable("timeout", "Too slow"), Duration.ofHours(1)),
            claim -> Settlement.postpone(claim, Duration.ofHours(1), "not yet"),
            Settlement::giveBack,
            claim -> Settlement.awaitChildren(claim, null, SpawnedJobs.NONE));

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("complete: completed, progress 100, result stored, ended now")
    void complete() {
        Job job = fixture().claimed();

        assertThat(fixture().settle(Settlement.complete(Claim.of(job), "{\"url\":\"积 🎬\"}")))
                .isEqualTo(Settled.APPLIED);

        Job completed = fixture().find(job.id());
        assertThat(completed.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(completed.progress().percent()).isEqualTo(100);
        assertThat(StoreFixture.json(completed.result())).isEqualTo(StoreFixture.json("{\"url\":\"积 🎬\"}"));
        assertThat(completed.completedAt()).isNotNull();
        assertThat(completed.duration()).isNotNull();
        assertThat(completed.claim()).isEqualTo(job.claim());
        assertThat(completed.attempt()).isEqualTo(1);
        assertThat(completed.workerId())
                .as("the last worker can still be read")
                .isEqualTo(fixture().worker());
        assertThat(fixture().claim(10)).isEmpty();
    }

    @Test
    @DisplayName("complete clears the error of an earlier attempt, and no result is no result")
    void completeClearsErrors() {
        Job first = fixture().claimed();
        fixture().settle(Settlement.retry(Claim.of(first), JobError.retryable("timeout", "Too slow"), Duration.ZERO));
        Job second = fixture().claimed(first.id());

        fixture().settle(Settlement.complete(Claim.of(second), null));

        Job completed = fixture().find(first.id());
        assertThat(completed.errorMessage()).isNull();
        assertThat(completed.errorKind()).isNull();
        assertThat(completed.errorCode()).isNull();
        assertThat(completed.result()).isNull();
        assertThat(fixture().store.failures(first.id())).hasSize(1);
    }

    @Test
    @DisplayName("fail: failed with message, kind and code, ended now, the attempt kept in the history")
    void fail() {
        Job job = fixture().claimed();
        JobError error = JobError.user("no_credits", "积分不足 🎬").causedBy(new IllegalStateException("inner"));

        assertThat(fixture().settle(Settlement.fail(Claim.of(job), error, Locale.ENGLISH)))
                .isEqualTo(Settled.APPLIED);

        Job failed = fixture().find(job.id());
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorMessage()).isEqualTo("积分不足 🎬");
        assertThat(failed.errorKind()).isEqualTo(JobError.Kind.USER);
        assertThat(failed.errorCode()).isEqualTo("no_credits");
        assertThat(failed.completedAt()).isNotNull();
        assertThat(failed.result()).isNull();
        List<FailedAttempt> failures = fixture().store.failures(job.id());
        assertThat(failures).hasSize(1);
        FailedAttempt failure = failures.get(0);
        assertThat(failure.claim()).isEqualTo(1);
        assertThat(failure.attempt()).isEqualTo(1);
        assertThat(failure.kind()).isEqualTo(JobError.Kind.USER);
        assertThat(failure.code()).isEqualTo("no_credits");
        assertThat(failure.message()).isEqualTo("积分不足 🎬");
        assertThat(failure.exceptionClass()).isEqualTo("java.lang.IllegalStateException");
        assertThat(failure.trace()).isEqualTo(error.trace());
        assertThat(failure.workerId()).isEqualTo(fixture().worker());
        assertThat(failure.startedAt()).isEqualTo(job.startedAt());
        assertThat(failure.failedAt()).isEqualTo(failed.completedAt());
    }

    @Test
    @DisplayName("retry: pending again after the delay, the last error shown, the attempt used up and kept")
    void retry() {
        Job job = fixture().claimed();

        fixture()
                .settle(Settlement.retry(
                        Claim.of(job), JobError.retryable("timeout", "Too slow"), Duration.ofMinutes(5)));

        Job pending = fixture().find(job.id());
        assertThat(pending.status()).isEqualTo(JobStatus.PENDING);
        assertThat(pending.attempt()).isEqualTo(1);
        assertThat(pending.claim()).isEqualTo(1);
        assertThat(pending.errorMessage()).isEqualTo("Too slow");
        assertThat(pending.errorCode()).isEqualTo("timeout");
        assertThat(pending.completedAt()).isNull();
        assertThat(Duration.between(pending.updatedAt(), pending.runAt()))
                .isCloseTo(Duration.ofMinutes(5), Duration.ofSeconds(1));
        assertThat(fixture().claim(10)).isEmpty();
        assertThat(fixture().store.failures(job.id()))
                .extracting(FailedAttempt::workerId)
                .containsExactly(fixture().worker());
    }

    @Test
    @DisplayName("what goes back to pending keeps its progress, and what completes keeps its steps")
    void progressIsKept() {
        JobProgress progress = ReadModelFactory.jobProgress(40, 2, 5, "half way");
        for (Function<Claim, Settlement> kind : KINDS) {
            Job job = fixture().claimed();
            fixture().store.report(List.of(new ProgressReport(Claim.of(job), progress)));
            Settlement settlement = kind.apply(Claim.of(job));
            fixture().settle(settlement);

            Job after = fixture().find(job.id());
            boolean completed = after.status() == JobStatus.COMPLETED;
            assertThat(after.progress().percent()).isEqualTo(completed ? 100 : 40);
            assertThat(after.progress().currentStep()).isEqualTo(2);
            assertThat(after.progress().totalSteps()).isEqualTo(5);
            fixture().store.cancel(job.id(), Locale.ENGLISH);
        }
    }

    @Test
    @DisplayName("postpone: pending after the delay with the reason as progress message, no attempt used up")
    void postpone() {
        Job job = fixture().claimed();
        fixture().settle(Settlement.postpone(Claim.of(job), Duration.ZERO, "shots missing"));
        Job once = fixture().find(job.id());
        assertThat(once.status()).isEqualTo(JobStatus.PENDING);
        assertThat(once.attempt()).isZero();
        assertThat(once.claim()).isEqualTo(1);
        assertThat(once.postponements()).isEqualTo(1);
        assertThat(once.postponedSince()).isNotNull();
        assertThat(once.progress().message()).isEqualTo("shots missing");

        Job again = fixture().claimed(job.id());
        assertThat(again.attempt()).isEqualTo(1);
        assertThat(again.progress().message())
                .as("a running job does not show why it was postponed")
                .isNull();
        assertThat(fixture().find(job.id())).isEqualTo(again);
        fixture().settle(Settlement.postpone(Claim.of(again), Duration.ofMinutes(1), "still missing"));

        Job twice = fixture().find(job.id());
        assertThat(twice.postponements()).isEqualTo(2);
        assertThat(twice.postponedSince()).isEqualTo(once.postponedSince());
        assertThat(twice.claim()).isEqualTo(2);
        assertThat(fixture().claim(10)).isEmpty();
        assertThat(fixture().store.failures(job.id())).isEmpty();
    }

    @Test
    @DisplayName("giveBack: pending and due as before, no attempt used up, the claim kept")
    void giveBack() {
        Job job = fixture().claimed();

        fixture().settle(Settlement.giveBack(Claim.of(job)));

        Job back = fixture().find(job.id());
        assertThat(back.status()).isEqualTo(JobStatus.PENDING);
        assertThat(back.attempt()).isZero();
        assertThat(back.claim()).isEqualTo(1);
        assertThat(back.runAt()).isEqualTo(job.runAt());
        assertThat(back.postponements()).isZero();
        assertThat(fixture().claimed(job.id()).claim()).isEqualTo(2);
    }

    @Test
    @DisplayName("awaitChildren without children completes at once")
    void awaitNoChildren() {
        Job job = fixture().claimed();

        assertThat(fixture().settle(Settlement.awaitChildren(Claim.of(job), null, SpawnedJobs.NONE)))
                .isEqualTo(Settled.APPLIED);
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().find(job.id()).progress().percent()).isEqualTo(100);
        assertThat(fixture().find(job.id()).completedAt()).isNotNull();
    }

    @Test
    @DisplayName("another claim number, worker or start, or no row: LOST, and nothing changes")
    void fenced() {
        for (Function<Claim, Settlement> kind : KINDS) {
            UUID id = fixture().added();
            Job first = fixture().claimed(id);
            fixture().settle(Settlement.giveBack(Claim.of(first)));
            Job job = fixture().claimed(id);

            for (Claim other : StoreFixture.notQuite(Claim.of(job))) {
                assertThat(fixture().settle(kind.apply(other))).as("%s", other).isEqualTo(Settled.LOST);
            }
            assertThat(fixture().find(id)).isEqualTo(job);
            assertThat(fixture().store.failures(id)).isEmpty();
            fixture().complete(job);
        }
    }

    @Test
    @DisplayName(
            "a job that has left processing answers LOST too, if the number is right and the worker or the start is not")
    void fencedAfterwards() {
        for (Function<Claim, Settlement> kind : KINDS) {
            Job job = fixture().claimed();
            fixture().settle(kind.apply(Claim.of(job)));
            assertLostAfterwards(job, Settled.ALREADY_APPLIED);
            fixture().store.cancel(job.id(), Locale.ENGLISH);
        }
        Job cancelled = fixture().claimed();
        fixture().store.cancel(cancelled.id(), Locale.ENGLISH);
        fixture().complete(cancelled);
        assertLostAfterwards(cancelled, Settled.CANCELLED);
    }

    private void assertLostAfterwards(Job job, Settled own) {
        Job before = fixture().find(job.id());
        for (Function<Claim, Settlement> kind : KINDS) {
            for (Claim other : StoreFixture.notQuite(Claim.of(job))) {
                assertThat(fixture().settle(kind.apply(other)))
                        .as("%s, now %s", other, before.status())
                        .isEqualTo(Settled.LOST);
            }
            assertThat(fixture().settle(kind.apply(Claim.of(job)))).isEqualTo(own);
        }
        assertThat(fixture().find(job.id())).isEqualTo(before);
    }

    @Test
    @DisplayName("a cancellation and a retry by hand keep the claim by which the job left processing")
    void byHandKeepsTheClaim() {
        Job retried = fixture().claimed();
        fixture().fail(retried);
        fixture().store.retry(retried.id());
        assertThat(fixture().complete(retried)).isEqualTo(Settled.ALREADY_APPLIED);
        fixture().store.cancel(retried.id(), Locale.ENGLISH);
        assertThat(fixture().complete(retried)).isEqualTo(Settled.CANCELLED);
    }

    @Test
    @DisplayName("of a claim and one that the database has forgotten, in one batch, only the claim itself is settled")
    void oneBatch() {
        for (Function<Claim, Settlement> kind : KINDS) {
            Claim own = Claim.of(fixture().claimed());
            List<Settlement> batch = new ArrayList<>();
            StoreFixture.notQuite(own).forEach(other -> batch.add(Settlement.complete(other, "1")));
            batch.add(2, kind.apply(own));

            assertThat(fixture().settleAll(batch))
                    .containsExactly(
                            Settled.LOST, Settled.LOST, Settled.APPLIED, Settled.LOST, Settled.LOST, Settled.LOST);
            fixture().store.cancel(own.jobId(), Locale.ENGLISH);
        }
    }

    @Test
    @DisplayName("repeating a settlement, or coming with another one, changes nothing: ALREADY_APPLIED")
    void repeated() {
        for (Function<Claim, Settlement> kind : KINDS) {
            Job job = fixture().claimed();
            Settlement settlement = kind.apply(Claim.of(job));
            assertThat(fixture().settle(settlement)).isEqualTo(Settled.APPLIED);
            Job before = fixture().find(job.id());

            assertThat(fixture().settle(settlement)).isEqualTo(Settled.ALREADY_APPLIED);
            for (Function<Claim, Settlement> other : KINDS) {
                assertThat(fixture().settle(other.apply(Claim.of(job)))).isEqualTo(Settled.ALREADY_APPLIED);
            }
            assertThat(fixture().find(job.id())).isEqualTo(before);
            assertThat(fixture().store.failures(job.id())).hasSizeLessThanOrEqualTo(1);
            // Ends the jobs that went back to pending, so that the next round does not claim them.
            fixture().store.cancel(job.id(), Locale.ENGLISH);
        }
    }

    @Test
    @DisplayName("once its cancellation was requested a job ends cancelled, whatever the settlement says")
    void cancelRequested() {
        for (Function<Claim, Settlement> kind : KINDS) {
            Job job = fixture().claimed();
            assertThat(fixture().store.cancel(job.id(), Locale.ENGLISH)).isEqualTo(ActResult.REQUESTED);
            Settlement settlement = kind.apply(Claim.of(job));

            assertThat(fixture().settle(settlement)).isEqualTo(Settled.CANCELLED);
            assertThat(fixture().settle(settlement)).isEqualTo(Settled.CANCELLED);

            Job cancelled = fixture().find(job.id());
            assertThat(cancelled.status()).isEqualTo(JobStatus.CANCELLED);
            assertThat(cancelled.completedAt()).isNotNull();
            assertThat(cancelled.result()).isNull();
            assertThat(cancelled.errorMessage()).isNull();
            assertThat(cancelled.claim()).isEqualTo(job.claim());
            assertThat(fixture().store.failures(job.id())).isEmpty();
        }
    }

    @Test
    @DisplayName("a batch answers for each job separately, in order")
    void batch() {
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            fixture().added();
        }
        jobs.addAll(fixture().claim(10));
        fixture().complete(jobs.get(0));
        fixture().store.cancel(jobs.get(1).id(), Locale.ENGLISH);
        List<Settlement> batch = List.of(
                Settlement.complete(Claim.of(jobs.get(4)), "[1]"),
                Settlement.complete(StoreFixture.ofNoJob(Claim.of(jobs.get(0))), null),
                Settlement.giveBack(Claim.of(jobs.get(3))),
                Settlement.complete(Claim.of(jobs.get(0)), "[2]"),
                StoreFixture.failure(jobs.get(2)),
                Settlement.complete(Claim.of(jobs.get(1)), "[3]"));

        assertThat(fixture().store.settle(batch))
                .containsExactly(
                        Settled.APPLIED,
                        Settled.LOST,
                        Settled.APPLIED,
                        Settled.ALREADY_APPLIED,
                        Settled.APPLIED,
                        Settled.CANCELLED);
        assertThat(jobs.stream().map(job -> fixture().status(job.id())))
                .containsExactly(
                        JobStatus.COMPLETED,
                        JobStatus.CANCELLED,
                        JobStatus.FAILED,
                        JobStatus.PENDING,
                        JobStatus.COMPLETED);
        assertThat(fixture().find(jobs.get(0).id()).result()).isNull();
    }

    @Test
    @DisplayName("error texts of the greatest length are stored whole, in four-byte characters too")
    void longTexts() {
        Job job = fixture().claimed();
        JobError error = ReadModelFactory.jobError(
                JobError.Kind.SYSTEM,
                "x".repeat(128),
                "🎬".repeat(1_000),
                "c".repeat(255),
                "🎬".repeat(8_000),
                false,
                null);

        assertThat(fixture().settle(Settlement.fail(Claim.of(job), error, Locale.ENGLISH)))
                .isEqualTo(Settled.APPLIED);

        FailedAttempt failure = fixture().store.failures(job.id()).get(0);
        assertThat(fixture().find(job.id()).errorMessage()).isEqualTo(error.message());
        assertThat(failure.message()).isEqualTo(error.message());
        assertThat(failure.trace()).isEqualTo(error.trace());
        assertThat(failure.code()).isEqualTo(error.code());
        assertThat(failure.exceptionClass()).isEqualTo(error.exceptionClass());
    }

    @Test
    @DisplayName("an empty batch is answered by an empty list")
    void empty() {
        assertThat(fixture().store.settle(List.of())).isEmpty();
    }
}
