package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.TakenOver;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class RunningUndoJobsContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("an undo job is claimed once, for the requested types only, whatever the queues")
    void claimedByType() {
        Job job = fixture().failedAfterCharge();

        ClaimRequest otherType = new ClaimRequest(
                fixture().worker(), List.of(NewJob.DEFAULT_QUEUE), 10, Set.of("another_type"), StoreFixture.CAP);
        assertThat(fixture().store.claim(otherType)).isEmpty();
        ClaimRequest otherQueue = new ClaimRequest(
                fixture().worker(),
                List.of("elsewhere", "nowhere"),
                10,
                Set.of("x", job.type()),
                StoreFixture.CAP,
                true);
        List<Job> claimed = fixture().store.claim(otherQueue);

        assertThat(claimed).extracting(Job::undoes).containsExactly(job.id());
        assertThat(claimed.get(0).status()).isEqualTo(JobStatus.PROCESSING);
        assertThat(claimed.get(0).isUndo()).isTrue();
        assertThat(fixture().claim(10)).isEmpty();
    }

    @Test
    @DisplayName("the limit of a claim counts undo jobs too")
    void limitCountsUndos() {
        fixture().failedAfterCharge(2);
        fixture().added();

        assertThat(fixture().claim(2)).hasSize(2);
        assertThat(fixture().claim(2)).hasSize(1);
    }

    @Test
    @DisplayName("undone steps are noted, once, under the claim of their undo job alone")
    void undone() {
        Job job = fixture().failedAfterCharge();
        Job undo = fixture().claimed(fixture().onlyUndo().id());
        JobStep step = fixture().steps(job).get(0);

        for (Claim other : StoreFixture.notQuite(Claim.of(undo))) {
            assertThat(fixture().store.stepUndone(other, step)).as("%s", other).isEqualTo(Settled.LOST);
        }
        assertThat(fixture().store.stepUndone(Claim.of(job), step)).isEqualTo(Settled.LOST);
        assertThat(fixture().steps(job).get(0).undoneAt()).isNull();

        assertThat(fixture().store.stepUndone(Claim.of(undo), step)).isEqualTo(Settled.APPLIED);
        assertThat(fixture().store.stepUndone(Claim.of(undo), step)).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(fixture().steps(job).get(0).undoneAt()).isNotNull();
        assertThat(fixture().complete(undo)).isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("an undo job cannot mark the steps of another")
    void undoOfAnother() {
        List<Job> jobs = fixture().failedAfterCharge(2);
        Job mine = jobs.get(0);
        Job other = jobs.get(1);
        Job undo = fixture().claim(10).stream()
                .filter(job -> mine.id().equals(job.undoes()))
                .findFirst()
                .orElseThrow();

        assertThat(fixture()
                        .store
                        .stepUndone(Claim.of(undo), fixture().steps(other).get(0)))
                .isEqualTo(Settled.LOST);
        assertThat(fixture().steps(other).get(0).undoneAt()).isNull();
    }

    @Test
    @DisplayName("an undo job cannot be cancelled")
    void notCancellable() {
        fixture().failedAfterCharge();
        Job undo = fixture().onlyUndo();

        assertThat(fixture().store.cancel(undo.id(), Locale.ENGLISH)).isEqualTo(ActResult.UNDO_JOB);
        assertThat(fixture().status(undo.id())).isEqualTo(JobStatus.PENDING);

        Job running = fixture().claimed(undo.id());
        assertThat(fixture().store.cancel(undo.id(), Locale.ENGLISH)).isEqualTo(ActResult.UNDO_JOB);
        assertThat(fixture().find(undo.id()).cancelRequestedAt()).isNull();
        assertThat(fixture().complete(running)).isEqualTo(Settled.APPLIED);
        assertThat(fixture().store.cancel(undo.id(), Locale.ENGLISH)).isEqualTo(ActResult.ENDED);
    }

    @Test
    @DisplayName("a settlement that would fail an undo job makes it pending again and shows the error")
    void undoNeverFails() {
        fixture().failedAfterCharge();
        Job undo = fixture().claimed(fixture().onlyUndo().id());

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
        fixture().failedAfterCharge();
        UUID undo = fixture().onlyUndo().id();
        for (int lost = 1; lost <= StoreFixture.CAP + 2; lost++) {
            fixture().claimed(undo);

            List<TakenOver> taken = fixture().loseWorkers();

            assertThat(taken).extracting(TakenOver::status).containsExactly(JobStatus.PENDING);
            Job back = fixture().find(undo);
            assertThat(back.lostWorkers()).isEqualTo(lost);
            // The job may be the reason why they die.
            assertThat(back.runAt().isAfter(back.updatedAt())).isEqualTo(lost > 1);
            fixture().age(Duration.ofHours(1));
        }
        fixture().complete(fixture().claimed(undo));
        assertThat(fixture().status(undo)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a job is not retried by hand before its steps are undone, and then does them with new keys")
    void retryAfterUndo() {
        Job job = fixture().failedAfterCharge();
        Job undo = fixture().onlyUndo();

        assertThat(fixture().store.retry(job.id())).isEqualTo(ActResult.undoOpen(undo.id()));
        Job undoing = fixture().claimed(undo.id());
        assertThat(fixture().store.retry(job.id())).isEqualTo(ActResult.undoOpen(undo.id()));
        JobStep charged = fixture().steps(job).get(0);
        fixture().store.stepUndone(Claim.of(undoing), charged);
        fixture().complete(undoing);
        assertThat(fixture().store.retry(undo.id()).outcome()).isEqualTo(ActResult.Outcome.NOT_FAILED);

        assertThat(fixture().store.retry(job.id()).outcome()).isEqualTo(ActResult.Outcome.DONE);

        Job again = fixture().claimed(job.id());
        StepBegun begun = fixture().begin(again, StoreFixture.CHARGE);
        assertThat(begun.outcome()).isEqualTo(Settled.APPLIED);
        assertThat(begun.step().orElseThrow().key()).isNotEqualTo(charged.key());
        assertThat(begun.step().orElseThrow().position()).isEqualTo(2);
        assertThat(fixture().steps(job)).hasSize(2);
        fixture().fail(again);
        assertThat(fixture().undos())
                .extracting(Job::status)
                .containsExactlyInAnyOrder(JobStatus.COMPLETED, JobStatus.PENDING);
    }

    @Test
    @DisplayName("a parent is not retried by hand before the steps of its children are undone")
    void retryOfFamily() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        Job claimed = fixture().claimed(child.id());
        fixture().begin(claimed, StoreFixture.CHARGE);
        fixture().fail(claimed);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.FAILED);
        Job undo = fixture().onlyUndo();

        assertThat(fixture().store.retry(parent.id())).isEqualTo(ActResult.undoOpen(undo.id()));

        fixture().complete(fixture().claimed(undo.id()));
        assertThat(fixture().store.retry(parent.id()).outcome()).isEqualTo(ActResult.Outcome.DONE);
        assertThat(fixture().status(child.id())).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("purge keeps a job whose steps are still to be undone, and deletes steps with their job")
    void purge() {
        Job job = fixture().failedAfterCharge();
        Retention none = Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);
        fixture().age(Duration.ofHours(1));

        assertThat(fixture().store.purge(none, 10).jobs()).isZero();
        assertThat(fixture().steps(job)).hasSize(1);

        fixture().loseWorkers();
        fixture().complete(fixture().claimed(fixture().onlyUndo().id()));
        fixture().age(Duration.ofHours(1));
        assertThat(fixture().store.purge(none, 10).jobs()).isEqualTo(2);
        assertThat(fixture().steps(job)).isEmpty();
    }

    @Test
    @DisplayName("a query finds the jobs that undo steps, and no others")
    void queried() {
        Job job = fixture().failedAfterCharge();
        fixture().added();
        Job undo = fixture().onlyUndo();

        assertThat(fixture().store.scan(JobQuery.all().undos())).containsExactly(undo);
        assertThat(fixture().store.countByScan(JobQuery.all().undos())).isEqualTo(1);
        assertThat(fixture().store.scan(JobQuery.all().undos().status(JobStatus.PENDING, JobStatus.PROCESSING)))
                .containsExactly(undo);
        assertThat(fixture().store.scan(JobQuery.all().undos().status(JobStatus.COMPLETED)))
                .isEmpty();
        assertThat(fixture().store.scan(JobQuery.all().type(job.type()))).noneMatch(Job::isUndo);
    }
}
