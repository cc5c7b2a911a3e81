package io.forthwith.store.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobQuery;
import io.forthwith.store.Retention;
import io.forthwith.store.RetryResult;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakenOver;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

abstract class SteppingContract {
    private static final StepName CHARGE = new StepName("charge", "");
    private static final StepName UPLOAD = new StepName("upload", "");

    abstract Fixture fixture();

    @Test
    @DisplayName("a step is noted down before it is done, and its result after it")
    void noted() {
        Job job = fixture().claimed();

        StepBegun answer = begin(job, CHARGE);

        assertThat(answer.outcome()).isEqualTo(Settled.APPLIED);
        JobStep begun = answer.step().orElseThrow();
        assertThat(begun.jobId()).isEqualTo(job.id());
        assertThat(begun.claim()).isEqualTo(job.claim());
        assertThat(begun.name()).isEqualTo("charge");
        assertThat(begun.part()).isEmpty();
        assertThat(begun.position()).isEqualTo(1);
        assertThat(begun.hasUndo()).isTrue();
        assertThat(begun.isFinished()).isFalse();
        assertThat(begun.stands()).isTrue();
        assertThat(steps(job)).containsExactly(begun);
        assertThat(fixture().find(job.id()).hasUndo()).isTrue();

        assertThat(finish(job, CHARGE, "{\"credits\": 10}")).isEqualTo(Settled.APPLIED);

        JobStep finished = steps(job).get(0);
        assertThat(finished.isFinished()).isTrue();
        assertThat(Fixture.json(finished.result())).isEqualTo(Fixture.json("{\"credits\":10}"));
        assertThat(finished.key()).isEqualTo(begun.key());
    }

    @Test
    @DisplayName("a step without a result to keep is finished all the same")
    void withoutResult() {
        Job job = fixture().claimed();
        begin(job, CHARGE);

        assertThat(finish(job, CHARGE, null)).isEqualTo(Settled.APPLIED);

        assertThat(steps(job).get(0).isFinished()).isTrue();
        assertThat(steps(job).get(0).result()).isNull();
    }

    @Test
    @DisplayName("a step that was begun before is answered as it stands, with the same key")
    void begunBefore() {
        Job job = fixture().claimed();
        JobStep begun = begin(job, CHARGE).step().orElseThrow();

        StepBegun again = begin(job, CHARGE);

        assertThat(again.outcome()).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(again.begun()).isEqualTo(begun);
        assertThat(steps(job)).hasSize(1);
    }

    @Test
    @DisplayName("a step that was begun without an undo has one from when it is begun with one")
    void undoComesLater() {
        Job first = fixture().claimed();
        fixture().store.beginStep(Claim.of(first), CHARGE, false);
        finish(first, CHARGE, "1");
        fixture().settle(Settlement.giveBack(Claim.of(first)));
        Job second = fixture().claimed(first.id());

        StepBegun again = begin(second, CHARGE);

        assertThat(again.outcome()).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(again.step().orElseThrow().hasUndo()).isTrue();
        assertThat(steps(second)).containsExactly(again.step().orElseThrow());
        fixture().fail(second);
        assertThat(onlyUndo().undoes()).isEqualTo(first.id());
    }

    @Test
    @DisplayName("a job with the id of one that was purged is undone by a job of its own, with other keys")
    void sameIdAgain() {
        NewJob again = fixture().job();
        fixture().add(again);
        Job first = fixture().claimed(again.id());
        String key = begin(first, CHARGE).step().orElseThrow().key();
        fixture().fail(first);
        UUID undo = onlyUndo().id();
        fixture().complete(fixture().claimed(undo));
        fixture().age(Duration.ofHours(1));
        fixture().loseWorkers();
        assertThat(fixture().store.purge(new Retention(Duration.ofDays(1), Duration.ZERO), 10))
                .isEqualTo(1);

        fixture().add(again);
        Job second = fixture().claimed(again.id());
        assertThat(second.claim()).isEqualTo(first.claim());
        assertThat(begin(second, CHARGE).step().orElseThrow().key()).isNotEqualTo(key);
        assertThat(fixture().fail(second)).isEqualTo(Settled.APPLIED);

        assertThat(undos()).hasSize(2).extracting(Job::id).contains(undo);
    }

    @Test
    @DisplayName("a later attempt gets the result of an earlier one, and the key of one that never came to its end")
    void laterAttempt() {
        Job first = fixture().claimed();
        JobStep charge = begin(first, CHARGE).step().orElseThrow();
        finish(first, CHARGE, "1");
        JobStep upload = begin(first, UPLOAD).step().orElseThrow();
        fixture().settle(Settlement.retry(Claim.of(first), JobError.retryable("timeout", "Too slow"), Duration.ZERO));

        Job second = fixture().claimed(first.id());
        assertThat(second.hasUndo()).isTrue();
        StepBegun chargedBefore = begin(second, CHARGE);
        StepBegun uploadAgain = begin(second, UPLOAD);

        assertThat(chargedBefore.outcome()).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(chargedBefore.step().orElseThrow().key()).isEqualTo(charge.key());
        assertThat(chargedBefore.step().orElseThrow().result()).isEqualTo("1");
        assertThat(uploadAgain.step().orElseThrow().key()).isEqualTo(upload.key());
        assertThat(uploadAgain.step().orElseThrow().isFinished()).isFalse();
        assertThat(finish(second, UPLOAD, "2")).isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("parts of one step are steps of their own, in the order in which they were begun")
    void parts() {
        Job job = fixture().claimed();
        begin(job, new StepName("mail", "b"));
        begin(job, new StepName("mail", "a"));
        begin(job, new StepName("mail", ""));

        assertThat(steps(job))
                .extracting(JobStep::part, JobStep::position)
                .containsExactly(tuple("b", 1), tuple("a", 2), tuple("", 3));
        assertThat(steps(job)).extracting(JobStep::key).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("the first result stays")
    void firstResultStays() {
        Job job = fixture().claimed();
        begin(job, CHARGE);
        finish(job, CHARGE, "1");

        assertThat(finish(job, CHARGE, "2")).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(steps(job).get(0).result()).isEqualTo("1");
    }

    @Test
    @DisplayName("a step that was not begun cannot be finished")
    void notBegun() {
        Job job = fixture().claimed();

        assertThat(finish(job, CHARGE, "1")).isEqualTo(Settled.LOST);
        assertThat(steps(job)).isEmpty();
    }

    @Test
    @DisplayName("steps are fenced: under a claim that no longer holds nothing is begun and nothing finished")
    void fenced() {
        Job stale = fixture().claimed();
        begin(stale, CHARGE);
        fixture().loseWorkers();
        Job current = fixture().claimed(stale.id());

        assertThat(begin(stale, UPLOAD)).isEqualTo(StepBegun.refused(Settled.LOST));
        assertThat(finish(stale, CHARGE, "1")).isEqualTo(Settled.LOST);
        Claim otherWorker = new Claim(current.id(), current.claim(), UUID.randomUUID());
        assertThat(fixture().store.beginStep(otherWorker, UPLOAD, true).outcome())
                .isEqualTo(Settled.LOST);
        assertThat(fixture().store.finishStep(otherWorker, CHARGE, "1")).isEqualTo(Settled.LOST);
        assertThat(steps(current)).hasSize(1);
        assertThat(steps(current).get(0).isFinished()).isFalse();
        assertThat(fixture()
                        .store
                        .beginStep(new Claim(UUID.randomUUID(), 1, fixture().worker()), CHARGE, true))
                .isEqualTo(StepBegun.refused(Settled.LOST));
    }

    @Test
    @DisplayName("after a request to cancel nothing new is begun, but what was done is noted")
    void cancelRequested() {
        Job job = fixture().claimed();
        begin(job, CHARGE);
        fixture().store.cancel(job.id(), Locale.ENGLISH);

        assertThat(begin(job, UPLOAD)).isEqualTo(StepBegun.refused(Settled.CANCELLED));
        assertThat(finish(job, CHARGE, "1")).isEqualTo(Settled.APPLIED);
        assertThat(fixture().complete(job)).isEqualTo(Settled.CANCELLED);
        assertThat(begin(job, UPLOAD)).isEqualTo(StepBegun.refused(Settled.CANCELLED));
        assertThat(finish(job, CHARGE, "2")).isEqualTo(Settled.LOST);
    }

    @Test
    @DisplayName("a job that fails with steps to undo leaves one undo job, which gets all its steps")
    void failureLeavesUndo() {
        Job job = fixture().claimed();
        begin(job, CHARGE);
        finish(job, CHARGE, "1");
        fixture().store.beginStep(Claim.of(job), UPLOAD, false);

        assertThat(fixture().fail(job)).isEqualTo(Settled.APPLIED);

        Job undo = onlyUndo();
        assertThat(undo.undoes()).isEqualTo(job.id());
        assertThat(undo.status()).isEqualTo(JobStatus.PENDING);
        assertThat(undo.type()).isEqualTo("undo:" + job.type());
        assertThat(undo.userId()).isNull();
        assertThat(steps(job)).extracting(JobStep::undoJobId).containsExactly(undo.id(), undo.id());
        assertThat(fixture().find(job.id()).hasUndo()).isFalse();
        assertThat(fixture().find(job.id()).status()).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().store.failures(job.id())).hasSize(1);
    }

    @Test
    @DisplayName("a job that completes, is retried, postponed or given back leaves no undo job")
    void noUndo() {
        Job job = fixture().claimed();
        begin(job, CHARGE);
        fixture().settle(Settlement.retry(Claim.of(job), JobError.retryable("timeout", "Too slow"), Duration.ZERO));
        Job second = fixture().claimed(job.id());
        fixture().settle(Settlement.postpone(Claim.of(second), Duration.ZERO, "not yet"));
        Job third = fixture().claimed(job.id());
        fixture().settle(Settlement.giveBack(Claim.of(third)));
        Job fourth = fixture().claimed(job.id());
        finish(fourth, CHARGE, "1");

        assertThat(fixture().complete(fourth)).isEqualTo(Settled.APPLIED);

        assertThat(undos()).isEmpty();
        assertThat(steps(job)).allMatch(JobStep::stands);
    }

    @Test
    @DisplayName("a job that fails without steps to undo leaves none, and keeps their results over a retry by hand")
    void nothingToUndo() {
        Job job = fixture().claimed();
        fixture().store.beginStep(Claim.of(job), UPLOAD, false);
        finish(job, UPLOAD, "1");
        fixture().fail(job);

        assertThat(undos()).isEmpty();
        assertThat(fixture().store.retry(job.id()).outcome()).isEqualTo(RetryResult.Outcome.RETRIED);
        Job again = fixture().claimed(job.id());
        assertThat(fixture()
                        .store
                        .beginStep(Claim.of(again), UPLOAD, false)
                        .step()
                        .orElseThrow()
                        .result())
                .isEqualTo("1");
    }

    @Test
    @DisplayName("cancelling a job that waits for its retry leaves an undo job")
    void cancelLeavesUndo() {
        Job job = fixture().claimed();
        begin(job, CHARGE);
        fixture().settle(Settlement.retry(Claim.of(job), JobError.retryable("timeout", "Slow"), Duration.ofHours(1)));

        assertThat(fixture().store.cancel(job.id(), Locale.ENGLISH)).isEqualTo(CancelResult.CANCELLED);

        assertThat(onlyUndo().undoes()).isEqualTo(job.id());
    }

    @Test
    @DisplayName("a request to cancel that turns a completion into a cancellation leaves an undo job")
    void cancelledCompletionLeavesUndo() {
        Job job = fixture().claimed();
        begin(job, CHARGE);
        fixture().store.cancel(job.id(), Locale.ENGLISH);

        assertThat(fixture().complete(job)).isEqualTo(Settled.CANCELLED);

        assertThat(onlyUndo().undoes()).isEqualTo(job.id());
    }

    @Test
    @DisplayName("a job that loses its last worker leaves an undo job, and none before that")
    void takeOverLeavesUndo() {
        Job job = fixture().claimed();
        begin(job, CHARGE);
        for (int lost = 1; lost < Fixture.CAP; lost++) {
            fixture().loseWorkers();
            assertThat(undos()).isEmpty();
            fixture().claimed(job.id());
        }

        fixture().loseWorkers();

        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.FAILED);
        assertThat(onlyUndo().undoes()).isEqualTo(job.id());
    }

    @Test
    @DisplayName("settling in bulk leaves one undo job for each job that has steps to undo")
    void inBulk() {
        List<UUID> ids = List.of(
                fixture().added(),
                fixture().added(),
                fixture().added(),
                fixture().added());
        List<Job> jobs = fixture().claim(10);
        begin(jobs.get(1), CHARGE);
        begin(jobs.get(3), CHARGE);

        List<Settled> answers =
                fixture().store.settle(jobs.stream().map(Fixture::failure).toList());

        assertThat(answers).containsOnly(Settled.APPLIED);
        assertThat(ids).allMatch(id -> fixture().status(id) == JobStatus.FAILED);
        assertThat(undos())
                .extracting(Job::undoes)
                .containsExactlyInAnyOrder(jobs.get(1).id(), jobs.get(3).id());
    }

    @Test
    @DisplayName("an undo job has the time limit and the language of the job whose steps it undoes")
    void inherits() {
        Job job = fixture()
                .claimed(fixture()
                        .add(fixture().job().timeLimit(Duration.ofSeconds(90)).locale(Locale.CHINESE))
                        .id());
        begin(job, CHARGE);
        fixture().fail(job);

        assertThat(onlyUndo().timeLimit()).isEqualTo(Duration.ofSeconds(90));
        assertThat(onlyUndo().locale()).isEqualTo(Locale.CHINESE);
    }

    @Test
    @DisplayName("an undo job is handed out for the types asked for and no others, whatever the queues, once")
    void claimedByType() {
        Job job = failedAfterCharge();

        ClaimRequest otherType = new ClaimRequest(
                fixture().worker(), List.of(NewJob.DEFAULT_QUEUE), 10, Set.of("another_type"), Fixture.CAP);
        assertThat(fixture().store.claim(otherType)).isEmpty();
        ClaimRequest otherQueue = new ClaimRequest(
                fixture().worker(), List.of("elsewhere", "nowhere"), 10, Set.of("x", job.type()), Fixture.CAP);
        List<Job> claimed = fixture().store.claim(otherQueue);

        assertThat(claimed).extracting(Job::undoes).containsExactly(job.id());
        assertThat(claimed.get(0).status()).isEqualTo(JobStatus.PROCESSING);
        assertThat(claimed.get(0).isUndo()).isTrue();
        assertThat(fixture().claim(10)).isEmpty();
    }

    @Test
    @DisplayName("the limit of a claim counts undo jobs too")
    void limitCountsUndos() {
        failedAfterCharge(2);
        fixture().added();

        assertThat(fixture().claim(2)).hasSize(2);
        assertThat(fixture().claim(2)).hasSize(1);
    }

    @Test
    @DisplayName("undone steps are noted, once, under the claim of their undo job alone")
    void undone() {
        Job job = failedAfterCharge();
        Job undo = fixture().claimed(onlyUndo().id());
        JobStep step = steps(job).get(0);

        assertThat(fixture()
                        .store
                        .stepUndone(
                                new Claim(undo.id(), undo.claim() + 1, fixture().worker()), step))
                .isEqualTo(Settled.LOST);
        assertThat(fixture().store.stepUndone(Claim.of(job), step)).isEqualTo(Settled.LOST);
        assertThat(steps(job).get(0).undoneAt()).isNull();

        assertThat(fixture().store.stepUndone(Claim.of(undo), step)).isEqualTo(Settled.APPLIED);
        assertThat(fixture().store.stepUndone(Claim.of(undo), step)).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(steps(job).get(0).undoneAt()).isNotNull();
        assertThat(fixture().complete(undo)).isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("an undo job cannot mark the steps of another")
    void undoOfAnother() {
        List<Job> jobs = failedAfterCharge(2);
        Job mine = jobs.get(0);
        Job other = jobs.get(1);
        Job undo = fixture().claim(10).stream()
                .filter(job -> mine.id().equals(job.undoes()))
                .findFirst()
                .orElseThrow();

        assertThat(fixture().store.stepUndone(Claim.of(undo), steps(other).get(0)))
                .isEqualTo(Settled.LOST);
        assertThat(steps(other).get(0).undoneAt()).isNull();
    }

    @Test
    @DisplayName("an undo job cannot be cancelled")
    void notCancellable() {
        failedAfterCharge();
        Job undo = onlyUndo();

        assertThat(fixture().store.cancel(undo.id(), Locale.ENGLISH)).isEqualTo(CancelResult.NOT_CANCELLABLE);
        assertThat(fixture().status(undo.id())).isEqualTo(JobStatus.PENDING);

        Job running = fixture().claimed(undo.id());
        assertThat(fixture().store.cancel(undo.id(), Locale.ENGLISH)).isEqualTo(CancelResult.NOT_CANCELLABLE);
        assertThat(fixture().find(undo.id()).cancelRequestedAt()).isNull();
        assertThat(fixture().complete(running)).isEqualTo(Settled.APPLIED);
        assertThat(fixture().store.cancel(undo.id(), Locale.ENGLISH)).isEqualTo(CancelResult.ALREADY_ENDED);
    }

    @Test
    @DisplayName("a settlement that would fail an undo job makes it come back, with the error to be seen")
    void undoNeverFails() {
        failedAfterCharge();
        Job undo = fixture().claimed(onlyUndo().id());

        assertThat(fixture().fail(undo)).isEqualTo(Settled.APPLIED);

        Job back = fixture().find(undo.id());
        assertThat(back.status()).isEqualTo(JobStatus.PENDING);
        assertThat(back.errorMessage()).isEqualTo("boom");
        assertThat(back.runAt()).isAfter(back.updatedAt());
        assertThat(fixture().store.failures(undo.id())).hasSize(1);
    }

    @Test
    @DisplayName("an undo job may lose any number of workers")
    void undoOutlivesWorkers() {
        failedAfterCharge();
        UUID undo = onlyUndo().id();
        for (int lost = 1; lost <= Fixture.CAP + 2; lost++) {
            fixture().claimed(undo);

            List<TakenOver> taken = fixture().loseWorkers();

            assertThat(taken).extracting(TakenOver::status).containsExactly(JobStatus.PENDING);
            Job back = fixture().find(undo);
            assertThat(back.lostWorkers()).isEqualTo(lost);
            // It may be what kills them.
            assertThat(back.runAt().isAfter(back.updatedAt())).isEqualTo(lost > 1);
            fixture().age(Duration.ofHours(1));
        }
        fixture().complete(fixture().claimed(undo));
        assertThat(fixture().status(undo)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a job is not retried by hand before its steps are undone, and then does them with new keys")
    void retryAfterUndo() {
        Job job = failedAfterCharge();
        Job undo = onlyUndo();

        assertThat(fixture().store.retry(job.id())).isEqualTo(RetryResult.undoOpen(undo.id()));
        Job undoing = fixture().claimed(undo.id());
        assertThat(fixture().store.retry(job.id())).isEqualTo(RetryResult.undoOpen(undo.id()));
        JobStep charged = steps(job).get(0);
        fixture().store.stepUndone(Claim.of(undoing), charged);
        fixture().complete(undoing);
        assertThat(fixture().store.retry(undo.id()).outcome()).isEqualTo(RetryResult.Outcome.NOT_RETRYABLE);

        assertThat(fixture().store.retry(job.id()).outcome()).isEqualTo(RetryResult.Outcome.RETRIED);

        Job again = fixture().claimed(job.id());
        StepBegun begun = begin(again, CHARGE);
        assertThat(begun.outcome()).isEqualTo(Settled.APPLIED);
        assertThat(begun.step().orElseThrow().key()).isNotEqualTo(charged.key());
        assertThat(begun.step().orElseThrow().position()).isEqualTo(2);
        assertThat(steps(job)).hasSize(2);
        fixture().fail(again);
        assertThat(undos()).extracting(Job::status).containsExactlyInAnyOrder(JobStatus.COMPLETED, JobStatus.PENDING);
    }

    @Test
    @DisplayName("a parent is not retried by hand before the steps of its children are undone")
    void retryOfFamily() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        Job claimed = fixture().claimed(child.id());
        begin(claimed, CHARGE);
        fixture().fail(claimed);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.FAILED);
        Job undo = onlyUndo();

        assertThat(fixture().store.retry(parent.id())).isEqualTo(RetryResult.undoOpen(undo.id()));

        fixture().complete(fixture().claimed(undo.id()));
        assertThat(fixture().store.retry(parent.id()).outcome()).isEqualTo(RetryResult.Outcome.RETRIED);
        assertThat(fixture().status(child.id())).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("purge keeps a job whose steps have yet to be undone, and deletes steps with their job")
    void purge() {
        Job job = failedAfterCharge();
        Retention none = new Retention(Duration.ZERO, Duration.ZERO);
        fixture().age(Duration.ofHours(1));

        assertThat(fixture().store.purge(none, 10)).isZero();
        assertThat(steps(job)).hasSize(1);

        fixture().loseWorkers();
        fixture().complete(fixture().claimed(onlyUndo().id()));
        fixture().age(Duration.ofHours(1));
        assertThat(fixture().store.purge(none, 10)).isEqualTo(2);
        assertThat(steps(job)).isEmpty();
    }

    @Test
    @DisplayName("a query finds the jobs that undo steps, and no others")
    void queried() {
        Job job = failedAfterCharge();
        fixture().added();
        Job undo = onlyUndo();

        assertThat(fixture().store.list(JobQuery.all().undos())).containsExactly(undo);
        assertThat(fixture().store.count(JobQuery.all().undos())).isEqualTo(1);
        assertThat(fixture().store.list(JobQuery.all().undos().status(JobStatus.PENDING, JobStatus.PROCESSING)))
                .containsExactly(undo);
        assertThat(fixture().store.list(JobQuery.all().undos().status(JobStatus.COMPLETED)))
                .isEmpty();
        assertThat(fixture().store.list(JobQuery.all().type(job.type()))).noneMatch(Job::isUndo);
    }

    private Job failedAfterCharge() {
        return failedAfterCharge(1).get(0);
    }

    private List<Job> failedAfterCharge(int count) {
        for (int i = 0; i < count; i++) {
            fixture().added();
        }
        List<Job> jobs = fixture().claim(count);
        for (Job job : jobs) {
            begin(job, CHARGE);
            finish(job, CHARGE, "1");
            fixture().fail(job);
        }
        return jobs;
    }

    private StepBegun begin(Job job, StepName name) {
        return fixture().store.beginStep(Claim.of(job), name, true);
    }

    private Settled finish(Job job, StepName name, @Nullable String result) {
        return fixture().store.finishStep(Claim.of(job), name, result);
    }

    private List<JobStep> steps(Job job) {
        return fixture().store.steps(job.id());
    }

    private List<Job> undos() {
        return fixture().store.list(JobQuery.all()).stream().filter(Job::isUndo).toList();
    }

    private Job onlyUndo() {
        assertThat(undos()).hasSize(1);
        return undos().get(0);
    }
}
