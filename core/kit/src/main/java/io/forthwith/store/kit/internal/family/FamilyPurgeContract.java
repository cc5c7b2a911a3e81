package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.Retention;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class FamilyPurgeContract {
    private static final Retention NOTHING =
            Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("purge keeps the predecessors of waiting and running jobs")
    void predecessors() {
        NewJob first = fixture().job();
        NewJob second = fixture().job();
        NewJob after = fixture().job().after(first, second);
        fixture().addAll(first, second, after);
        fixture().completes(first);
        assertThat(purge(100)).isZero();
        fixture().completes(second);
        assertThat(fixture().status(after)).isEqualTo(JobStatus.PENDING);
        assertThat(purge(100)).isZero();
        Job running = fixture().running(after);
        assertThat(purge(100)).isZero();
        assertThat(fixture().store.predecessors(after.id())).hasSize(2);

        fixture().complete(running);
        assertThat(purge(100)).isEqualTo(3);
    }

    @Test
    @DisplayName("jobs that stay for their successors do not use up the limit")
    void limit() {
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first).delay(Duration.ofHours(1));
        fixture().addAll(first, after);
        fixture().completes(first);
        fixture().age(Duration.ofSeconds(1));
        NewJob plain = fixture().job();
        fixture().add(plain);
        fixture().completes(plain);

        assertThat(purge(1)).isEqualTo(1);

        assertThat(fixture().store.find(plain.id())).isEmpty();
        assertThat(fixture().status(first)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a graph stays complete while a job that failed for its predecessor may be retried")
    void failedGraph() {
        NewJob good = fixture().job();
        NewJob bad = fixture().job().delay(Duration.ofHours(1));
        NewJob after = fixture().job().after(good, bad);
        fixture().addAll(good, bad, after);
        fixture().cancel(bad);
        assertThat(fixture().statuses(bad, after)).containsExactly(JobStatus.CANCELLED, JobStatus.FAILED);
        fixture().completes(good);
        assertThat(fixture()
                        .store
                        .purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ofHours(1)), 100)
                        .jobs())
                .isZero();

        fixture().retry(after);

        assertThat(fixture().store.predecessors(after.id())).hasSize(2);
        assertThat(fixture().status(after)).isEqualTo(JobStatus.WAITING);
        fixture().completes(bad);
        assertThat(fixture().status(after)).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName(
            "a group that is added again sees the children that are left of the former group, and continues their positions")
    void groupAgain() {
        NewJob group = fixture().job().unsealed();
        NewJob bad = fixture().childOf(group);
        NewJob good = fixture().childOf(group);
        fixture().addAll(group, bad, good);
        fixture().fails(bad);
        assertThat(fixture().status(group)).isEqualTo(JobStatus.FAILED);
        assertThat(purge(100)).as("the group first").isEqualTo(1);

        NewJob next = fixture().childOf(group);
        fixture().addAll(group, next);

        assertThat(fixture().status(group)).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().children(group)).extracting(Job::id).containsExactly(bad.id(), good.id(), next.id());
        assertThat(fixture().children(group))
                .extracting(child -> child.relations().position())
                .containsExactly(1, 2, 3);
    }

    @Test
    @DisplayName("purge keeps a running finisher and the children that it reads")
    void finisher() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob end = fixture().job().finisherOf(parent);
        fixture().addAll(parent, child, end);
        fixture().completesWith(child, "1");
        Job running = fixture().running(end);

        assertThat(purge(100)).isZero();

        assertThat(fixture().children(parent)).extracting(Job::id).containsExactly(child.id());
        fixture().complete(running);
        assertThat(purge(100)).isEqualTo(3);
    }

    @Test
    @DisplayName("a retry of a finisher whose parent was purged retries only the finisher")
    void finisherAlone() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob end = fixture().job().finisherOf(parent);
        fixture().addAll(parent, child, end);
        fixture().fails(child);
        assertThat(fixture().status(end)).isEqualTo(JobStatus.CANCELLED);
        fixture().store.purge(Retention.DEFAULT.completed(Duration.ofHours(1)).failed(Duration.ZERO), 100);
        assertThat(fixture().store.find(parent.id())).isEmpty();

        fixture().retry(end);

        assertThat(fixture().status(end)).isEqualTo(JobStatus.PENDING);
        fixture().completes(end);
    }

    @Test
    @DisplayName("purge deletes jobs that failed or were cancelled because of other jobs")
    void ended() {
        NewJob bad = fixture().job();
        NewJob fails = fixture().job().after(bad);
        NewJob stops = fixture().job().after(fails).onPredecessorFailure(PredecessorFailurePolicy.CANCEL);
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(stops, fails, bad, parent, child);
        fixture().fails(bad);
        fixture().cancel(parent);
        fixture().complete(fixture().find(child));

        // A failed predecessor can be purged when its failed successors are purged.
        int purged = 0;
        for (int round = 0; round < 3; round++) {
            purged += purge(100);
        }
        assertThat(purged).isEqualTo(5);
    }

    @Test
    @DisplayName(
            "a retry of a family that failed long ago retries all of it, and its finisher sees the results of all children")
    void retriedLate() {
        Retention usual = Retention.DEFAULT.completed(Duration.ofDays(7)).failed(Duration.ofDays(30));
        NewJob parent = fixture().job().onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        NewJob good = fixture().childOf(parent);
        NewJob bad = fixture().childOf(parent);
        NewJob end = fixture().job().finisherOf(parent);
        fixture().addAll(parent, good, bad, end);
        fixture().completesWith(good, "1");
        fixture().fails(bad);
        assertThat(fixture().statuses(parent, end)).containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
        fixture().age(Duration.ofDays(8));
        fixture().newWorker();

        assertThat(fixture().store.purge(usual, 100).jobs()).isZero();
        fixture().retry(parent);

        assertThat(fixture().statuses(parent, good, bad, end))
                .containsExactly(JobStatus.WAITING, JobStatus.COMPLETED, JobStatus.PENDING, JobStatus.WAITING);
        fixture().completesWith(bad, "2");
        Job running = fixture().running(end);
        assertThat(fixture().children(parent)).extracting(Job::result).containsExactly("1", "2");
        fixture().settle(Settlement.complete(Claim.of(running), "3"));
        assertThat(fixture().find(parent).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().find(parent).result()).isEqualTo("3");
        fixture().age(Duration.ofDays(8));
        while (fixture().store.purge(usual, 100).jobs() > 0) {
            // The children can be purged only after their parent.
        }
        assertThat(fixture().store.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("a purged job has no successors, also if another job gets its id")
    void idOfPredecessorAgain() {
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first);
        fixture().addAll(first, after);
        fixture().completes(first);
        fixture().age(Duration.ofDays(8));
        fixture().newWorker();
        fixture().completes(after);
        assertThat(fixture()
                        .store
                        .purge(Retention.DEFAULT.completed(Duration.ofDays(7)).failed(Duration.ofDays(30)), 100)
                        .jobs())
                .as("the first one only")
                .isOne();

        fixture().add(fixture().job().id(first.id()));

        assertThat(fixture().store.predecessors(after.id())).isEmpty();
    }

    @Test
    @DisplayName("a job with the id of a purged job has none of that job's predecessors and successors")
    void idOfSuccessorAgain() {
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        fixture().addAll(first, after);
        fixture().fails(first);
        fixture().completes(after);
        assertThat(fixture()
                        .store
                        .purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ofDays(30)), 100)
                        .jobs())
                .as("the second one only")
                .isOne();

        fixture().add(fixture().job().id(after.id()));

        assertThat(fixture().store.predecessors(after.id())).isEmpty();
        assertThat(purge(100)).as("the first one").isOne();
    }

    private int purge(int atMost) {
        return fixture().store.purge(NOTHING, atMost).jobs();
    }
}
