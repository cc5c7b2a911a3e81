package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class GraphsContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("each job of a diamond runs when all its predecessors have completed, and not before")
    void diamond() {
        NewJob top = fixture().job();
        NewJob left = fixture().job().after(top);
        NewJob right = fixture().job().after(top);
        NewJob bottom = fixture().job().after(left, right);

        assertThat(fixture().addAll(bottom, right, left, top))
                .allMatch(added -> added.outcome() == Added.Outcome.ADDED);

        assertThat(fixture().statuses(top, left, right, bottom))
                .containsExactly(JobStatus.PENDING, JobStatus.WAITING, JobStatus.WAITING, JobStatus.WAITING);
        fixture().completes(top, left);
        assertThat(fixture().statuses(left, right, bottom))
                .containsExactly(JobStatus.COMPLETED, JobStatus.PROCESSING, JobStatus.WAITING);
        fixture().completes(right);
        assertThat(fixture().status(bottom)).isEqualTo(JobStatus.PENDING);
        fixture().completes(bottom);
        assertThat(fixture().status(bottom)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a chain of 50 jobs runs one job after the other")
    void chain() {
        List<NewJob> chain = new ArrayList<>(List.of(fixture().job()));
        for (int link = 1; link < 50; link++) {
            chain.add(fixture().job().after(chain.get(link - 1)));
        }
        fixture().addAll(chain.toArray(NewJob[]::new));

        for (NewJob link : chain) {
            assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(link.id());
            fixture().completes(link);
        }
    }

    @Test
    @DisplayName("a fan runs in order: many jobs after one, and one after many, also if one batch ends the many")
    void fan() {
        NewJob first = fixture().job();
        List<NewJob> middle = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            middle.add(fixture().job().after(first));
        }
        NewJob last = fixture().job().after(middle);
        List<NewJob> all = new ArrayList<>(middle);
        all.add(first);
        all.add(last);
        fixture().addAll(all.toArray(NewJob[]::new));

        fixture().completes(first);
        List<Settlement> batch = fixture().claim(100).stream()
                .map(job -> Settlement.complete(Claim.of(job), null))
                .toList();
        assertThat(batch).hasSize(20);
        assertThat(fixture().store.settle(batch)).containsOnly(Settled.APPLIED);

        assertThat(fixture().status(last)).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("one call adds a graph and unrelated jobs, and all values come back as given")
    void values() {
        NewJob first = fixture().job().priority(2);
        NewJob after = fixture().job().after(first).priority(3).user("ada");
        NewJob stranger = fixture().job();
        fixture().addAll(after, stranger, first);

        assertThat(fixture().status(stranger)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().find(after).userId()).isEqualTo("ada");
        assertThat(fixture().find(after).relations().hasPredecessors()).isTrue();
        assertThat(fixture().find(after).relations().hasSuccessors()).isFalse();
        assertThat(fixture().find(first).relations().hasPredecessors()).isFalse();
        assertThat(fixture().find(first).relations().hasSuccessors()).isTrue();
        assertThat(fixture().add(after)).isEqualTo(new Added(after.id(), Added.Outcome.ID_EXISTS));
        assertThat(fixture().addAll(after, first)).allMatch(added -> added.outcome() == Added.Outcome.ID_EXISTS);
    }

    @Test
    @DisplayName("a released job is due at once if its own delay is over, and is claimed in the usual order")
    void due() {
        NewJob first = fixture().job();
        NewJob prompt = fixture().job().after(first).priority(6);
        NewJob slow = fixture().job().after(first).delay(Duration.ofHours(2));
        fixture().addAll(slow, prompt, first);
        fixture().age(Duration.ofHours(1));
        fixture().newWorker();
        fixture().completes(first);

        Job released = fixture().find(prompt);
        assertThat(Duration.between(released.createdAt(), released.runAt())).isGreaterThan(Duration.ofMinutes(59));
        UUID plain = fixture().added();
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(prompt.id(), plain);
        fixture().age(Duration.ofMinutes(61));
        fixture().newWorker();
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(slow.id());
    }

    @Test
    @DisplayName("a job waits for open predecessors that are already in the store, and not for completed ones")
    void stored() {
        NewJob open = fixture().job();
        NewJob completed = fixture().job();
        fixture().addAll(open, completed);
        fixture().completes(completed);
        NewJob afterOpen = fixture().job().after(open);
        NewJob afterCompleted = fixture().job().after(completed);
        NewJob afterBoth = fixture().job().after(completed, open);

        for (NewJob after : List.of(afterOpen, afterCompleted, afterBoth)) {
            assertThat(fixture().add(after)).isEqualTo(new Added(after.id(), Added.Outcome.ADDED));
        }

        assertThat(fixture().statuses(afterOpen, afterCompleted, afterBoth))
                .containsExactly(JobStatus.WAITING, JobStatus.PENDING, JobStatus.WAITING);
        fixture().completes(open);
        assertThat(fixture().statuses(afterOpen, afterBoth)).containsOnly(JobStatus.PENDING);
    }

    @Test
    @DisplayName("predecessors are read in the order in which the job names them, with their current status")
    void predecessors() {
        NewJob one = fixture().job();
        NewJob two = fixture().job();
        NewJob three = fixture().job();
        fixture().addAll(one, two);
        NewJob last = fixture().job().after(three, one).after(two).after(one);
        fixture().addAll(three, last);
        fixture().completesWith(one, "1");

        List<Job> read = fixture().store.predecessors(last.id());

        assertThat(read).extracting(Job::id).containsExactly(three.id(), one.id(), two.id());
        assertThat(StoreFixture.json(read.get(1).result())).isEqualTo(1);
        assertThat(fixture().store.predecessors(one.id())).isEmpty();
        assertThat(fixture().store.predecessors(UUID.randomUUID())).isEmpty();
    }

    @Test
    @DisplayName("successors are read in the order of their ids, with their current status, and no more than asked for")
    void successors() {
        NewJob one = fixture().job();
        NewJob other = fixture().job();
        fixture().addAll(one, other);
        List<NewJob> after = Stream.generate(() -> fixture().job().after(other, one))
                .limit(3)
                .toList();
        after.forEach(fixture()::add);
        fixture().add(fixture().job().after(other));
        fixture().store.cancel(after.get(1).id(), Locale.ENGLISH);

        List<Job> read = fixture().store.successors(one.id(), 10);

        assertThat(read)
                .extracting(Job::id)
                .containsExactlyElementsOf(after.stream().map(NewJob::id).toList());
        assertThat(read)
                .extracting(Job::status)
                .containsExactly(JobStatus.WAITING, JobStatus.CANCELLED, JobStatus.WAITING);
        assertThat(fixture().store.successors(one.id(), 2))
                .extracting(Job::id)
                .containsExactly(after.get(0).id(), after.get(1).id());
        assertThat(fixture().store.successors(after.get(0).id(), 10)).isEmpty();
        assertThat(fixture().store.successors(UUID.randomUUID(), 10)).isEmpty();
    }

    @Test
    @DisplayName("a call adds nothing if a predecessor does not exist")
    void noPredecessor() {
        UUID nobody = UUID.randomUUID();
        NewJob first = fixture().job();
        Added refusal = new Added(nobody, Added.Outcome.NO_PREDECESSOR);

        assertThat(fixture()
                        .addAll(
                                first,
                                fixture().job().after(first).after(nobody),
                                fixture().job()))
                .containsExactly(refusal, refusal, refusal);
        assertThat(fixture().store.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("a call adds nothing if a unique key of its graph is taken, and no job waits for the existing jobs")
    void keyTaken() {
        NewJob holder = fixture().job().uniqueKey("k");
        NewJob stored = fixture().job();
        fixture().addAll(holder, stored);

        assertThat(fixture()
                        .addAll(
                                fixture().job().after(stored).uniqueKey("k"),
                                fixture().job()))
                .containsOnly(new Added(holder.id(), Added.Outcome.CONFLICT));

        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(2);
        assertThat(fixture().find(stored).relations().hasSuccessors()).isFalse();
        fixture().completes(stored);
    }

    @Test
    @DisplayName("a job that waits for its predecessors holds its unique key")
    void waitingHoldsKey() {
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first).uniqueKey("k");
        fixture().addAll(first, after);

        assertThat(fixture().add(fixture().job().uniqueKey("k")))
                .isEqualTo(new Added(after.id(), Added.Outcome.KEY_TAKEN));
    }

    @Test
    @DisplayName("a successor of a parent runs when the parent has ended, at every depth of its last child")
    void afterParent() {
        NewJob parent = fixture().job();
        NewJob middle = fixture().childOf(parent);
        NewJob child = fixture().childOf(middle);
        NewJob end = fixture().job().finisherOf(parent);
        NewJob after = fixture().job().after(parent);
        fixture().addAll(after, parent, middle, child, end);

        fixture().completes(child);
        assertThat(fixture().status(after)).isEqualTo(JobStatus.WAITING);
        fixture().completes(end);

        assertThat(fixture().statuses(parent, after)).containsExactly(JobStatus.COMPLETED, JobStatus.PENDING);
    }

    @Test
    @DisplayName(
            "children may come after siblings and after jobs of other families, and their parents wait for all children")
    void inFamilies() {
        NewJob one = fixture().job();
        NewJob early = fixture().childOf(one);
        NewJob late = fixture().childOf(one).after(early);
        NewJob other = fixture().job();
        NewJob last = fixture().childOf(other).after(one, late);
        fixture().addAll(other, last, one, late, early);
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(early.id());

        fixture().completes(early, late);
        assertThat(fixture().statuses(one, other, last))
                .containsExactly(JobStatus.COMPLETED, JobStatus.WAITING, JobStatus.PENDING);

        fixture().completes(last);
        assertThat(fixture().status(other)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a job with predecessors may spawn; it then waits for its children and not for its predecessors again")
    void spawning() {
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first);
        NewJob last = fixture().job().after(after);
        fixture().addAll(first, after, last);
        fixture().completes(first);
        NewJob child = fixture().childOf(after);
        fixture()
                .settle(Settlement.awaitChildren(
                        Claim.of(fixture().running(after)),
                        "1",
                        new SpawnedJobs(List.of(StoreFixture.encode(child)), ChildFailurePolicy.FAIL_AT_ONCE, false)));
        assertThat(fixture().statuses(after, last)).containsOnly(JobStatus.WAITING);

        fixture().fails(child);

        assertThat(fixture().statuses(after, last)).containsOnly(JobStatus.FAILED);
        assertThat(fixture().find(last).errorMessage())
                .isEqualTo("A job that had to complete first failed: 1 of 1 child jobs failed: boom");
        assertThat(fixture().find(last).errorKind()).isEqualTo(JobError.Kind.USER);
    }

    @Test
    @DisplayName("a store refuses a call whose jobs wait for each other, and adds nothing")
    void cycles() {
        NewJob a = fixture().job();
        NewJob b = fixture().job().after(a);
        assertRefused(a.after(b), b);

        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        assertRefused(parent, child.after(parent));

        NewJob end = fixture().job().finisherOf(parent);
        NewJob afterEnd = fixture().job().after(end);
        assertRefused(parent, end, afterEnd, child.after(afterEnd));

        NewJob other = fixture().job();
        NewJob crossed = fixture().childOf(other).after(parent);
        assertRefused(parent, other, crossed, child.after(other));

        assertRefused(child.after(parent));

        assertThatThrownBy(() -> fixture().addAll(parent.after(a), a, child))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot come after others");
        assertThat(fixture().store.countByScan(JobQuery.all())).isZero();
    }

    private void assertRefused(NewJob... call) {
        assertThatThrownBy(() -> fixture().addAll(call))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("waits for itself");
    }

    @Test
    @DisplayName("a store refuses a whole call that would close a cycle through an existing group")
    void cyclesThroughStore() {
        NewJob top = fixture().job();
        NewJob group = fixture().childOf(top).unsealed();
        NewJob end = fixture().job().finisherOf(group);
        NewJob afterGroup = fixture().job().after(group);
        NewJob afterTop = fixture().job().after(top);
        NewJob afterEnd = fixture().job().after(end);
        fixture().addAll(top, group, end, afterGroup, afterTop, afterEnd);
        long before = fixture().store.countByScan(JobQuery.all());

        for (NewJob waiter : List.of(afterGroup, afterTop, afterEnd, end, top)) {
            NewJob child = fixture().childOf(group).after(waiter.id());
            assertCycle(waiter, child);
            if (!waiter.equals(top)) {
                assertCycle(waiter, group, child);
            }
            NewJob parent = fixture().childOf(group);
            assertCycle(waiter, fixture().childOf(parent).after(waiter.id()), parent);
            NewJob between = fixture().job().after(waiter.id());
            assertCycle(waiter, between, fixture().childOf(group).after(between));
        }
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(before);

        NewJob sibling = fixture().childOf(group);
        fixture().add(sibling);
        assertThat(fixture().add(fixture().childOf(group).after(sibling)).outcome())
                .isEqualTo(Added.Outcome.ADDED);
        assertThat(fixture().add(fixture().job().after(afterTop)).outcome()).isEqualTo(Added.Outcome.ADDED);
    }

    @Test
    @DisplayName("a store also refuses a call if a later retry could close a cycle; a completed job never waits again")
    void cycleByRetry() {
        NewJob group = fixture().job().unsealed().onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob after = fixture().job().after(group);
        fixture().addAll(group, after);
        fixture().cancel(after);

        assertCycle(after, fixture().childOf(group).after(after).onPredecessorFailure(PredecessorFailurePolicy.CANCEL));
        fixture().retry(after);
        fixture().store.seal(group.id(), Locale.ENGLISH);
        fixture().completes(after);
    }

    private void assertCycle(NewJob waiter, NewJob... call) {
        assertThat(fixture().addAll(call))
                .hasSize(call.length)
                .containsOnly(new Added(waiter.id(), Added.Outcome.CYCLE));
    }

    @Test
    @DisplayName("a store refuses a call that adds a child to each of two groups and so closes a cycle")
    void cycleThroughTwoGroups() {
        NewJob one = fixture().job().unsealed();
        NewJob other = fixture().job().unsealed();
        NewJob afterOne = fixture().job().after(one);
        NewJob afterOther = fixture().job().after(other);
        fixture().addAll(one, other, afterOne, afterOther);
        NewJob ofOne = fixture().childOf(one).after(afterOther);
        NewJob ofOther = fixture().childOf(other).after(afterOne);

        assertThat(fixture().addAll(ofOne, ofOther)).extracting(Added::outcome).containsOnly(Added.Outcome.CYCLE);
        assertThat(fixture().children(one)).isEmpty();

        assertThat(fixture().add(ofOne).outcome()).isEqualTo(Added.Outcome.ADDED);
        assertThat(fixture().add(ofOther)).isEqualTo(new Added(afterOne.id(), Added.Outcome.CYCLE));
        fixture().store.seal(other.id(), Locale.ENGLISH);
        fixture().completes(afterOther, ofOne);
    }
}
