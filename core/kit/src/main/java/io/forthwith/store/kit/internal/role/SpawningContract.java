package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.Retention;
import io.forthwith.UniqueKey;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class SpawningContract {
    private static final String OWN = "{\"own\": 1}";

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a settlement adds its children in their order and keeps the result of the job's own run")
    void children() {
        Job parent = fixture().claimed();
        NewJob first = childOf(parent).user("ada");
        NewJob second = childOf(parent).delay(Duration.ofHours(1));

        assertThat(fixture().settle(spawn(parent, first, second))).isEqualTo(Settled.APPLIED);

        Job waiting = fixture().find(parent.id());
        assertThat(waiting.status()).isEqualTo(JobStatus.WAITING);
        assertThat(waiting.relations().isParent()).isTrue();
        assertThat(waiting.relations().isSealed()).isTrue();
        assertThat(StoreFixture.json(waiting.result())).isEqualTo(StoreFixture.json(OWN));
        List<Job> children = childrenOf(parent);
        assertThat(children).extracting(Job::id).containsExactly(first.id(), second.id());
        assertThat(children).extracting(Job::status).containsOnly(JobStatus.PENDING);
        assertThat(children).extracting(Job::parentId).containsOnly(parent.id());
        assertThat(children).extracting(job -> job.relations().position()).containsExactly(1, 2);
        assertThat(children.get(0).userId()).isEqualTo("ada");
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(first.id());
    }

    @Test
    @DisplayName("spawned children keep their deadlines, and their unique keys until they have started or ended")
    void deadlinesAndKeys() {
        Job parent = fixture().claimed();
        UniqueKey untilStarted = UniqueKey.of("started").untilStarted();
        NewJob keyed = childOf(parent).uniqueKey(untilStarted);
        NewJob open = childOf(parent).uniqueKey("ended");
        NewJob expiring = childOf(parent).delay(Duration.ofHours(2)).expiresAfter(Duration.ofHours(1));

        fixture().settle(spawn(parent, keyed, open, expiring));

        assertThat(fixture().find(keyed).uniqueKey()).isEqualTo("started");
        assertThat(fixture().find(keyed).keyScope()).isEqualTo(UniqueKey.Scope.UNTIL_STARTED);
        assertThat(fixture().add(fixture().job().uniqueKey(untilStarted)))
                .isEqualTo(new Added(keyed.id(), Added.Outcome.KEY_TAKEN));
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactlyInAnyOrder(keyed.id(), open.id());
        NewJob next = fixture().job().uniqueKey(untilStarted);
        assertThat(fixture().add(next)).isEqualTo(new Added(next.id(), Added.Outcome.ADDED));
        assertThat(fixture().add(fixture().job().uniqueKey("ended")))
                .isEqualTo(new Added(open.id(), Added.Outcome.KEY_TAKEN));
        Job waiting = fixture().find(expiring);
        assertThat(waiting.expiresAt())
                .isCloseTo(waiting.createdAt().plus(Duration.ofHours(1)), within(1, ChronoUnit.SECONDS));
        fixture().age(Duration.ofHours(1));
        assertThat(fixture().store.expire(10, Locale.ENGLISH).jobs()).isEqualTo(1);
        assertThat(fixture().find(expiring).errorCode()).isEqualTo("expired");
    }

    @Test
    @DisplayName("a job that spawned completes with its last child and keeps the result of its own run")
    void completes() {
        Job parent = fixture().claimed();
        NewJob child = childOf(parent);
        fixture().settle(spawn(parent, child));

        fixture().completesWith(child, "8");

        Job completed = fixture().find(parent.id());
        assertThat(completed.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(completed.progress().percent()).isEqualTo(100);
        assertThat(StoreFixture.json(completed.result())).isEqualTo(StoreFixture.json(OWN));
        assertThat(completed.claim()).isEqualTo(parent.claim());
        assertThat(completed.attempt()).isEqualTo(1);
    }

    @Test
    @DisplayName("the policy for failed children is the one of the settlement that spawns them, not an earlier one")
    void policies() {
        NewJob added = fixture().job().onChildFailure(ChildFailurePolicy.IGNORE);
        fixture().add(added);
        Job parent = fixture().running(added);
        assertThat(parent.relations().onChildFailure())
                .as("the former policy is known to the code that builds the spawn")
                .isEqualTo(ChildFailurePolicy.IGNORE);
        NewJob bad = childOf(parent);
        NewJob sibling = childOf(parent);
        SpawnedJobs spawn = new SpawnedJobs(
                List.of(StoreFixture.encode(bad), StoreFixture.encode(sibling)), ChildFailurePolicy.FAIL_AT_END, true);
        fixture().settle(Settlement.awaitChildren(Claim.of(parent), OWN, spawn));
        assertThat(fixture().find(added).relations().onChildFailure()).isEqualTo(ChildFailurePolicy.FAIL_AT_END);
        assertThat(fixture().find(added).relations().cancelsOtherChildren()).isTrue();
        Job running = fixture().running(sibling);

        fixture().fails(bad);

        assertThat(fixture().status(added)).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().complete(running)).isEqualTo(Settled.CANCELLED);
        Job failed = fixture().find(added);
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorMessage()).isEqualTo("1 of 2 child jobs failed: boom");
        assertThat(StoreFixture.json(failed.result())).isEqualTo(StoreFixture.json(OWN));
    }

    @Test
    @DisplayName("while a job waits for its children, it shows no error of an attempt before")
    void error() {
        Job first = fixture().claimed();
        fixture().settle(Settlement.retry(Claim.of(first), JobError.retryable("timeout", "Slow"), Duration.ZERO));
        Job parent = fixture().claimed(first.id());

        fixture().settle(spawn(parent, childOf(parent)));

        Job waiting = fixture().find(parent.id());
        assertThat(waiting.errorMessage()).isNull();
        assertThat(waiting.errorKind()).isNull();
        assertThat(waiting.errorCode()).isNull();
        assertThat(waiting.attempt()).isEqualTo(2);
        assertThat(fixture().store.failures(parent.id())).hasSize(1);
    }

    @Test
    @DisplayName("a job that spawns nothing ends at once, with its result")
    void nobody() {
        Job job = fixture().claimed();

        assertThat(fixture().settle(spawn(job))).isEqualTo(Settled.APPLIED);

        Job completed = fixture().find(job.id());
        assertThat(completed.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(completed.progress().percent()).isEqualTo(100);
        assertThat(completed.completedAt()).isNotNull();
        assertThat(StoreFixture.json(completed.result())).isEqualTo(StoreFixture.json(OWN));
    }

    @Test
    @DisplayName("a finisher without other children runs at once, and so do the finishers of those that are spawned")
    void nothingButFinishers() {
        Job parent = fixture().claimed();
        NewJob group = childOf(parent);
        NewJob groupEnd = fixture().job().finisherOf(group);
        Job other = fixture().claimed();
        NewJob end = NewJob.of(StoreFixture.TYPE, "end").finisherOf(added(other));

        assertThat(fixture().store.settle(List.of(spawn(parent, group, groupEnd), spawn(other, end))))
                .containsOnly(Settled.APPLIED);

        assertThat(fixture().statuses(groupEnd, end)).containsOnly(JobStatus.PENDING);
        fixture().completesWith(end, "6");
        assertThat(StoreFixture.json(fixture().find(other.id()).result())).isEqualTo(6);
        fixture().completes(groupEnd);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("whole families and graphs are spawned: children with children, one after the other, finishers")
    void nested() {
        Job parent = fixture().claimed();
        NewJob middle = childOf(parent).onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob low = fixture().childOf(middle);
        NewJob lowEnd = fixture().job().finisherOf(middle);
        NewJob after = childOf(parent).after(middle).onPredecessorFailure(PredecessorFailurePolicy.CANCEL);
        NewJob end = NewJob.of(StoreFixture.TYPE, "end").finisherOf(added(parent));

        assertThat(fixture().settle(spawn(parent, middle, low, lowEnd, after, end)))
                .isEqualTo(Settled.APPLIED);

        assertThat(fixture().statuses(middle, low, lowEnd, after, end))
                .containsExactly(
                        JobStatus.WAITING, JobStatus.PENDING, JobStatus.WAITING, JobStatus.WAITING, JobStatus.WAITING);
        assertThat(childrenOf(parent)).extracting(Job::id).containsExactly(middle.id(), after.id());
        assertThat(fixture().store.predecessors(after.id())).extracting(Job::id).containsExactly(middle.id());
        fixture().fails(low);
        fixture().completesWith(lowEnd, "1");
        assertThat(StoreFixture.json(fixture().find(middle).result())).isEqualTo(1);
        fixture().completes(after);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.WAITING);
        fixture().completesWith(end, "2");
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(StoreFixture.json(fixture().find(parent.id()).result())).isEqualTo(2);
    }

    /** The spawning job as a value that others can be tied to. */
    private NewJob added(Job job) {
        return fixture().job().id(job.id());
    }

    @Test
    @DisplayName("a child that spawns makes all parents above it wait")
    void generations() {
        Job top = fixture().claimed();
        NewJob middle = childOf(top);
        fixture().settle(spawn(top, middle));
        Job runs = fixture().running(middle);
        NewJob low = childOf(runs);
        fixture().settle(spawn(runs, low));
        assertThat(fixture().status(top.id())).isEqualTo(JobStatus.WAITING);

        fixture().completes(low);

        assertThat(fixture().status(middle)).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().status(top.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a settlement whose claim is lost adds no children")
    void lost() {
        Job parent = fixture().claimed();
        fixture().loseWorkers();
        assertThat(fixture().settle(spawn(parent, childOf(parent)))).isEqualTo(Settled.LOST);

        Job again = fixture().claimed(parent.id());
        assertThat(fixture().settle(spawn(parent, childOf(parent)))).isEqualTo(Settled.LOST);

        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(1);
        assertThat(fixture().find(parent.id())).isEqualTo(again);
    }

    @Test
    @DisplayName("a job whose cancellation was requested is cancelled and spawns nothing")
    void cancelRequested() {
        Job parent = fixture().claimed();
        fixture().store.cancel(parent.id(), Locale.ENGLISH);
        NewJob taken = fixture().job().uniqueKey("k");
        fixture().add(taken);

        assertThat(fixture()
                        .settle(spawn(parent, childOf(parent), childOf(parent).uniqueKey("k"))))
                .isEqualTo(Settled.CANCELLED);

        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(2);
        Job cancelled = fixture().find(parent.id());
        assertThat(cancelled.status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(cancelled.result()).isNull();
        assertThat(cancelled.relations().isParent()).isFalse();
    }

    @Test
    @DisplayName("a repeated settlement adds nothing while the job waits, when it has ended and when it is deleted")
    void repeated() {
        Job parent = fixture().claimed();
        Settlement settlement = spawn(parent, childOf(parent), childOf(parent));
        fixture().settle(settlement);
        assertThat(fixture().settle(settlement)).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(3);

        fixture().claim(10).forEach(fixture()::complete);
        assertThat(fixture().settle(settlement)).isEqualTo(Settled.ALREADY_APPLIED);
        fixture().store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 100);
        assertThat(fixture().settle(settlement)).isEqualTo(Settled.LOST);
        assertThat(fixture().store.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName(
            "a spawn whose unique key is taken adds nothing and keeps the claim, and the rest of the batch is settled")
    void keyTaken() {
        fixture().add(fixture().job().uniqueKey("k").delay(Duration.ofHours(1)));
        Job good = fixture().claimed();
        Job bad = fixture().claimed();
        Job parent = fixture().claimed();

        List<Settled> answers = fixture()
                .store
                .settle(List.of(
                        Settlement.complete(Claim.of(good), "1"),
                        spawn(parent, childOf(parent), childOf(parent).uniqueKey("k")),
                        StoreFixture.failure(bad)));

        assertThat(answers).containsExactly(Settled.APPLIED, Settled.CONFLICT, Settled.APPLIED);
        assertThat(fixture().status(good.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().status(bad.id())).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().find(parent.id())).isEqualTo(parent);
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(4);
        assertThat(fixture().fail(parent)).isEqualTo(Settled.APPLIED);
        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.FAILED);
    }

    @Test
    @DisplayName(
            "a spawn adds nothing if an id exists, if two children share a unique key, or if a child has the spawning job's key")
    void otherConflicts() {
        Job ended = fixture().claimed();
        fixture().complete(ended);
        Job parent = fixture()
                .claimed(fixture().add(fixture().job().uniqueKey("own")).id());

        assertThat(fixture()
                        .settle(spawn(parent, childOf(parent), childOf(parent).id(ended.id()))))
                .isEqualTo(Settled.CONFLICT);
        assertThat(fixture()
                        .settle(spawn(
                                parent,
                                childOf(parent).uniqueKey("k"),
                                childOf(parent).uniqueKey("k"))))
                .isEqualTo(Settled.CONFLICT);
        assertThat(fixture().settle(spawn(parent, childOf(parent).uniqueKey("own"))))
                .isEqualTo(Settled.CONFLICT);

        assertThat(fixture().find(parent.id())).isEqualTo(parent);
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(2);
        NewJob free = childOf(parent).uniqueKey("k");
        assertThat(fixture().settle(spawn(parent, free))).isEqualTo(Settled.APPLIED);
        assertThat(fixture().status(free)).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("one of two jobs of a batch that spawn the same unique key gets it, and the other spawns nothing")
    void twoOfOneKey() {
        Job one = fixture().claimed();
        Job other = fixture().claimed();

        List<Settled> answers = fixture()
                .store
                .settle(List.of(
                        spawn(one, childOf(one).uniqueKey("k"), childOf(one)),
                        spawn(other, childOf(other), childOf(other).uniqueKey("k"))));

        assertThat(answers).containsExactlyInAnyOrder(Settled.APPLIED, Settled.CONFLICT);
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(4);
        Job refused = answers.get(0) == Settled.CONFLICT ? one : other;
        assertThat(fixture().find(refused.id())).isEqualTo(refused);
    }

    @Test
    @DisplayName("a store refuses an invalid spawn and settles nothing of the batch")
    void refused() {
        NewJob family = fixture().job();
        NewJob last = fixture().childOf(family);
        NewJob stored = fixture().job();
        fixture().addAll(family, last, stored);
        Job completes = fixture().running(last);
        Job parent = fixture().claimed();
        NewJob child = childOf(parent);
        List<Settlement> senseless = List.of(
                spawn(parent, fixture().job()),
                spawn(parent, fixture().childOf(stored)),
                spawn(parent, childOf(parent).after(stored)),
                spawn(parent, childOf(parent).after(parent.id())),
                spawn(parent, child, child));
        List<Job> before = fixture().store.scan(JobQuery.all());

        for (Settlement each : senseless) {
            List<Settlement> batch = List.of(Settlement.complete(Claim.of(completes), null), each);
            assertThatThrownBy(() -> fixture().store.settle(batch)).isInstanceOf(IllegalArgumentException.class);
        }

        assertThat(fixture().store.scan(JobQuery.all())).isEqualTo(before);
        assertThat(fixture().complete(completes)).isEqualTo(Settled.APPLIED);
        assertThat(fixture().status(family)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("the durable steps of a job are undone if its children fail it, and stand if they do not")
    void undo() {
        Job good = fixture().claimed();
        Job bad = fixture().claimed();
        for (Job parent : List.of(good, bad)) {
            fixture().begin(parent, StoreFixture.CHARGE);
            fixture().finish(parent, StoreFixture.CHARGE, "1");
            NewJob child = childOf(parent);
            fixture().settle(spawn(parent, child));
            assertThat(fixture().undos()).isEmpty();
            assertThat(fixture().find(parent.id()).hasUndo()).isTrue();
            if (parent.equals(good)) {
                fixture().completes(child);
            } else {
                fixture().fails(child);
            }
        }

        assertThat(fixture().onlyUndo().undoes()).isEqualTo(bad.id());
        assertThat(fixture().steps(bad))
                .extracting(JobStep::undoJobId)
                .containsExactly(fixture().onlyUndo().id());
        assertThat(fixture().steps(good)).extracting(JobStep::undoJobId).containsOnlyNulls();
    }

    private NewJob childOf(Job parent) {
        return fixture().job().parent(parent.id());
    }

    private List<Job> childrenOf(Job parent) {
        return fixture().store.children(parent.id(), 0, 100);
    }

    private static Settlement spawn(Job parent, NewJob... jobs) {
        List<EncodedJob> encoded = Arrays.stream(jobs).map(StoreFixture::encode).toList();
        return Settlement.awaitChildren(
                Claim.of(parent), OWN, new SpawnedJobs(encoded, ChildFailurePolicy.FAIL_AT_ONCE, false));
    }
}
