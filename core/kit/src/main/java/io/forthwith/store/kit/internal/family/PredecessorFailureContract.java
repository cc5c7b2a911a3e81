package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

public abstract class PredecessorFailureContract {
    public abstract StoreFixture fixture();

    @ParameterizedTest(name = "{0}")
    @EnumSource(PredecessorFailurePolicy.class)
    @DisplayName("when a predecessor fails, a job fails too, runs when all have ended, or is cancelled, as it says")
    void failed(PredecessorFailurePolicy policy) {
        NewJob bad = fixture().job();
        NewJob slow = fixture().job();
        NewJob after = fixture().job().after(bad, slow).onPredecessorFailure(policy);
        fixture().addAll(bad, slow, after);
        assertThat(fixture().find(after).relations().onPredecessorFailure()).isEqualTo(policy);

        fixture().fails(bad, "Insufficient credits");

        assertThat(fixture().status(slow)).isEqualTo(JobStatus.PROCESSING);
        switch (policy) {
            case FAIL -> {
                Job failed = fixture().find(after);
                assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
                assertThat(failed.errorMessage())
                        .isEqualTo("A job that had to complete first failed: Insufficient credits");
                assertThat(failed.errorKind()).isEqualTo(JobError.Kind.USER);
                assertThat(failed.errorCode()).isEqualTo("predecessor_failed");
                assertThat(failed.completedAt()).isNotNull();
                assertThat(fixture().store.failures(after.id())).isEmpty();
            }
            case RUN -> {
                assertThat(fixture().status(after)).isEqualTo(JobStatus.WAITING);
                fixture().completes(slow, after);
            }
            case CANCEL -> {
                Job cancelled = fixture().find(after);
                assertThat(cancelled.status()).isEqualTo(JobStatus.CANCELLED);
                assertThat(cancelled.errorMessage()).isNull();
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(PredecessorFailurePolicy.class)
    @DisplayName("a cancelled predecessor counts as a failed one")
    void cancelled(PredecessorFailurePolicy policy) {
        NewJob stopped = fixture().job();
        NewJob after = fixture().job().after(stopped).onPredecessorFailure(policy);
        fixture().addAll(stopped, after);

        fixture().cancel(stopped);

        Job ended = fixture().find(after);
        assertThat(ended.status())
                .isEqualTo(
                        switch (policy) {
                            case FAIL -> JobStatus.FAILED;
                            case RUN -> JobStatus.PENDING;
                            case CANCEL -> JobStatus.CANCELLED;
                        });
        boolean hasFailed = policy == PredecessorFailurePolicy.FAIL;
        assertThat(ended.errorMessage()).isEqualTo(hasFailed ? "A job that had to complete first was cancelled" : null);
        assertThat(ended.errorCode()).isEqualTo(hasFailed ? "predecessor_cancelled" : null);
        assertThat(ended.errorKind()).isEqualTo(hasFailed ? JobError.Kind.SYSTEM : null);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(PredecessorFailurePolicy.class)
    @DisplayName("a job that is added after its predecessor failed follows that failure at once")
    void failedBefore(PredecessorFailurePolicy policy) {
        NewJob bad = fixture().job();
        fixture().add(bad);
        fixture().fails(bad);
        NewJob open = fixture().job();
        NewJob stopped = fixture().job();
        fixture().addAll(open, stopped);
        fixture().cancel(stopped);

        NewJob after = fixture().job().after(bad, open, stopped).onPredecessorFailure(policy);
        NewJob afterThat = fixture().job().after(after);
        fixture().addAll(after, afterThat);

        assertThat(fixture().statuses(after, afterThat))
                .containsExactly(
                        switch (policy) {
                            case FAIL -> new JobStatus[] {JobStatus.FAILED, JobStatus.FAILED};
                            case RUN -> new JobStatus[] {JobStatus.WAITING, JobStatus.WAITING};
                            case CANCEL -> new JobStatus[] {JobStatus.CANCELLED, JobStatus.FAILED};
                        });
        if (policy == PredecessorFailurePolicy.FAIL) {
            assertThat(fixture().find(after).errorMessage()).isEqualTo("A job that had to complete first failed: boom");
        }
        if (policy == PredecessorFailurePolicy.RUN) {
            fixture().completes(open, after, afterThat);
        }
    }

    @Test
    @DisplayName("a failed predecessor counts at once, before or after completed predecessors of the same batch")
    void oneBatch() {
        for (boolean isFirst : new boolean[] {true, false}) {
            NewJob good = fixture().job();
            NewJob bad = fixture().job();
            NewJob open = fixture().job().delay(Duration.ofHours(1));
            NewJob after = fixture().job().after(good, bad, open);
            fixture().addAll(good, bad, open, after);
            Settlement completes = Settlement.complete(Claim.of(fixture().running(good)), null);
            Settlement fails = StoreFixture.failure(fixture().running(bad));

            fixture().store.settle(isFirst ? List.of(fails, completes) : List.of(completes, fails));

            assertThat(fixture().statuses(open, after)).containsExactly(JobStatus.PENDING, JobStatus.FAILED);
        }
    }

    @Test
    @DisplayName("a failure goes down a chain in one transaction, up to a job that runs anyway or is cancelled")
    void chains() {
        NewJob bad = fixture().job();
        NewJob fails = fixture().job().after(bad);
        NewJob failsToo = fixture().job().after(fails);
        NewJob runs = fixture().job().after(failsToo).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        NewJob afterRuns = fixture().job().after(runs);
        NewJob stops = fixture().job().after(failsToo).onPredecessorFailure(PredecessorFailurePolicy.CANCEL);
        NewJob stopsToo = fixture().job().after(stops).onPredecessorFailure(PredecessorFailurePolicy.CANCEL);
        NewJob failsForStop = fixture().job().after(stopsToo);
        fixture().addAll(failsForStop, stopsToo, stops, afterRuns, runs, failsToo, fails, bad);

        fixture().fails(bad);

        assertThat(fixture().statuses(fails, failsToo, runs, afterRuns, stops, stopsToo, failsForStop))
                .containsExactly(
                        JobStatus.FAILED,
                        JobStatus.FAILED,
                        JobStatus.PENDING,
                        JobStatus.WAITING,
                        JobStatus.CANCELLED,
                        JobStatus.CANCELLED,
                        JobStatus.FAILED);
        assertThat(fixture().find(failsToo).errorMessage())
                .as("what went wrong first")
                .isEqualTo("A job that had to complete first failed: boom");
        assertThat(fixture().find(failsForStop).errorCode()).isEqualTo("predecessor_cancelled");
        fixture().completes(runs, afterRuns);
    }

    @Test
    @DisplayName(
            "a job repeats the error of the predecessor that failed first, and prefers a failed one to a cancelled one")
    void first() {
        NewJob stopped = fixture().job();
        NewJob later = fixture().job();
        NewJob sooner = fixture().job();
        NewJob open = fixture().job();
        fixture().addAll(stopped, later, sooner, open);
        fixture().cancel(stopped);
        fixture()
                .settle(Settlement.fail(
                        Claim.of(fixture().running(sooner)), JobError.permanent("api", "sooner"), Locale.ENGLISH));
        fixture().age(Duration.ofSeconds(1));
        fixture().fails(later, "later");
        NewJob after = fixture().job().after(stopped, later, sooner, open);
        fixture().add(after);

        assertThat(fixture().find(after).errorMessage()).isEqualTo("A job that had to complete first failed: sooner");
        assertThat(fixture().find(after).errorKind()).isEqualTo(JobError.Kind.SYSTEM);
    }

    @Test
    @DisplayName("a job repeats the cause if the cause and its consequence end in one transaction")
    void rootCause() {
        NewJob parent = fixture().job();
        NewJob symptom = fixture().childOf(parent);
        NewJob cause = fixture().childOf(parent);
        NewJob last = fixture().job().after(symptom.after(cause), cause);
        fixture().addAll(parent, symptom.after(cause), cause, last);

        fixture().fails(cause, "no credits");

        assertThat(fixture().find(symptom).errorMessage())
                .isEqualTo("A job that had to complete first failed: no credits");
        assertThat(fixture().find(parent).errorMessage()).isEqualTo("2 of 2 child jobs failed: no credits");
        assertThat(fixture().find(last).errorMessage())
                .isEqualTo("A job that had to complete first failed: no credits");
    }

    @Test
    @DisplayName("the message is in the job's own language, or in that of the call that ends the predecessor")
    void languages() {
        NewJob bad = fixture().job();
        NewJob own = fixture().job().after(bad).locale(Locale.ENGLISH);
        NewJob afterOwn = fixture().job().after(own);
        NewJob none = fixture().job().after(bad);
        NewJob stopped = fixture().job();
        NewJob afterStopped = fixture().job().after(stopped);
        fixture().addAll(bad, own, afterOwn, none, stopped, afterStopped);

        fixture().store.cancel(stopped.id(), Locale.SIMPLIFIED_CHINESE);
        fixture().settle(StoreFixture.failure(fixture().running(bad), "积分不足").in(Locale.SIMPLIFIED_CHINESE));

        assertThat(fixture().find(own).errorMessage()).isEqualTo("A job that had to complete first failed: 积分不足");
        assertThat(fixture().find(afterOwn).errorMessage())
                .as("along a chain all say the same")
                .isEqualTo("A job that had to complete first failed: 积分不足");
        assertThat(fixture().find(none).errorMessage()).isEqualTo("前置任务失败: 积分不足");
        assertThat(fixture().find(afterStopped).errorMessage()).isEqualTo("前置任务被取消");
    }

    @Test
    @DisplayName("a predecessor that is given up because its workers were lost has failed")
    void lostWorkers() {
        NewJob lost = fixture().job();
        NewJob after = fixture().job().after(lost);
        fixture().addAll(lost, after);
        fixture().running(lost);
        fixture().age(StoreFixture.LEASE.plusSeconds(1));

        fixture().store.takeOver(new TakeOverRequest(1, Duration.ZERO, Locale.ENGLISH));

        assertThat(fixture().statuses(lost, after)).containsOnly(JobStatus.FAILED);
        assertThat(fixture().find(after).errorMessage())
                .startsWith("A job that had to complete first failed: The job was given up");
    }

    @Test
    @DisplayName("neither a failed attempt that will be repeated nor a waiting parent releases a successor")
    void notYet() {
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first);
        fixture().addAll(first, after);

        fixture()
                .settle(Settlement.retry(
                        Claim.of(fixture().running(first)), JobError.retryable("timeout", "Slow"), Duration.ZERO));
        fixture().settle(Settlement.postpone(Claim.of(fixture().running(first)), Duration.ZERO, "not yet"));
        fixture().settle(Settlement.giveBack(Claim.of(fixture().running(first))));
        assertThat(fixture().status(after)).isEqualTo(JobStatus.WAITING);

        fixture().completes(first, after);
    }

    @Test
    @DisplayName("a child that fails because of its predecessor fails its own family, also another family")
    void acrossFamilies() {
        NewJob one = fixture().job();
        NewJob bad = fixture().childOf(one);
        NewJob other =
                fixture().job().onChildFailure(ChildFailurePolicy.FAIL_AT_END).cancelOtherChildren();
        NewJob follower = fixture().childOf(other).after(bad);
        NewJob running = fixture().childOf(other);
        NewJob afterAll = fixture().job().after(one, other).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        fixture().addAll(one, bad, other, follower, running, afterAll);
        Job runs = fixture().running(running);

        fixture().fails(bad);

        assertThat(fixture().statuses(one, follower, other, afterAll))
                .containsExactly(JobStatus.FAILED, JobStatus.FAILED, JobStatus.WAITING, JobStatus.WAITING);
        assertThat(fixture().complete(runs)).isEqualTo(Settled.CANCELLED);
        assertThat(fixture().statuses(other, afterAll)).containsExactly(JobStatus.FAILED, JobStatus.PENDING);
    }

    @Test
    @DisplayName("a job that waits for its spawned children is not affected by its predecessors")
    void spawnedMeanwhile() {
        NewJob bad = fixture().job();
        NewJob after = fixture().job().after(bad).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        fixture().addAll(bad, after);
        fixture().fails(bad);
        NewJob child = fixture().childOf(after);
        SpawnedJobs spawn = new SpawnedJobs(List.of(StoreFixture.encode(child)), ChildFailurePolicy.FAIL_AT_ONCE, true);
        fixture().settle(Settlement.awaitChildren(Claim.of(fixture().running(after)), null, spawn));

        fixture().retry(bad);
        fixture().fails(bad);

        assertThat(fixture().status(after)).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().find(child).cancelRequestedAt()).isNull();
        fixture().completes(child);
        assertThat(fixture().status(after)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("the cancel of a waiting job ends it at once, and its successors follow")
    void cancelledByHand() {
        NewJob first = fixture().job();
        NewJob middle = fixture().job().after(first);
        List<NewJob> last = List.of(
                fixture().job().after(middle),
                fixture().job().after(middle).onPredecessorFailure(PredecessorFailurePolicy.RUN),
                fixture().job().after(middle).onPredecessorFailure(PredecessorFailurePolicy.CANCEL));
        fixture().addAll(first, middle);
        fixture().addAll(last.toArray(NewJob[]::new));

        fixture().cancel(middle);

        assertThat(fixture().statuses(first, middle)).containsExactly(JobStatus.PENDING, JobStatus.CANCELLED);
        assertThat(fixture().statuses(last.toArray(NewJob[]::new)))
                .containsExactly(JobStatus.FAILED, JobStatus.PENDING, JobStatus.CANCELLED);
        fixture().completes(first);
        assertThat(fixture().status(middle)).isEqualTo(JobStatus.CANCELLED);
    }
}
