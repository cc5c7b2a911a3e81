package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StoreHints;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

public abstract class ChildFailureContract {
    private static final String CHILD_FAILED = "1 of 3 child jobs failed: boom";

    public abstract StoreFixture fixture();

    @ParameterizedTest(name = "{0}")
    @EnumSource(ChildFailurePolicy.class)
    @DisplayName("a failed child leaves its siblings alone, under every policy of the parent")
    void siblingsLeftAlone(ChildFailurePolicy policy) {
        Family family = add(fixture().job().onChildFailure(policy));
        Job running = fixture().running(family.second);

        fixture().fails(family.first);

        assertThat(fixture().status(family.parent))
                .isEqualTo(policy == ChildFailurePolicy.FAIL_AT_ONCE ? JobStatus.FAILED : JobStatus.WAITING);
        assertThat(fixture().find(running.id())).isEqualTo(running);
        assertThat(fixture().status(family.later)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().complete(running)).isEqualTo(Settled.APPLIED);
        fixture().age(Duration.ofHours(2));
        fixture().newWorker();
        fixture().completes(family.later);
        endsAs(policy, family.parent);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(ChildFailurePolicy.class)
    @DisplayName("a failed child cancels its siblings if the parent says so; running siblings get a request to cancel")
    void siblingsCancelled(ChildFailurePolicy policy) {
        Family family = add(fixture().job().onChildFailure(policy).cancelOtherChildren());
        Job running = fixture().running(family.second);

        fixture().fails(family.first);

        assertThat(fixture().status(family.parent))
                .isEqualTo(policy == ChildFailurePolicy.FAIL_AT_ONCE ? JobStatus.FAILED : JobStatus.WAITING);
        assertThat(fixture().status(family.later)).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture().status(family.second)).isEqualTo(JobStatus.PROCESSING);
        assertThat(fixture().find(family.second).cancelRequestedAt()).isNotNull();
        assertThat(fixture().complete(running)).isEqualTo(Settled.CANCELLED);
        endsAs(policy, family.parent);
    }

    private void endsAs(ChildFailurePolicy policy, NewJob parent) {
        Job ended = fixture().find(parent);
        if (policy == ChildFailurePolicy.IGNORE) {
            assertThat(ended.status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(ended.progress().percent()).isEqualTo(100);
            assertThat(ended.errorMessage()).isNull();
            assertThat(ended.errorCode()).isNull();
        } else {
            assertThat(ended.status()).isEqualTo(JobStatus.FAILED);
            assertThat(ended.errorMessage()).isEqualTo(CHILD_FAILED);
            assertThat(ended.errorCode()).isEqualTo("child_failed");
            assertThat(ended.errorKind()).isEqualTo(JobError.Kind.USER);
        }
        assertThat(ended.completedAt()).isNotNull();
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(ChildFailurePolicy.class)
    @DisplayName("a cancelled child counts as a failed one and also cancels its siblings")
    void cancelledCounts(ChildFailurePolicy policy) {
        Family left = add(fixture().job().onChildFailure(policy));
        Family swept = add(fixture().job().onChildFailure(policy).cancelOtherChildren());

        fixture().cancel(left.first);
        fixture().cancel(swept.later);

        assertThat(fixture().status(left.parent))
                .isEqualTo(policy == ChildFailurePolicy.FAIL_AT_ONCE ? JobStatus.FAILED : JobStatus.WAITING);
        assertThat(fixture().statuses(left.second, left.later)).containsOnly(JobStatus.PENDING);
        assertThat(fixture().statuses(swept.first, swept.second)).containsOnly(JobStatus.CANCELLED);
        Job ended = fixture().find(swept.parent);
        assertThat(ended.status())
                .isEqualTo(policy == ChildFailurePolicy.IGNORE ? JobStatus.COMPLETED : JobStatus.FAILED);
        assertThat(ended.errorCode()).isEqualTo(policy == ChildFailurePolicy.IGNORE ? null : "child_cancelled");
        assertThat(ended.errorMessage())
                .isEqualTo(
                        switch (policy) {
                            case FAIL_AT_ONCE -> "1 of 3 child jobs was cancelled";
                            case FAIL_AT_END -> "3 of 3 child jobs were cancelled";
                            case IGNORE -> null;
                        });
    }

    @Test
    @DisplayName("a failed child fails its parent at once, before or after completed children of the same batch")
    void oneBatch() {
        for (boolean isFirst : new boolean[] {true, false}) {
            Family family = add(fixture().job().cancelOtherChildren());
            Settlement fails = StoreFixture.failure(fixture().running(family.first));
            Settlement completes = Settlement.complete(Claim.of(fixture().running(family.second)), null);

            assertThat(fixture().store.settle(isFirst ? List.of(fails, completes) : List.of(completes, fails)))
                    .containsOnly(Settled.APPLIED);

            assertThat(fixture().statuses(family.parent, family.first, family.second, family.later))
                    .containsExactly(JobStatus.FAILED, JobStatus.FAILED, JobStatus.COMPLETED, JobStatus.CANCELLED);
        }
    }

    @Test
    @DisplayName("a completed child leaves its siblings alone, also in a family without changes for a long time")
    void completedChild() {
        Family family = add(fixture().job().cancelOtherChildren());
        fixture().age(Duration.ofSeconds(5));

        fixture().completes(family.first);

        assertThat(fixture().statuses(family.parent, family.second, family.later))
                .containsExactly(JobStatus.WAITING, JobStatus.PROCESSING, JobStatus.PENDING);
        assertThat(fixture().find(family.second).cancelRequestedAt()).isNull();
    }

    @Test
    @DisplayName(
            "a parent that fails at the end counts its failed children and repeats the error of the child that ended first")
    void countsAtTheEnd() {
        Family family = add(fixture().job().onChildFailure(ChildFailurePolicy.FAIL_AT_END));
        NewJob parent = family.parent;
        fixture()
                .settle(Settlement.fail(
                        Claim.of(fixture().running(family.second)),
                        JobError.permanent("api", "first"),
                        Locale.ENGLISH));
        fixture().age(Duration.ofSeconds(1));
        fixture().cancel(family.later);
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.WAITING);

        fixture().fails(family.first, "second");

        Job failed = fixture().find(parent);
        assertThat(failed.errorMessage()).isEqualTo("2 of 3 child jobs failed: first");
        assertThat(failed.errorKind()).isEqualTo(JobError.Kind.SYSTEM);
        assertThat(failed.errorCode()).isEqualTo("child_failed");
        assertThat(failed.progress().percent()).isZero();
    }

    @Test
    @DisplayName(
            "a parent that fails at the end uses its own language, or the language of the call that ends the last child")
    void languages() {
        NewJob own =
                fixture().job().onChildFailure(ChildFailurePolicy.FAIL_AT_END).locale(Locale.SIMPLIFIED_CHINESE);
        NewJob none = fixture().job().onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        for (NewJob parent : List.of(own, none)) {
            NewJob first = fixture().childOf(parent);
            NewJob last = fixture().childOf(parent).delay(Duration.ofHours(1));
            fixture().addAll(parent, first, last);
            fixture().fails(first, "积分不足");
            fixture().store.cancel(last.id(), parent == own ? Locale.ENGLISH : Locale.SIMPLIFIED_CHINESE);
        }

        assertThat(List.of(own, none))
                .extracting(parent -> fixture().find(parent).errorMessage())
                .containsOnly("2 个子任务中有 1 个失败: 积分不足");
    }

    @Test
    @DisplayName("only the worker of a running sibling learns of the request, by its beat and by a hint")
    void runningSiblingsAreTold() {
        List<Claim> heard = new CopyOnWriteArrayList<>();
        Family family = add(fixture().job().cancelOtherChildren());
        Job stranger = fixture().claimed();
        Job running = fixture().running(family.second);
        try (StoreHints.Subscription subscription = fixture().store.onCancelRequested(heard::add)) {
            assertThat(subscription).isNotNull();
            fixture().fails(family.first);
        }

        BeatAnswer beat =
                fixture().store.beat(fixture().worker(), StoreFixture.LEASE, ReadModelFactory.workerLoad(1, false));
        assertThat(beat.cancelRequested()).containsExactly(Claim.of(running)).doesNotContain(Claim.of(stranger));
        assertThat(heard).allMatch(Claim.of(running)::equals);
    }

    @Test
    @DisplayName("a cancelled sibling that is a parent takes all open jobs below it along")
    void descendantsOfSiblings() {
        NewJob top =
                fixture().job().onChildFailure(ChildFailurePolicy.FAIL_AT_END).cancelOtherChildren();
        NewJob bad = fixture().childOf(top);
        NewJob middle = fixture().childOf(top);
        NewJob low = fixture().childOf(middle);
        NewJob done = fixture().childOf(low);
        NewJob running = fixture().childOf(low);
        NewJob pending = fixture().childOf(low).delay(Duration.ofHours(1));
        fixture().addAll(top, bad, middle, low, done, running, pending);
        fixture().completes(done);
        Job runs = fixture().running(running);

        fixture().fails(bad);

        assertThat(fixture().statuses(middle, low, pending)).containsOnly(JobStatus.CANCELLED);
        assertThat(fixture().find(running).cancelRequestedAt()).isNotNull();
        assertThat(fixture().status(done)).isEqualTo(JobStatus.COMPLETED);
        Job failed = fixture().find(top);
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorMessage()).isEqualTo("1 of 2 child jobs failed: boom");
        assertThat(fixture().complete(runs)).isEqualTo(Settled.CANCELLED);
        assertThat(fixture().statuses(middle, low, running)).containsOnly(JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("a child that has lost too many workers cancels its siblings and fails its parent")
    void lostWorkers() {
        Family family = add(fixture().job().cancelOtherChildren());
        fixture().running(family.first);
        fixture().complete(fixture().running(family.second));
        fixture().age(StoreFixture.LEASE.plusSeconds(1));

        fixture().store.takeOver(new TakeOverRequest(1, Duration.ZERO, Locale.SIMPLIFIED_CHINESE));

        assertThat(fixture().statuses(family.parent, family.first, family.second, family.later))
                .containsExactly(JobStatus.FAILED, JobStatus.FAILED, JobStatus.COMPLETED, JobStatus.CANCELLED);
        assertThat(fixture().find(family.parent).errorMessage()).startsWith("3 个子任务中有 1 个失败: 任务已放弃");
    }

    @Test
    @DisplayName("16 generations of parents end with the leaf; parents above one that ignores failures complete")
    void deep() {
        for (boolean isGood : new boolean[] {true, false}) {
            List<NewJob> line = line(16);
            NewJob leaf = line.get(16);
            if (isGood) {
                fixture().completes(leaf);
            } else {
                fixture().fails(leaf);
            }

            assertThat(line.subList(0, 9))
                    .extracting(job -> fixture().status(job))
                    .containsOnly(JobStatus.COMPLETED);
            assertThat(line.subList(9, 17))
                    .extracting(job -> fixture().status(job))
                    .containsOnly(isGood ? JobStatus.COMPLETED : JobStatus.FAILED);
        }
    }

    /** A chain of parents; the ninth ignores failures, the others have one of the other policies. */
    private List<NewJob> line(int generations) {
        List<NewJob> line = new ArrayList<>(List.of(fixture().job()));
        for (int depth = 1; depth <= generations; depth++) {
            ChildFailurePolicy policy =
                    depth % 2 == 0 ? ChildFailurePolicy.FAIL_AT_ONCE : ChildFailurePolicy.FAIL_AT_END;
            line.add(fixture()
                    .childOf(line.get(depth - 1))
                    .onChildFailure(depth == 8 ? ChildFailurePolicy.IGNORE : policy)
                    .cancelOtherChildren());
        }
        fixture().addAll(line.toArray(NewJob[]::new));
        return line;
    }

    private Family add(NewJob parent) {
        Family family = new Family(
                parent,
                fixture().childOf(parent),
                fixture().childOf(parent),
                fixture().childOf(parent).delay(Duration.ofHours(1)));
        fixture().addAll(family.parent, family.first, family.second, family.later);
        return family;
    }

    /** Three children, the last of them due in an hour. */
    private record Family(NewJob parent, NewJob first, NewJob second, NewJob later) {}
}
