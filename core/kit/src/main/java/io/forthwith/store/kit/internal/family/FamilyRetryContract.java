package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class FamilyRetryContract {
    private static final ActResult RETRIED = ActResult.DONE;

    public abstract StoreFixture fixture();

    @Test
    @DisplayName(
            "a retry of a parent retries its failed and cancelled children; completed children stay, and the finisher waits again")
    void family() {
        NewJob parent = fixture().job().onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        NewJob good = fixture().childOf(parent);
        NewJob bad = fixture().childOf(parent);
        NewJob stopped = fixture().childOf(parent).delay(Duration.ofHours(1));
        NewJob end = fixture().job().finisherOf(parent);
        fixture().addAll(parent, good, bad, stopped, end);
        fixture().completesWith(good, "1");
        fixture().fails(bad);
        fixture().cancel(stopped);
        assertThat(fixture().statuses(parent, end)).containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
        Job kept = fixture().find(good);

        assertThat(fixture().retry(parent)).isEqualTo(RETRIED);

        assertThat(fixture().statuses(parent, bad, stopped, end))
                .containsExactly(JobStatus.WAITING, JobStatus.PENDING, JobStatus.PENDING, JobStatus.WAITING);
        assertThat(fixture().find(good)).isEqualTo(kept);
        assertThat(fixture().find(parent).errorMessage()).isNull();
        assertThat(fixture().find(parent).completedAt()).isNull();
        assertThat(fixture().find(bad).attempt()).isZero();
        fixture().completes(bad, stopped);
        assertThat(fixture().statuses(parent, end)).containsExactly(JobStatus.WAITING, JobStatus.PENDING);
        fixture().completesWith(end, "2");
        assertThat(StoreFixture.json(fixture().find(parent).result())).isEqualTo(2);
    }

    @Test
    @DisplayName("a retried parent that has run keeps the result of its own run and does not run again")
    void ownPart() {
        Job parent = fixture().claimed();
        NewJob child = fixture().job().parent(parent.id());
        fixture()
                .settle(Settlement.awaitChildren(
                        Claim.of(parent),
                        "7",
                        new SpawnedJobs(List.of(StoreFixture.encode(child)), ChildFailurePolicy.FAIL_AT_ONCE, false)));
        fixture().fails(child);

        assertThat(fixture().store.retry(parent.id())).isEqualTo(RETRIED);

        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().find(parent.id()).claim()).isEqualTo(parent.claim());
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(child.id());
        fixture().complete(fixture().find(child));
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(StoreFixture.json(fixture().find(parent.id()).result())).isEqualTo(7);
    }

    @Test
    @DisplayName("a retry of a job retries its failed predecessors and theirs; completed predecessors stay")
    void predecessors() {
        NewJob root = fixture().job();
        NewJob fine = fixture().job();
        NewJob middle = fixture().job().after(root, fine);
        NewJob stops = fixture().job().after(middle).onPredecessorFailure(PredecessorFailurePolicy.CANCEL);
        NewJob last = fixture().job().after(stops);
        fixture().addAll(root, fine, middle, stops, last);
        fixture().completes(fine);
        fixture().fails(root);
        assertThat(fixture().statuses(middle, stops, last))
                .containsExactly(JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.FAILED);

        assertThat(fixture().retry(last)).isEqualTo(RETRIED);

        assertThat(fixture().statuses(root, fine, middle, stops, last))
                .containsExactly(
                        JobStatus.PENDING,
                        JobStatus.COMPLETED,
                        JobStatus.WAITING,
                        JobStatus.WAITING,
                        JobStatus.WAITING);
        fixture().completes(root, middle, stops, last);
    }

    @Test
    @DisplayName(
            "a retry of a job that may run without its predecessors, or whose predecessors have completed, retries only this job")
    void withoutPredecessors() {
        NewJob bad = fixture().job();
        NewJob runs = fixture().job().after(bad).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        fixture().addAll(bad, runs);
        fixture().fails(bad);
        fixture().fails(runs);
        assertThat(fixture().retry(runs)).isEqualTo(RETRIED);
        assertThat(fixture().statuses(bad, runs)).containsExactly(JobStatus.FAILED, JobStatus.PENDING);

        NewJob good = fixture().job();
        NewJob after = fixture().job().after(good);
        fixture().addAll(good, after);
        fixture().completes(good);
        fixture().fails(after);
        assertThat(fixture().retry(after)).isEqualTo(RETRIED);
        assertThat(fixture().statuses(good, after)).containsExactly(JobStatus.COMPLETED, JobStatus.PENDING);
    }

    @Test
    @DisplayName(
            "a retry of a predecessor retries no successor; each successor may be retried alone when the predecessor has completed")
    void predecessorAlone() {
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first);
        fixture().addAll(first, after);
        fixture().fails(first);

        fixture().retry(first);
        assertThat(fixture().statuses(first, after)).containsExactly(JobStatus.PENDING, JobStatus.FAILED);
        assertThat(fixture().retry(after)).isEqualTo(RETRIED);
        assertThat(fixture().status(after)).isEqualTo(JobStatus.WAITING);
        fixture().completes(first, after);
    }

    @Test
    @DisplayName(
            "a retry goes through trees and graphs: to grandchildren, to their predecessors elsewhere and to the children of those")
    void treesAndGraphs() {
        NewJob elsewhere = fixture().job();
        NewJob cause = fixture().childOf(elsewhere);
        NewJob top = fixture().job();
        NewJob middle = fixture().childOf(top);
        NewJob low = fixture().childOf(middle).after(elsewhere);
        NewJob untouched = fixture().childOf(elsewhere);
        fixture().addAll(elsewhere, cause, untouched, top, middle, low);
        Job running = fixture().running(untouched);
        fixture().fails(cause);
        assertThat(fixture().statuses(elsewhere, top, middle, low)).containsOnly(JobStatus.FAILED);

        assertThat(fixture().retry(top)).isEqualTo(RETRIED);

        assertThat(fixture().statuses(elsewhere, cause, top, middle, low))
                .containsExactly(
                        JobStatus.WAITING, JobStatus.PENDING, JobStatus.WAITING, JobStatus.WAITING, JobStatus.WAITING);
        assertThat(fixture().find(untouched)).isEqualTo(running);
        fixture().complete(running);
        fixture().completes(cause, low);
        assertThat(fixture().status(top)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a retry of a finisher also retries its parent and its siblings")
    void finisher() {
        NewJob parent = fixture().job();
        NewJob good = fixture().childOf(parent);
        NewJob bad = fixture().childOf(parent);
        NewJob end = fixture().job().finisherOf(parent);
        fixture().addAll(parent, good, bad, end);
        fixture().completes(good);
        fixture().fails(bad);

        assertThat(fixture().retry(end)).isEqualTo(RETRIED);
        assertThat(fixture().statuses(parent, good, bad, end))
                .containsExactly(JobStatus.WAITING, JobStatus.COMPLETED, JobStatus.PENDING, JobStatus.WAITING);
        fixture().completes(bad);
        fixture().fails(end);
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.FAILED);

        assertThat(fixture().retry(end)).isEqualTo(RETRIED);
        assertThat(fixture().statuses(parent, end)).containsExactly(JobStatus.WAITING, JobStatus.PENDING);
        fixture().completes(end);
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a finisher whose own children failed waits for them when it is retried, and does not run again")
    void finisherThatSpawned() {
        NewJob parent = fixture().job();
        NewJob end = fixture().job().finisherOf(parent);
        fixture().addAll(parent, end);
        NewJob low = fixture().childOf(end);
        fixture()
                .settle(Settlement.awaitChildren(
                        Claim.of(fixture().running(end)),
                        "5",
                        new SpawnedJobs(List.of(StoreFixture.encode(low)), ChildFailurePolicy.FAIL_AT_ONCE, false)));
        fixture().fails(low);
        assertThat(fixture().statuses(parent, end)).containsOnly(JobStatus.FAILED);

        assertThat(fixture().retry(parent)).isEqualTo(RETRIED);

        assertThat(fixture().statuses(parent, end, low))
                .containsExactly(JobStatus.WAITING, JobStatus.WAITING, JobStatus.PENDING);
        fixture().completes(low);
        assertThat(fixture().statuses(parent, end)).containsOnly(JobStatus.COMPLETED);
        assertThat(StoreFixture.json(fixture().find(parent).result())).isEqualTo(5);
    }

    @Test
    @DisplayName(
            "a bulk retry of a whole family runs it in its order again, in whichever order the query finds its jobs")
    void bulk() {
        NewJob parent = fixture().job();
        NewJob after = fixture().job().after(parent);
        NewJob early = fixture().childOf(parent);
        NewJob late = fixture().childOf(parent).after(early);
        // The newest, and so the first of the page.
        NewJob end = fixture().job().finisherOf(parent);
        fixture().addAll(parent, early, late, end, after);
        fixture().fails(early);
        assertThat(fixture().statuses(parent, early, late, end, after)).doesNotContain(JobStatus.PENDING);

        BulkResult answer = fixture().store.retryPage(JobQuery.all());

        assertThat(answer.allSkipped()).isZero();
        assertThat(answer.done()).isPositive();
        for (NewJob next : List.of(early, late, end, after)) {
            assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(next.id());
            fixture().completes(next);
        }
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a retry of a parent leaves a running child as it is, and the parent waits for it")
    void stillRunning() {
        NewJob parent = fixture().job();
        NewJob running = fixture().childOf(parent);
        NewJob bad = fixture().childOf(parent);
        fixture().addAll(parent, running, bad);
        Job runs = fixture().running(running);
        fixture().fails(bad);

        assertThat(fixture().retry(parent)).isEqualTo(RETRIED);

        assertThat(fixture().find(running)).isEqualTo(runs);
        fixture().completes(bad);
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().complete(runs)).isEqualTo(Settled.APPLIED);
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a retry changes nothing if another job holds the unique key of a predecessor, a child or a finisher")
    void keyTaken() {
        NewJob bad = fixture().job().uniqueKey("bad");
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent).after(bad).uniqueKey("child");
        NewJob end = fixture().job().finisherOf(parent).uniqueKey("end");
        fixture().addAll(bad, parent, child, end);
        fixture().fails(bad);
        assertThat(fixture().statuses(parent, child, end))
                .containsExactly(JobStatus.FAILED, JobStatus.FAILED, JobStatus.CANCELLED);
        List<Job> before = fixture().store.scan(JobQuery.all());

        for (String key : List.of("bad", "child", "end")) {
            NewJob holder = fixture().job().uniqueKey(key).delay(Duration.ofHours(1));
            fixture().add(holder);
            assertThat(fixture().retry(parent)).isEqualTo(ActResult.keyTaken(holder.id()));
            assertThat(fixture().store.scan(JobQuery.all())).containsAll(before);
            fixture().cancel(holder);
        }
        assertThat(fixture().retry(parent)).isEqualTo(RETRIED);
    }

    @Test
    @DisplayName("a retry changes nothing if two members of the family want the same unique key")
    void oneKeyTwice() {
        NewJob group = fixture().job().unsealed().onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        NewJob one = fixture().childOf(group).uniqueKey("k");
        fixture().addAll(group, one);
        fixture().fails(one);
        NewJob other = fixture().childOf(group).uniqueKey("k");
        fixture().add(other);
        fixture().fails(other);
        fixture().store.seal(group.id(), Locale.ENGLISH);
        List<Job> before = fixture().store.scan(JobQuery.all());

        ActResult answer = fixture().retry(group);

        assertThat(answer.outcome()).isEqualTo(ActResult.Outcome.KEY_TAKEN);
        assertThat(answer.conflictingId()).isIn(one.id(), other.id());
        assertThat(fixture().store.scan(JobQuery.all())).isEqualTo(before);
    }

    @Test
    @DisplayName("a retry changes nothing while steps of a predecessor or a child are still to be undone")
    void undoOpen() {
        NewJob bad = fixture().job();
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent).after(bad);
        fixture().addAll(bad, parent, child);
        fixture().begin(fixture().running(bad), StoreFixture.CHARGE);
        fixture().fails(bad);
        Job undo = fixture().onlyUndo();

        assertThat(fixture().retry(parent)).isEqualTo(ActResult.undoOpen(undo.id()));
        assertThat(fixture().statuses(bad, parent, child)).containsOnly(JobStatus.FAILED);

        fixture().complete(fixture().claimed(undo.id()));
        assertThat(fixture().retry(parent)).isEqualTo(RETRIED);
        assertThat(fixture().status(bad)).isEqualTo(JobStatus.PENDING);
    }
}
