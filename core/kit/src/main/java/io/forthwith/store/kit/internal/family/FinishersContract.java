package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
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
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class FinishersContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a finisher runs after all other children, and its result becomes that of the parent")
    void runsLast() {
        Family family = add(fixture().job());
        assertThat(fixture().status(family.end)).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().find(family.end).relations().isFinisher()).isTrue();
        assertThat(fixture().find(family.end).relations().position()).isEqualTo(JobRelations.FINISHER);
        fixture().completesWith(family.first, "1");
        assertThat(fixture().status(family.end)).isEqualTo(JobStatus.WAITING);

        fixture().completesWith(family.second, "2");
        assertThat(fixture().statuses(family.parent, family.end)).containsExactly(JobStatus.WAITING, JobStatus.PENDING);

        fixture().completesWith(family.end, "{\"sum\": 3}");
        Job completed = fixture().find(family.parent);
        assertThat(completed.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(StoreFixture.json(completed.result())).isEqualTo(StoreFixture.json("{\"sum\": 3}"));
        assertThat(completed.progress().percent()).isEqualTo(100);
    }

    @Test
    @DisplayName("children are read page by page in the order of their positions, without the finisher")
    void children() {
        NewJob parent = fixture().job();
        List<NewJob> jobs = new ArrayList<>(List.of(parent, fixture().job().finisherOf(parent)));
        List<NewJob> children = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            // Places are not ids.
            NewJob child = fixture().childOf(parent);
            children.add(0, child);
        }
        jobs.addAll(children);
        fixture().addAll(jobs.toArray(NewJob[]::new));
        fixture().completesWith(children.get(4), "4");

        List<Job> read = new ArrayList<>();
        List<Job> page = fixture().store.children(parent.id(), 0, 3);
        while (!page.isEmpty()) {
            assertThat(page).hasSizeLessThanOrEqualTo(3);
            read.addAll(page);
            page = fixture().store.children(parent.id(), place(page.get(page.size() - 1)), 3);
        }

        assertThat(read)
                .extracting(Job::id)
                .containsExactlyElementsOf(children.stream().map(NewJob::id).toList());
        assertThat(StoreFixture.json(read.get(4).result())).isEqualTo(4);
        assertThat(fixture().store.children(children.get(0).id(), 0, 3)).isEmpty();
        assertThat(fixture().store.scan(JobQuery.all().parent(parent.id()))).hasSize(8);
    }

    private static int place(Job child) {
        return child.relations().position() == null
                ? Integer.MAX_VALUE
                : child.relations().position();
    }

    @Test
    @DisplayName("a failed finisher fails its parent with exactly its own error")
    void failure() {
        Family family = add(fixture().job().locale(Locale.SIMPLIFIED_CHINESE));
        fixture().completes(family.first, family.second);

        fixture()
                .settle(Settlement.fail(
                        Claim.of(fixture().running(family.end)),
                        JobError.user("too_long", "Too long"),
                        Locale.ENGLISH));

        Job failed = fixture().find(family.parent);
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorMessage()).isEqualTo("Too long");
        assertThat(failed.errorCode()).isEqualTo("too_long");
        assertThat(failed.errorKind()).isEqualTo(JobError.Kind.USER);
        assertThat(failed.result()).isNull();
        assertThat(failed.progress().percent()).isEqualTo(66);
    }

    @Test
    @DisplayName(
            "a group that gets the id of a deleted one, whose finisher has completed since, waits until it is sealed")
    void finisherOfDeletedGroup() {
        NewJob group = fixture().job().unsealed();
        NewJob end = fixture().job().finisherOf(group);
        fixture().addAll(group, end);
        fixture().store.cancel(end.id(), Locale.ENGLISH);
        fixture().store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 100);
        // Finishers stay until their parents are deleted.
        assertThat(fixture().store.find(group.id())).isEmpty();
        assertThat(fixture().store.retry(end.id()).outcome()).isEqualTo(ActResult.Outcome.DONE);
        fixture().completesWith(end, "7");

        assertThat(fixture().store.add(List.of(StoreFixture.encode(group), StoreFixture.encode(end))))
                .containsExactly(
                        new Added(group.id(), Added.Outcome.ADDED), new Added(end.id(), Added.Outcome.ID_EXISTS));
        assertThat(fixture().status(group)).isEqualTo(JobStatus.WAITING);

        fixture().store.seal(group.id(), Locale.ENGLISH);
        assertThat(fixture().status(group)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a parent that has run keeps the result of its own run when its finisher fails")
    void failureAfterOwnPart() {
        Job parent = fixture().claimed();
        NewJob end = fixture().job().finisherOf(fixture().job().id(parent.id()));
        fixture()
                .settle(Settlement.awaitChildren(
                        Claim.of(parent),
                        "4",
                        new SpawnedJobs(List.of(StoreFixture.encode(end)), ChildFailurePolicy.FAIL_AT_ONCE, false)));

        fixture().fails(end);

        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.FAILED);
        assertThat(StoreFixture.json(fixture().find(parent.id()).result())).isEqualTo(4);
    }

    @Test
    @DisplayName("a failed attempt of a finisher that will be repeated does not change the parent")
    void repeated() {
        Family family = add(fixture().job());
        fixture().completes(family.first, family.second);

        fixture()
                .settle(Settlement.retry(
                        Claim.of(fixture().running(family.end)), JobError.retryable("timeout", "Slow"), Duration.ZERO));
        fixture().running(family.end);
        fixture().loseWorkers();
        assertThat(fixture().statuses(family.parent, family.end)).containsExactly(JobStatus.WAITING, JobStatus.PENDING);

        fixture().completes(family.end);
        assertThat(fixture().status(family.parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a cancelled finisher fails its parent under every policy, also if it was still waiting")
    void cancelled() {
        for (ChildFailurePolicy policy : ChildFailurePolicy.values()) {
            Family early = add(fixture().job().onChildFailure(policy));
            fixture().cancel(early.end);
            Family late = add(fixture().job().onChildFailure(policy));
            fixture().completes(late.first, late.second);
            fixture().cancel(late.end);

            for (NewJob parent : List.of(early.parent, late.parent)) {
                assertThat(fixture().status(parent)).isEqualTo(JobStatus.FAILED);
                assertThat(fixture().find(parent).errorCode()).isEqualTo("child_cancelled");
                assertThat(fixture().find(parent).errorMessage()).isEqualTo("1 of 3 child jobs was cancelled");
            }
            fixture().completes(early.first);
        }
    }

    @Test
    @DisplayName("a finisher that is cancelled while it waits cancels its siblings if the parent says so")
    void cancelledWithSiblings() {
        Family family = add(fixture().job().cancelOtherChildren());
        Job running = fixture().running(family.first);
        fixture().completes(family.second);

        fixture().cancel(family.end);

        assertThat(fixture().status(family.parent)).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().complete(running)).isEqualTo(Settled.CANCELLED);
    }

    @Test
    @DisplayName("a waiting finisher is cancelled when its parent fails at once, fails at the end or is cancelled")
    void parentFails() {
        Family atOnce = add(fixture().job());
        fixture().fails(atOnce.first);
        assertThat(fixture().statuses(atOnce.parent, atOnce.end))
                .containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
        assertThat(fixture().find(atOnce.parent).errorMessage()).isEqualTo("1 of 2 child jobs failed: boom");

        Family atEnd = add(fixture().job().onChildFailure(ChildFailurePolicy.FAIL_AT_END));
        fixture().fails(atEnd.first);
        assertThat(fixture().status(atEnd.end)).isEqualTo(JobStatus.WAITING);
        fixture().completes(atEnd.second);
        assertThat(fixture().statuses(atEnd.parent, atEnd.end)).containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);

        Family byHand = add(fixture().job());
        fixture().cancel(byHand.parent);
        assertThat(fixture().statuses(byHand.first, byHand.second, byHand.end)).containsOnly(JobStatus.CANCELLED);
    }

    @Test
    @DisplayName(
            "a finisher still waits when siblings are cancelled and the parent goes on; later it runs or is cancelled")
    void siblingsCancelled() {
        Family ignoring =
                add(fixture().job().onChildFailure(ChildFailurePolicy.IGNORE).cancelOtherChildren());
        fixture().cancel(ignoring.first);
        assertThat(fixture().statuses(ignoring.parent, ignoring.second, ignoring.end))
                .containsExactly(JobStatus.WAITING, JobStatus.CANCELLED, JobStatus.PENDING);
        fixture().completesWith(ignoring.end, "3");
        assertThat(fixture().status(ignoring.parent)).isEqualTo(JobStatus.COMPLETED);

        Family atEnd = add(
                fixture().job().onChildFailure(ChildFailurePolicy.FAIL_AT_END).cancelOtherChildren());
        Job running = fixture().running(atEnd.second);
        fixture().fails(atEnd.first);
        assertThat(fixture().statuses(atEnd.parent, atEnd.end)).containsOnly(JobStatus.WAITING);
        fixture().complete(running);
        assertThat(fixture().statuses(atEnd.parent, atEnd.end)).containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
    }

    @Test
    @DisplayName("a finisher runs after failed children if the parent ignores failures, and sees how they ended")
    void ignoring() {
        Family family = add(fixture().job().onChildFailure(ChildFailurePolicy.IGNORE));
        fixture().fails(family.first);
        fixture().cancel(family.second);
        fixture().complete(fixture().find(family.second));

        assertThat(fixture().status(family.end)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().children(family.parent))
                .extracting(Job::status)
                .containsExactly(JobStatus.FAILED, JobStatus.CANCELLED);
        fixture().completes(family.end);
        assertThat(fixture().status(family.parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName(
            "the finisher of a group is added with the group, and runs when the group is sealed and its children have ended")
    void ofGroup() {
        NewJob group = fixture().job().unsealed();
        NewJob end = fixture().job().finisherOf(group);
        fixture().addAll(group, end);
        NewJob child = fixture().childOf(group);
        fixture().add(child);
        fixture().completes(child);
        assertThat(fixture().status(end)).isEqualTo(JobStatus.WAITING);

        fixture().store.seal(group.id(), Locale.ENGLISH);
        assertThat(fixture().statuses(group, end)).containsExactly(JobStatus.WAITING, JobStatus.PENDING);
        assertThat(fixture().running(end).runAt())
                .isBeforeOrEqualTo(fixture().find(end).startedAt());
        fixture().completes(end);
        assertThat(fixture().status(group)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a group that already exists takes no finisher")
    void lateFinisher() {
        NewJob group = fixture().job().unsealed();
        NewJob end = fixture().job().finisherOf(group);
        fixture().addAll(group, end);

        assertThat(fixture().addAll(group, fixture().job().finisherOf(group)))
                .containsOnly(new Added(group.id(), Added.Outcome.PARENT_CLOSED));
        assertThat(fixture().addAll(group, end)).allMatch(added -> added.outcome() == Added.Outcome.ID_EXISTS);
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(2);
    }

    @Test
    @DisplayName("a finisher without siblings runs at once, or when its group is sealed")
    void alone() {
        NewJob parent = fixture().job();
        NewJob end = fixture().job().finisherOf(parent);
        fixture().addAll(parent, end);
        assertThat(fixture().statuses(parent, end)).containsExactly(JobStatus.WAITING, JobStatus.PENDING);
        fixture().completesWith(end, "7");
        assertThat(StoreFixture.json(fixture().find(parent).result())).isEqualTo(7);

        NewJob group = fixture().job().unsealed();
        NewJob late = fixture().job().finisherOf(group).delay(Duration.ofHours(1));
        fixture().addAll(group, late);
        fixture().store.seal(group.id(), Locale.ENGLISH);
        assertThat(fixture().status(late)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().claim(10)).as("its delay counts from the call").isEmpty();
    }

    @Test
    @DisplayName("a finisher that spawns children runs once, and its parent waits for all of them")
    void spawning() {
        Family family = add(fixture().job());
        fixture().completes(family.first, family.second);
        Job runs = fixture().running(family.end);
        NewJob low = fixture().job().parent(family.end);
        NewJob lower = fixture().job().parent(family.end);
        fixture()
                .settle(Settlement.awaitChildren(
                        Claim.of(runs),
                        "5",
                        new SpawnedJobs(
                                List.of(StoreFixture.encode(low), StoreFixture.encode(lower)),
                                ChildFailurePolicy.FAIL_AT_ONCE,
                                false)));
        fixture().age(Duration.ofSeconds(2));

        fixture().completes(low);
        assertThat(fixture().statuses(family.parent, family.end)).containsOnly(JobStatus.WAITING);
        fixture().completes(lower);

        assertThat(fixture().statuses(family.parent, family.end)).containsOnly(JobStatus.COMPLETED);
        assertThat(fixture().find(family.end).claim()).isEqualTo(runs.claim());
        assertThat(StoreFixture.json(fixture().find(family.parent).result())).isEqualTo(5);
    }

    @Test
    @DisplayName(
            "the parent waits for a child that is retried while the finisher runs, and then uses the finisher's result")
    void childRetried() {
        Family family = add(fixture().job().onChildFailure(ChildFailurePolicy.IGNORE));
        fixture().fails(family.first);
        fixture().completes(family.second);
        Job runs = fixture().running(family.end);
        fixture().retry(family.first);

        fixture().settle(Settlement.complete(Claim.of(runs), "9"));
        assertThat(fixture().status(family.parent)).isEqualTo(JobStatus.WAITING);

        fixture().completes(family.first);
        assertThat(fixture().status(family.parent)).isEqualTo(JobStatus.COMPLETED);
        assertThat(StoreFixture.json(fixture().find(family.parent).result())).isEqualTo(9);
    }

    @Test
    @DisplayName(
            "a store refuses a second finisher, a finisher of a job outside the call, and a finisher that has predecessors or is a parent")
    void refused() {
        NewJob parent = fixture().job();
        NewJob end = fixture().job().finisherOf(parent);
        NewJob other = fixture().job();
        assertRefused(parent, end, fixture().job().finisherOf(parent));
        assertRefused(end, other);
        assertRefused(parent, other, end.after(other));
        assertRefused(parent, end, fixture().childOf(end));
        assertRefused(parent, end.unsealed());

        assertThat(fixture().store.countByScan(JobQuery.all())).isZero();
    }

    private void assertRefused(NewJob... call) {
        assertThatThrownBy(() -> fixture().addAll(call))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("finish");
    }

    private Family add(NewJob parent) {
        Family family = new Family(
                parent,
                fixture().childOf(parent),
                fixture().childOf(parent),
                fixture().job().finisherOf(parent));
        fixture().addAll(family.end, family.parent, family.first, family.second);
        return family;
    }

    /** Two children, and the job that runs after them. */
    private record Family(NewJob parent, NewJob first, NewJob second, NewJob end) {}
}
