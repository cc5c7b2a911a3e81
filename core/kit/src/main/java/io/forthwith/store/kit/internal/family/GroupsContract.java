package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class GroupsContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a group waits without children and takes children in several calls; their positions continue")
    void filled() {
        NewJob group = group();
        assertThat(fixture().status(group)).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().claim(10)).isEmpty();
        NewJob first = fixture().childOf(group);
        NewJob second = fixture().childOf(group);
        NewJob third = fixture().childOf(group);

        assertThat(fixture().addAll(second, first)).allMatch(added -> added.outcome() == Added.Outcome.ADDED);
        assertThat(fixture().add(third)).isEqualTo(new Added(third.id(), Added.Outcome.ADDED));

        assertThat(fixture().children(group)).extracting(Job::id).containsExactly(second.id(), first.id(), third.id());
        assertThat(fixture().children(group))
                .extracting(job -> job.relations().position())
                .doesNotContainNull()
                .doesNotHaveDuplicates()
                .isSorted();
        assertThat(fixture().find(group).relations().isSealed()).isFalse();
    }

    @Test
    @DisplayName("a group does not complete before it is sealed, and then with its last child")
    void sealedThenCompleted() {
        NewJob group = group();
        NewJob early = fixture().childOf(group);
        NewJob late = fixture().childOf(group);
        fixture().addAll(early, late);
        fixture().completes(early);

        assertThat(seal(group)).isEqualTo(ActResult.DONE);
        assertThat(fixture().status(group)).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().find(group).relations().isSealed()).isTrue();

        fixture().completes(late);
        assertThat(fixture().status(group)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName(
            "a group whose children have all completed waits for the seal, and completes by it, alone or with its parents")
    void completedBySeal() {
        NewJob top = fixture().job();
        NewJob group = fixture().childOf(top).unsealed();
        fixture().addAll(top, group);
        NewJob child = fixture().childOf(group);
        fixture().add(child);
        fixture().completes(child);
        assertThat(fixture().statuses(top, group)).containsOnly(JobStatus.WAITING);

        assertThat(seal(group)).isEqualTo(ActResult.DONE);

        assertThat(fixture().statuses(top, group)).containsOnly(JobStatus.COMPLETED);
        assertThat(fixture().find(group).progress().percent()).isEqualTo(100);
    }

    @Test
    @DisplayName("a group without children completes when it is sealed")
    void empty() {
        NewJob group = group();

        assertThat(seal(group)).isEqualTo(ActResult.DONE);

        assertThat(fixture().status(group)).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().find(group).completedAt()).isNotNull();
    }

    @Test
    @DisplayName("a group fails at once while it is still filled, and takes no more children")
    void failsAtOnce() {
        NewJob group = group();
        NewJob bad = fixture().childOf(group);
        NewJob good = fixture().childOf(group);
        fixture().addAll(bad, good);

        fixture().fails(bad);

        assertThat(fixture().find(group).errorMessage()).isEqualTo("1 of 2 child jobs failed: boom");
        assertThat(fixture().status(group)).isEqualTo(JobStatus.FAILED);
        refuses(group);
        fixture().age(Duration.ofSeconds(10));
        assertThat(seal(group)).isEqualTo(ActResult.DONE);
        Job sealed = fixture().find(group);
        assertThat(sealed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(sealed.relations().isSealed()).isTrue();
        assertThat(sealed.completedAt()).isBefore(sealed.updatedAt().minusSeconds(9));
        fixture().completes(good);
    }

    @Test
    @DisplayName("a group that fails at the end fails when it is sealed, in the language of the seal call")
    void failsAtEnd() {
        NewJob group = fixture().job().unsealed().onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        NewJob bad = fixture().childOf(group);
        fixture().addAll(group, bad);
        fixture().fails(bad, "积分不足");
        assertThat(fixture().status(group)).isEqualTo(JobStatus.WAITING);
        NewJob good = fixture().childOf(group);
        fixture().add(good);
        fixture().completes(good);
        assertThat(fixture().status(group)).isEqualTo(JobStatus.WAITING);

        assertThat(fixture().store.seal(group.id(), Locale.SIMPLIFIED_CHINESE)).isEqualTo(ActResult.DONE);

        assertThat(fixture().status(group)).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().find(group).errorMessage()).isEqualTo("2 个子任务中有 1 个失败: 积分不足");
        assertThat(fixture().find(group).progress().percent()).isEqualTo(50);
    }

    @Test
    @DisplayName("seal answers whether it found a group, a sealed group, a job that was never a group, or no job")
    void sealResults() {
        NewJob group = group();
        NewJob family = fixture().job();
        fixture().addAll(family, fixture().childOf(family));
        UUID plain = fixture().added();

        assertThat(seal(group)).isEqualTo(ActResult.DONE);
        assertThat(seal(group)).isEqualTo(ActResult.ALREADY_SEALED);
        assertThat(seal(family)).isEqualTo(ActResult.ALREADY_SEALED);
        Job before = fixture().find(plain);
        assertThat(fixture().store.seal(plain, Locale.ENGLISH)).isEqualTo(ActResult.NOT_A_GROUP);
        assertThat(fixture().store.seal(UUID.randomUUID(), Locale.ENGLISH)).isEqualTo(ActResult.NOT_FOUND);
        assertThat(fixture().status(family)).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().find(plain)).isEqualTo(before);
    }

    @Test
    @DisplayName("a sealed, completed or cancelled group takes no child, also if the call adds other jobs")
    void closed() {
        NewJob sealed = group();
        NewJob open = fixture().childOf(sealed);
        fixture().add(open);
        seal(sealed);
        refuses(sealed);
        fixture().completes(open);
        refuses(sealed);

        NewJob cancelled = group();
        fixture().cancel(cancelled);
        refuses(cancelled);
    }

    @Test
    @DisplayName(
            "no child is added to a job that is no group: unknown, pending, running, waiting for its family or its spawn")
    void noGroup() {
        refuses(fixture().job());

        NewJob plain = fixture().job().unsealed().id(fixture().added());
        refuses(plain);
        Job running = fixture().running(plain);
        refuses(plain);
        SpawnedJobs spawn = new SpawnedJobs(
                List.of(StoreFixture.encode(fixture().childOf(plain).delay(Duration.ofHours(1)))),
                ChildFailurePolicy.FAIL_AT_ONCE,
                false);
        fixture().settle(Settlement.awaitChildren(Claim.of(running), null, spawn));
        assertThat(fixture().status(plain)).isEqualTo(JobStatus.WAITING);
        refuses(plain);

        NewJob family = fixture().job();
        fixture().addAll(family, fixture().childOf(family));
        refuses(family);

        NewJob successor = fixture().job().after(family);
        fixture().add(successor);
        refuses(fixture().job().id(successor.id()));
    }

    /** Alone and beside others, the job itself among them. */
    private void refuses(NewJob parent) {
        NewJob late = fixture().childOf(parent);
        NewJob stranger = fixture().job();
        List<Job> before = fixture().store.scan(JobQuery.all());
        Added refusal = new Added(parent.id(), Added.Outcome.PARENT_CLOSED);

        assertThat(fixture().add(late)).isEqualTo(refusal);
        assertThat(fixture().addAll(stranger, late)).containsExactly(refusal, refusal);
        if (fixture().store.find(parent.id()).isPresent()) {
            assertThat(fixture().addAll(parent, late)).containsExactly(refusal, refusal);
        }

        assertThat(fixture().store.scan(JobQuery.all())).isEqualTo(before);
        assertThat(fixture().children(parent)).extracting(Job::id).doesNotContain(late.id());
    }

    @Test
    @DisplayName("a repeated call answers that its jobs exist, also when the group takes no more children")
    void repeated() {
        NewJob group = fixture().job().unsealed();
        NewJob first = fixture().childOf(group);
        fixture().addAll(group, first);
        NewJob second = fixture().childOf(group);

        assertThat(fixture().addAll(group, second, first))
                .containsExactly(
                        new Added(group.id(), Added.Outcome.ID_EXISTS),
                        new Added(second.id(), Added.Outcome.ADDED),
                        new Added(first.id(), Added.Outcome.ID_EXISTS));
        assertThat(fixture().children(group)).extracting(Job::id).containsExactly(first.id(), second.id());
        seal(group);
        fixture().completes(first, second);

        assertThat(fixture().addAll(group, first, second)).allMatch(each -> each.outcome() == Added.Outcome.ID_EXISTS);
        assertThat(fixture().add(second)).isEqualTo(new Added(second.id(), Added.Outcome.ID_EXISTS));
        assertThat(fixture().status(group)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a group does not take a child whose unique key is taken, and the call adds no job")
    void keyTaken() {
        NewJob group = group();
        NewJob holder = fixture().job().uniqueKey("k");
        fixture().add(holder);

        assertThat(fixture()
                        .addAll(
                                fixture().childOf(group),
                                fixture().childOf(group).uniqueKey("k")))
                .containsOnly(new Added(holder.id(), Added.Outcome.CONFLICT));

        assertThat(fixture().children(group)).isEmpty();
        assertThat(fixture().status(group)).isEqualTo(JobStatus.WAITING);
    }

    @Test
    @DisplayName("a group takes families, and a group inside a group is filled and sealed by itself")
    void nested() {
        NewJob outer = group();
        NewJob inner = fixture().childOf(outer).unsealed();
        NewJob parent = fixture().childOf(outer);
        NewJob child = fixture().childOf(parent);
        fixture().addAll(inner, parent, child);
        NewJob late = fixture().childOf(inner);
        fixture().add(late);
        assertThat(fixture().statuses(inner, parent, child, late))
                .containsExactly(JobStatus.WAITING, JobStatus.WAITING, JobStatus.PENDING, JobStatus.PENDING);

        seal(outer);
        fixture().completes(child, late);
        assertThat(fixture().statuses(outer, inner, parent))
                .containsExactly(JobStatus.WAITING, JobStatus.WAITING, JobStatus.COMPLETED);

        seal(inner);
        assertThat(fixture().statuses(outer, inner)).containsOnly(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a group that failed and is retried takes children again, until it is sealed")
    void retried() {
        NewJob group = group();
        NewJob bad = fixture().childOf(group);
        fixture().add(bad);
        fixture().fails(bad);

        fixture().retry(group);
        NewJob late = fixture().childOf(group);
        assertThat(fixture().add(late).outcome()).isEqualTo(Added.Outcome.ADDED);
        fixture().completes(bad, late);
        assertThat(fixture().status(group)).isEqualTo(JobStatus.WAITING);

        seal(group);
        assertThat(fixture().status(group)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a retry of a cancelled group without children makes it wait for children again; it does not run")
    void emptyRetried() {
        NewJob group = group();
        fixture().cancel(group);

        fixture().retry(group);

        assertThat(fixture().status(group)).isEqualTo(JobStatus.WAITING);
        assertThat(fixture().add(fixture().childOf(group)).outcome()).isEqualTo(Added.Outcome.ADDED);
    }

    @Test
    @DisplayName("a family whose parent alone was purged is decided at once when it is added again")
    void purgedParent() {
        NewJob parent = fixture().job();
        NewJob good = fixture().childOf(parent);
        NewJob bad = fixture().childOf(parent);
        fixture().addAll(parent, good, bad);
        fixture().cancel(parent);
        fixture().age(Duration.ofDays(1));
        for (NewJob child : List.of(good, bad)) {
            fixture().retry(child);
        }
        fixture().newWorker();
        fixture().completes(good);
        fixture().fails(bad);
        fixture().store.purge(Retention.DEFAULT.completed(Duration.ofHours(1)).failed(Duration.ofHours(1)), 100);
        assertThat(fixture().store.find(parent.id())).isEmpty();

        assertThat(fixture().addAll(parent, good, bad))
                .extracting(Added::outcome)
                .containsExactly(Added.Outcome.ADDED, Added.Outcome.ID_EXISTS, Added.Outcome.ID_EXISTS);

        assertThat(fixture().status(parent)).isEqualTo(JobStatus.FAILED);
        assertThat(fixture().find(parent).errorMessage()).isEqualTo("1 of 2 child jobs failed: boom");
    }

    private NewJob group() {
        NewJob group = fixture().job().unsealed();
        fixture().add(group);
        return group;
    }

    private ActResult seal(NewJob group) {
        return fixture().store.seal(group.id(), Locale.ENGLISH);
    }
}
