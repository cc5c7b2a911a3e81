package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.StoreHints;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class FamilyCancelContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("the cancel of a parent cancels all open jobs below it and leaves ended jobs as they are")
    void tree() {
        NewJob top = fixture().job();
        NewJob middle = fixture().childOf(top).onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob completed = fixture().childOf(middle);
        NewJob failed = fixture().childOf(middle);
        NewJob pending = fixture().childOf(middle).delay(Duration.ofHours(1));
        NewJob waiting = fixture().childOf(middle).after(pending);
        NewJob group = fixture().childOf(top).unsealed();
        NewJob end = fixture().job().finisherOf(top);
        NewJob stranger = fixture().job().delay(Duration.ofHours(1));
        fixture().addAll(top, middle, completed, failed, pending, waiting, group, end, stranger);
        fixture().completes(completed);
        fixture().fails(failed);
        List<Job> ended = List.of(fixture().find(completed), fixture().find(failed));

        assertThat(fixture().cancel(top)).isEqualTo(ActResult.DONE);

        assertThat(fixture().statuses(top, middle, pending, waiting, group, end))
                .containsOnly(JobStatus.CANCELLED);
        assertThat(fixture().find(middle).completedAt()).isNotNull();
        assertThat(fixture().find(middle).errorCode()).isNull();
        assertThat(fixture().find(waiting).errorCode()).isNull();
        assertThat(List.of(fixture().find(completed), fixture().find(failed))).isEqualTo(ended);
        assertThat(fixture().status(stranger)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().cancel(top)).isEqualTo(ActResult.ENDED);
    }

    @Test
    @DisplayName(
            "the cancel of a parent requests the cancel of running jobs below it; their workers learn of it by the beat and by a hint")
    void running() {
        List<Claim> heard = new CopyOnWriteArrayList<>();
        NewJob top = fixture().job();
        NewJob middle = fixture().childOf(top);
        NewJob low = fixture().childOf(middle);
        NewJob asked = fixture().childOf(middle);
        fixture().addAll(top, middle, low, asked);
        Job running = fixture().running(low);
        fixture().cancel(asked);
        Job requested = fixture().find(asked);
        try (StoreHints.Subscription subscription = fixture().store.onCancelRequested(heard::add)) {
            assertThat(subscription).isNotNull();
            fixture().cancel(top);
        }

        assertThat(fixture().status(low)).isEqualTo(JobStatus.PROCESSING);
        assertThat(fixture().find(low).cancelRequestedAt()).isNotNull();
        assertThat(fixture().find(asked)).as("asked before").isEqualTo(requested);
        BeatAnswer beat =
                fixture().store.beat(fixture().worker(), StoreFixture.LEASE, ReadModelFactory.workerLoad(2, false));
        assertThat(beat.cancelRequested()).containsExactlyInAnyOrder(Claim.of(running), Claim.of(requested));
        assertThat(heard).allMatch(Claim.of(running)::equals);
        assertThat(fixture().complete(running)).isEqualTo(Settled.CANCELLED);
        assertThat(fixture().fail(requested)).isEqualTo(Settled.CANCELLED);
        assertThat(fixture().statuses(top, middle, low, asked)).containsOnly(JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("one transaction cancels 16 generations")
    void deep() {
        List<NewJob> line = new ArrayList<>(List.of(fixture().job()));
        for (int depth = 1; depth <= 16; depth++) {
            line.add(fixture().childOf(line.get(depth - 1)));
        }
        fixture().addAll(line.toArray(NewJob[]::new));

        fixture().cancel(line.get(0));

        assertThat(fixture().statuses(line.toArray(NewJob[]::new))).containsOnly(JobStatus.CANCELLED);
        fixture().retry(line.get(0));
        fixture().completes(line.get(16));
        assertThat(fixture().statuses(line.toArray(NewJob[]::new))).containsOnly(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a cancelled parent counts as a cancelled child of its own parent, and its siblings stay as they are")
    void middle() {
        NewJob top = fixture().job();
        NewJob middle = fixture().childOf(top);
        NewJob low = fixture().childOf(middle);
        NewJob sibling = fixture().childOf(top);
        fixture().addAll(top, middle, low, sibling);

        fixture().store.cancel(middle.id(), Locale.SIMPLIFIED_CHINESE);

        assertThat(fixture().statuses(top, middle, low, sibling))
                .containsExactly(JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.CANCELLED, JobStatus.PENDING);
        assertThat(fixture().find(top).errorMessage()).isEqualTo("2 个子任务中有 1 个被取消");
    }

    @Test
    @DisplayName("a job that is cancelled with its parent is cancelled, also if it has predecessors in the family")
    void cancelledBeforeItFails() {
        NewJob top = fixture().job();
        NewJob first = fixture().childOf(top);
        NewJob middle = fixture().childOf(top);
        NewJob low = fixture().childOf(middle);
        NewJob lowest = fixture().childOf(low).after(first);
        fixture().addAll(top, first, middle, low, lowest);

        fixture().cancel(top);

        assertThat(fixture().statuses(first, middle, low, lowest)).containsOnly(JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("the successors of a job that is cancelled with its parent follow it, inside and outside the family")
    void successors() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob fails = fixture().job().after(child);
        NewJob runs = fixture().job().after(parent).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        NewJob other = fixture().job();
        NewJob stops = fixture().childOf(other).after(child).onPredecessorFailure(PredecessorFailurePolicy.CANCEL);
        fixture().addAll(parent, child, fails, runs, other, stops);

        fixture().store.cancel(parent.id(), Locale.SIMPLIFIED_CHINESE);

        assertThat(fixture().statuses(child, fails, runs, other, stops))
                .containsExactly(
                        JobStatus.CANCELLED,
                        JobStatus.FAILED,
                        JobStatus.PENDING,
                        JobStatus.FAILED,
                        JobStatus.CANCELLED);
        assertThat(fixture().find(fails).errorMessage()).isEqualTo("前置任务被取消");
        assertThat(fixture().find(other).errorMessage()).isEqualTo("1 个子任务中有 1 个被取消");
    }

    @Test
    @DisplayName(
            "children that are cancelled with their parent have their steps undone, and undo jobs stay as they are")
    void undo() {
        NewJob parent = fixture().job().onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob before = fixture().childOf(parent);
        NewJob charged = fixture().childOf(parent);
        NewJob running = fixture().childOf(parent);
        fixture().addAll(parent, before, charged, running);
        for (NewJob each : List.of(before, charged, running)) {
            fixture().begin(fixture().running(each), StoreFixture.CHARGE);
        }
        fixture().fails(before);
        Job undo = fixture().onlyUndo();
        fixture().settle(Settlement.giveBack(Claim.of(fixture().find(charged))));

        fixture().cancel(parent);

        assertThat(fixture().find(undo.id())).isEqualTo(undo);
        assertThat(fixture().undos()).extracting(Job::undoes).containsExactlyInAnyOrder(before.id(), charged.id());
        assertThat(fixture().complete(fixture().find(running))).isEqualTo(Settled.CANCELLED);
        assertThat(fixture().undos())
                .extracting(Job::undoes)
                .containsExactlyInAnyOrder(before.id(), charged.id(), running.id());
        assertThat(fixture().undos()).extracting(Job::status).containsOnly(JobStatus.PENDING);
        assertThat(fixture().store.steps(charged.id()))
                .extracting(JobStep::undoJobId)
                .doesNotContainNull();
    }

    @Test
    @DisplayName("a waiting parent that is cancelled has the steps of its own run undone")
    void undoOfParent() {
        Job parent = fixture().claimed();
        fixture().begin(parent, StoreFixture.CHARGE);
        NewJob child = fixture().job().parent(parent.id());
        fixture()
                .settle(Settlement.awaitChildren(
                        Claim.of(parent),
                        null,
                        new SpawnedJobs(List.of(StoreFixture.encode(child)), ChildFailurePolicy.FAIL_AT_ONCE, false)));

        fixture().store.cancel(parent.id(), Locale.ENGLISH);

        assertThat(fixture().onlyUndo().undoes()).isEqualTo(parent.id());
        assertThat(fixture().status(child)).isEqualTo(JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("the cancel of a family frees its unique keys")
    void keys() {
        NewJob parent = fixture().job().uniqueKey("parent");
        NewJob child = fixture().childOf(parent).uniqueKey("child");
        fixture().addAll(parent, child);
        fixture().cancel(parent);

        assertThat(fixture()
                        .addAll(
                                fixture().job().uniqueKey("parent"),
                                fixture().job().uniqueKey("child")))
                .noneMatch(added -> added.outcome().isRefusal());
        assertThat(fixture().store.countByScan(JobQuery.all().status(JobStatus.PENDING)))
                .isEqualTo(2);
    }
}
