package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class CancelAndRetryContract {
    private static final ActResult RETRIED = ActResult.DONE;

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("cancel ends a pending job at once")
    void cancelPending() {
        UUID id = fixture().added();

        assertThat(cancel(id)).isEqualTo(ActResult.DONE);

        assertThat(fixture().status(id)).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture().find(id).completedAt()).isNotNull();
        assertThat(fixture().find(id).claim()).isZero();
        assertThat(fixture().claim(10)).isEmpty();
    }

    @Test
    @DisplayName("cancel of a job that waits for its retry clears the error of the last attempt")
    void cancelClearsError() {
        Job job = fixture().claimed();
        fixture()
                .settle(Settlement.retry(
                        Claim.of(job), JobError.retryable("timeout", "Too slow"), Duration.ofHours(1)));

        assertThat(cancel(job.id())).isEqualTo(ActResult.DONE);
        assertThat(fixture().find(job.id()).errorMessage()).isNull();
        assertThat(fixture().store.failures(job.id())).hasSize(1);
    }

    @Test
    @DisplayName("cancel ends a waiting job at once")
    void cancelWaiting() {
        NewJob parent = fixture().job();
        fixture().addAll(parent, fixture().childOf(parent));

        assertThat(cancel(parent.id())).isEqualTo(ActResult.DONE);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("cancel of a parent reaches all that is open below it, also below children that have failed before")
    void cancelBelowTheFailed() {
        NewJob top = fixture().job().onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob middle = fixture().childOf(top);
        NewJob low = fixture().childOf(middle);
        NewJob bad = fixture().childOf(low);
        NewJob running = fixture().childOf(low);
        NewJob pending = fixture().childOf(middle).delay(Duration.ofHours(1));
        NewJob open = fixture().childOf(top).delay(Duration.ofHours(1));
        fixture().addAll(top, middle, low, bad, running, pending, open);
        Job runs = fixture().running(running);
        fixture().fails(bad);
        assertThat(fixture().statuses(low, middle)).containsOnly(JobStatus.FAILED);

        assertThat(fixture().cancel(top)).isEqualTo(ActResult.DONE);

        assertThat(fixture().statuses(top, open, pending)).containsOnly(JobStatus.CANCELLED);
        assertThat(fixture().statuses(low, middle)).containsOnly(JobStatus.FAILED);
        assertThat(fixture().complete(runs)).isEqualTo(Settled.CANCELLED);
    }

    @Test
    @DisplayName("cancel of a running job is a request to its worker, asked once or twice")
    void cancelRunning() {
        Job job = fixture().claimed();

        assertThat(cancel(job.id())).isEqualTo(ActResult.REQUESTED);
        Job requested = fixture().find(job.id());
        assertThat(requested.status()).isEqualTo(JobStatus.PROCESSING);
        assertThat(requested.cancelRequestedAt()).isNotNull();
        assertThat(requested.completedAt()).isNull();

        assertThat(cancel(job.id())).isEqualTo(ActResult.REQUESTED);
        assertThat(fixture().find(job.id()).cancelRequestedAt()).isEqualTo(requested.cancelRequestedAt());
    }

    @Test
    @DisplayName("cancel of a job that has ended, or that does not exist, changes nothing and says so")
    void cancelEnded() {
        Job completed = fixture().claimed();
        fixture().complete(completed);
        Job failed = fixture().claimed();
        fixture().fail(failed);
        UUID cancelled = fixture().added();
        cancel(cancelled);

        assertThat(cancel(completed.id())).isEqualTo(ActResult.ENDED);
        assertThat(cancel(failed.id())).isEqualTo(ActResult.ENDED);
        assertThat(cancel(cancelled)).isEqualTo(ActResult.ENDED);
        assertThat(cancel(UUID.randomUUID())).isEqualTo(ActResult.NOT_FOUND);
        assertThat(fixture().status(completed.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().status(failed.id())).isEqualTo(JobStatus.FAILED);
    }

    @Test
    @DisplayName("cancel frees the unique key")
    void cancelFreesKey() {
        UUID id = fixture().add(fixture().job().uniqueKey("k")).id();
        cancel(id);

        NewJob next = fixture().job().uniqueKey("k");
        assertThat(fixture().add(next).id()).isEqualTo(next.id());
    }

    @Test
    @DisplayName("retry makes a failed job due at once and resets everything but the claim and the history")
    void retryFailed() {
        UUID id = fixture().add(fixture().job().maxAttempts(9).priority(7)).id();
        Job first = fixture().claimed(id);
        fixture().settle(Settlement.postpone(Claim.of(first), Duration.ZERO, "not yet"));
        fixture().claimed(id);
        fixture().loseWorkers();
        Job job = fixture().claimed(id);
        fixture()
                .store
                .report(List.of(new ProgressReport(Claim.of(job), ReadModelFactory.jobProgress(50, 1, 2, "half"))));
        fixture().fail(job);

        assertThat(fixture().store.retry(id)).isEqualTo(RETRIED);

        Job retried = fixture().find(id);
        assertThat(retried.status()).isEqualTo(JobStatus.PENDING);
        assertThat(retried.claim()).isEqualTo(job.claim());
        assertThat(retried.attempt()).isZero();
        assertThat(retried.lostWorkers()).isZero();
        assertThat(retried.postponements()).isZero();
        assertThat(retried.postponedSince()).isNull();
        assertThat(retried.progress()).isEqualTo(JobProgress.NONE);
        assertThat(retried.errorMessage()).isNull();
        assertThat(retried.errorKind()).isNull();
        assertThat(retried.errorCode()).isNull();
        assertThat(retried.result()).isNull();
        assertThat(retried.completedAt()).isNull();
        assertThat(retried.cancelRequestedAt()).isNull();
        assertThat(retried.maxAttempts()).isEqualTo(9);
        assertThat(retried.priority()).isEqualTo(7);
        assertThat(fixture().store.failures(id)).hasSize(1);
        assertThat(fixture().claimed(id).claim()).isEqualTo(job.claim() + 1);
        assertThat(fixture().complete(job)).isEqualTo(Settled.LOST);
    }

    @Test
    @DisplayName("a retried job is due at once, however late it was to run")
    void retryIsDueAtOnce() {
        UUID id = fixture().add(fixture().job().delay(Duration.ofHours(1))).id();
        cancel(id);

        assertThat(fixture().store.retry(id)).isEqualTo(RETRIED);
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(id);
    }

    @Test
    @DisplayName("retry of a cancelled job forgets the cancellation")
    void retryCancelled() {
        Job job = fixture().claimed();
        cancel(job.id());
        fixture().complete(job);

        assertThat(fixture().store.retry(job.id())).isEqualTo(RETRIED);
        assertThat(fixture().complete(fixture().claimed(job.id()))).isEqualTo(Settled.APPLIED);
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("retry of a job that is open or completed, or that does not exist, changes nothing and says so")
    void notRetryable() {
        ActResult refused = ActResult.NOT_FAILED;
        UUID pending = fixture().added();
        assertThat(fixture().store.retry(pending)).isEqualTo(refused);
        Job job = fixture().claimed(pending);
        assertThat(fixture().store.retry(pending)).isEqualTo(refused);
        fixture().complete(job);
        assertThat(fixture().store.retry(pending)).isEqualTo(refused);
        assertThat(fixture().store.retry(UUID.randomUUID())).isEqualTo(ActResult.NOT_FOUND);
        assertThat(fixture().status(pending)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("retry answers with the open job that has taken the unique key meanwhile")
    void retryConflict() {
        NewJob first = fixture().job().uniqueKey("k");
        fixture().add(first);
        fixture().fail(fixture().claimed(first.id()));
        NewJob second = fixture().job().uniqueKey("k");
        fixture().add(second);

        assertThat(fixture().store.retry(first.id())).isEqualTo(ActResult.keyTaken(second.id()));
        assertThat(fixture().status(first.id())).isEqualTo(JobStatus.FAILED);

        fixture().complete(fixture().claimed(second.id()));
        assertThat(fixture().store.retry(first.id())).isEqualTo(RETRIED);
    }

    @Test
    @DisplayName("retry of a failed parent retries its failed and cancelled children and waits again")
    void retryFamily() {
        NewJob parent = fixture().job();
        NewJob good = fixture().childOf(parent);
        NewJob bad = fixture().childOf(parent);
        NewJob cancelled = fixture().childOf(parent);
        fixture().addAll(parent, good, bad, cancelled);
        cancel(cancelled.id());
        List<Job> claimed = fixture().claim(10);
        claimed.forEach(job -> {
            if (job.id().equals(good.id())) {
                fixture().complete(job);
            } else {
                fixture().fail(job);
            }
        });
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.FAILED);

        assertThat(fixture().store.retry(parent.id())).isEqualTo(RETRIED);

        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().find(parent.id()).progress().percent()).isZero();
        assertThat(fixture().status(good.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().status(bad.id())).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().status(cancelled.id())).isEqualTo(JobStatus.PENDING);
        fixture().claim(10).forEach(fixture()::complete);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().find(parent.id()).errorMessage()).isNull();
    }

    @Test
    @DisplayName("retry of a parent reaches its grandchildren")
    void retryGenerations() {
        NewJob top = fixture().job();
        NewJob middle = fixture().childOf(top);
        NewJob leaf = fixture().childOf(middle);
        fixture().addAll(top, middle, leaf);
        fixture().fail(fixture().claimed(leaf.id()));

        assertThat(fixture().store.retry(top.id())).isEqualTo(RETRIED);
        assertThat(fixture().status(middle.id())).isEqualTo(JobStatus.WAITING);
        fixture().complete(fixture().claimed(leaf.id()));
        assertThat(fixture().status(top.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("retry of a failed parent whose children have all completed meanwhile completes it")
    void retryFinishedFamily() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        fixture().fail(fixture().claimed(child.id()));
        fixture().store.retry(child.id());
        fixture().complete(fixture().claimed(child.id()));

        assertThat(fixture().store.retry(parent.id())).isEqualTo(RETRIED);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("retry of a child does not reopen its parent")
    void retryChild() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        fixture().fail(fixture().claimed(child.id()));

        assertThat(fixture().store.retry(child.id())).isEqualTo(RETRIED);
        fixture().complete(fixture().claimed(child.id()));

        assertThat(fixture().status(child.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.FAILED);
    }

    @Test
    @DisplayName("a key taken from any member of a family changes none of it")
    void retryFamilyConflict() {
        NewJob parent = fixture().job();
        NewJob keyed = fixture().childOf(parent).uniqueKey("k");
        NewJob plain = fixture().childOf(parent);
        fixture().addAll(parent, keyed, plain);
        fixture().claim(10).forEach(fixture()::fail);
        NewJob holder = fixture().job().uniqueKey("k");
        fixture().add(holder);

        assertThat(fixture().store.retry(parent.id())).isEqualTo(ActResult.keyTaken(holder.id()));
        assertThat(List.of(parent, keyed, plain))
                .extracting(job -> fixture().status(job.id()))
                .containsOnly(JobStatus.FAILED);
    }

    private ActResult cancel(UUID id) {
        return fixture().store.cancel(id, Locale.ENGLISH);
    }
}
