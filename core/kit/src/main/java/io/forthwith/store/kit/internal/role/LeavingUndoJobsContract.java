package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class LeavingUndoJobsContract {
    private static final StepName UPLOAD = new StepName("upload", "");

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a job that fails with steps to undo leaves one undo job, which gets all its steps")
    void failureLeavesUndo() {
        NewJob added = fixture().job().metadata("tenant", "acme").traceContext("trace");
        fixture().add(added);
        Job job = fixture().claimed(added.id());
        fixture().begin(job, StoreFixture.CHARGE);
        fixture().finish(job, StoreFixture.CHARGE, "1");
        fixture().store.beginStep(Claim.of(job), UPLOAD, false);

        assertThat(fixture().fail(job)).isEqualTo(Settled.APPLIED);

        Job undo = fixture().onlyUndo();
        assertThat(undo.undoes()).isEqualTo(job.id());
        assertThat(undo.status()).isEqualTo(JobStatus.PENDING);
        assertThat(undo.type()).isEqualTo("undo:" + job.type());
        assertThat(undo.userId()).isNull();
        assertThat(undo.metadata()).isEqualTo(added.metadata());
        assertThat(undo.traceContext()).isEqualTo("trace");
        assertThat(fixture().steps(job)).extracting(JobStep::undoJobId).containsExactly(undo.id(), undo.id());
        assertThat(fixture().find(job.id()).hasUndo()).isFalse();
        assertThat(fixture().find(job.id()).status()).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().store.failures(job.id())).hasSize(1);
    }

    @Test
    @DisplayName("a job that completes, is retried, postponed or given back leaves no undo job")
    void noUndo() {
        Job job = fixture().claimed();
        fixture().begin(job, StoreFixture.CHARGE);
        fixture().settle(Settlement.retry(Claim.of(job), JobError.retryable("timeout", "Too slow"), Duration.ZERO));
        Job second = fixture().claimed(job.id());
        fixture().settle(Settlement.postpone(Claim.of(second), Duration.ZERO, "not yet"));
        Job third = fixture().claimed(job.id());
        fixture().settle(Settlement.giveBack(Claim.of(third)));
        Job fourth = fixture().claimed(job.id());
        fixture().finish(fourth, StoreFixture.CHARGE, "1");

        assertThat(fixture().complete(fourth)).isEqualTo(Settled.APPLIED);

        assertThat(fixture().undos()).isEmpty();
        assertThat(fixture().steps(job)).allMatch(JobStep::stands);
    }

    @Test
    @DisplayName("a job that fails without steps to undo leaves none, and keeps their results over a retry by hand")
    void nothingToUndo() {
        Job job = fixture().claimed();
        fixture().store.beginStep(Claim.of(job), UPLOAD, false);
        fixture().finish(job, UPLOAD, "1");
        fixture().fail(job);

        assertThat(fixture().undos()).isEmpty();
        assertThat(fixture().store.retry(job.id()).outcome()).isEqualTo(ActResult.Outcome.DONE);
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
        fixture().begin(job, StoreFixture.CHARGE);
        fixture().settle(Settlement.retry(Claim.of(job), JobError.retryable("timeout", "Slow"), Duration.ofHours(1)));

        assertThat(fixture().store.cancel(job.id(), Locale.ENGLISH)).isEqualTo(ActResult.DONE);

        assertThat(fixture().onlyUndo().undoes()).isEqualTo(job.id());
    }

    @Test
    @DisplayName("a request to cancel that turns a completion into a cancellation leaves an undo job")
    void cancelledCompletionLeavesUndo() {
        Job job = fixture().claimed();
        fixture().begin(job, StoreFixture.CHARGE);
        fixture().store.cancel(job.id(), Locale.ENGLISH);

        assertThat(fixture().complete(job)).isEqualTo(Settled.CANCELLED);

        assertThat(fixture().onlyUndo().undoes()).isEqualTo(job.id());
    }

    @Test
    @DisplayName("a job that loses its last worker leaves an undo job, and none before that")
    void takeOverLeavesUndo() {
        Job job = fixture().claimed();
        fixture().begin(job, StoreFixture.CHARGE);
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            fixture().loseWorkers();
            assertThat(fixture().undos()).isEmpty();
            fixture().claimed(job.id());
        }

        fixture().loseWorkers();

        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().onlyUndo().undoes()).isEqualTo(job.id());
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
        fixture().begin(jobs.get(1), StoreFixture.CHARGE);
        fixture().begin(jobs.get(3), StoreFixture.CHARGE);

        List<Settled> answers =
                fixture().store.settle(jobs.stream().map(StoreFixture::failure).toList());

        assertThat(answers).containsOnly(Settled.APPLIED);
        assertThat(ids).allMatch(id -> fixture().status(id) == JobStatus.FAILED);
        assertThat(fixture().undos())
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
        fixture().begin(job, StoreFixture.CHARGE);
        fixture().fail(job);

        assertThat(fixture().onlyUndo().timeLimit()).isEqualTo(Duration.ofSeconds(90));
        assertThat(fixture().onlyUndo().locale()).isEqualTo(Locale.CHINESE);
    }

    @Test
    @DisplayName("a step that was begun without an undo has one from when it is begun with one")
    void undoComesLater() {
        Job first = fixture().claimed();
        fixture().store.beginStep(Claim.of(first), StoreFixture.CHARGE, false);
        fixture().finish(first, StoreFixture.CHARGE, "1");
        fixture().settle(Settlement.giveBack(Claim.of(first)));
        Job second = fixture().claimed(first.id());

        StepBegun again = fixture().begin(second, StoreFixture.CHARGE);

        assertThat(again.outcome()).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(again.step().orElseThrow().hasUndo()).isTrue();
        assertThat(fixture().steps(second)).containsExactly(again.step().orElseThrow());
        fixture().fail(second);
        assertThat(fixture().onlyUndo().undoes()).isEqualTo(first.id());
    }

    @Test
    @DisplayName("a job with the id of one that was purged is undone by a job of its own, with other keys")
    void sameIdAgain() {
        NewJob again = fixture().job();
        fixture().add(again);
        Job first = fixture().claimed(again.id());
        String key =
                fixture().begin(first, StoreFixture.CHARGE).step().orElseThrow().key();
        fixture().fail(first);
        UUID undo = fixture().onlyUndo().id();
        fixture().complete(fixture().claimed(undo));
        fixture().age(Duration.ofHours(1));
        fixture().loseWorkers();
        assertThat(fixture()
                        .store
                        .purge(Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ZERO), 10)
                        .jobs())
                .isEqualTo(1);

        fixture().add(again);
        Job second = fixture().claimed(again.id());
        assertThat(second.claim()).isEqualTo(first.claim());
        assertThat(fixture()
                        .begin(second, StoreFixture.CHARGE)
                        .step()
                        .orElseThrow()
                        .key())
                .isNotEqualTo(key);
        assertThat(fixture().fail(second)).isEqualTo(Settled.APPLIED);

        assertThat(fixture().undos()).hasSize(2).extracting(Job::id).contains(undo);
    }
}
