package io.forthwith.store.kit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailure;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailure;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.JobQuery;
import io.forthwith.store.Retention;
import io.forthwith.store.Settlement;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

abstract class FamilyPurgeContract {
    private static final Retention NOTHING = new Retention(Duration.ZERO, Duration.ZERO);

    abstract Fixture fixture();

    @Test
    @DisplayName("predecessors of open jobs stay: of those that wait, and of those that run")
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
    @DisplayName("what stays for its successors does not use up the limit")
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
    @DisplayName("a predecessor that is gone is left out where they are read, and does not keep a job from its retry")
    void gone() {
        NewJob bad = fixture().job();
        NewJob after = fixture().job().after(bad);
        fixture().addAll(bad, after);
        fixture().fails(bad);
        fixture().age(Duration.ofHours(2));
        fixture().newWorker();
        fixture().retry(after);
        fixture().fails(bad);
        fixture().retry(bad);
        fixture().cancel(bad);
        fixture().store.purge(new Retention(Duration.ZERO, Duration.ofHours(1)), 100);
        assertThat(fixture().store.find(bad.id())).isEmpty();
        assertThat(fixture().status(after)).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().store.predecessors(after.id())).isEmpty();

        fixture().retry(after);

        assertThat(fixture().status(after)).isEqualTo(JobStatus.PENDING);
        fixture().completes(after);
    }

    @Test
    @DisplayName("a job that has the id of a predecessor which is gone is another one: nobody waits for it")
    void idAgain() {
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first);
        fixture().addAll(first, after);
        fixture().completes(first);
        fixture().fails(after);
        fixture().store.purge(new Retention(Duration.ZERO, Duration.ofHours(1)), 100);
        assertThat(fixture().add(first.delay(Duration.ofHours(1))).outcome()).isEqualTo(Added.Outcome.ADDED);

        fixture().retry(after);

        assertThat(fixture().status(after)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().store.predecessors(after.id())).isEmpty();
    }

    @Test
    @DisplayName("a second part and the children that it sees stay while it runs")
    void secondPart() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob end = fixture().job().finishes(parent);
        fixture().addAll(parent, child, end);
        fixture().completesWith(child, "1");
        Job running = fixture().running(end);

        assertThat(purge(100)).isZero();

        assertThat(fixture().children(parent)).extracting(Job::id).containsExactly(child.id());
        fixture().complete(running);
        assertThat(purge(100)).isEqualTo(3);
    }

    @Test
    @DisplayName("jobs that failed or were cancelled for others go as all do")
    void ended() {
        NewJob bad = fixture().job();
        NewJob fails = fixture().job().after(bad);
        NewJob stops = fixture().job().after(fails).onPredecessorFailure(PredecessorFailure.CANCEL);
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(stops, fails, bad, parent, child);
        fixture().fails(bad);
        fixture().cancel(parent);
        fixture().complete(fixture().find(child));

        assertThat(purge(100)).isEqualTo(5);
    }

    @Test
    @DisplayName(
            "a family that failed long ago can be retried as a whole: its second part sees the results of all children")
    void retriedLate() {
        Retention usual = new Retention(Duration.ofDays(7), Duration.ofDays(30));
        NewJob parent = fixture().job().onChildFailure(ChildFailure.FAIL_AT_END);
        NewJob good = fixture().childOf(parent);
        NewJob bad = fixture().childOf(parent);
        NewJob end = fixture().job().finishes(parent);
        fixture().addAll(parent, good, bad, end);
        fixture().completesWith(good, "1");
        fixture().fails(bad);
        assertThat(fixture().statuses(parent, end)).containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
        fixture().age(Duration.ofDays(8));
        fixture().newWorker();

        assertThat(fixture().store.purge(usual, 100)).isZero();
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
        while (fixture().store.purge(usual, 100) > 0) {
            // The children may go only after their parent.
        }
        assertThat(fixture().store.count(JobQuery.all())).isZero();
    }

    private int purge(int limit) {
        return fixture().store.purge(NOTHING, limit);
    }
}
