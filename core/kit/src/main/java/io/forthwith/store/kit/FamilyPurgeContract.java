package io.forthwith.store.kit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailure;
import io.forthwith.store.Added;
import io.forthwith.store.Retention;
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

    private int purge(int limit) {
        return fixture().store.purge(NOTHING, limit);
    }
}
