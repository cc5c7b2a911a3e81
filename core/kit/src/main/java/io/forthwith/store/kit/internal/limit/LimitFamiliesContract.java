package io.forthwith.store.kit.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.limit.Limit;
import io.forthwith.limit.Pause;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Limits together with families, graphs, deadlines, unique keys, changes by hand and paused queues. */
public abstract class LimitFamiliesContract extends LimitContract {
    @BeforeEach
    final void oneAtATime() {
        limits().put(atATime(1));
    }

    private NewJob childOf(NewJob parent) {
        return fixture().childOf(parent).limit(TENANT, "acme");
    }

    private void change(NewJob job, JobChange change) {
        assertThat(fixture().store.change(job.id(), change)).isEqualTo(ActResult.DONE);
    }

    /** A job that has the only permit. */
    private Job holder() {
        return startsOnly(add(ACME));
    }

    @Test
    @DisplayName("children under a limit run one after the other, and their parent completes with the last one")
    void children() {
        NewJob parent = fixture().job();
        NewJob[] family = {parent, childOf(parent), childOf(parent), childOf(parent)};
        fixture().addAll(family);

        for (int i = 0; i < 3; i++) {
            assertThat(fixture().status(parent)).isEqualTo(JobStatus.WAITING);
            List<Job> started = claimAll();
            assertThat(started).hasSize(1);
            complete(started.get(0));
        }

        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a parent that never runs itself is refused under a limit, and nothing of its call is added")
    void parents() {
        NewJob parent = under(ACME);
        NewJob child = fixture().childOf(parent);
        NewJob group = under(ACME).unsealed();
        NewJob other = under(ACME);

        assertThatThrownBy(() -> fixture().addAll(other, parent, child))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(parent.id().toString())
                .hasMessageContaining(ACME.text());
        assertThatThrownBy(() -> fixture().addAll(other, group)).isInstanceOf(IllegalArgumentException.class);

        assertThat(fixture().store.scan(JobQuery.all())).isEmpty();
    }

    @Test
    @DisplayName("a job that waits for children that it has spawned holds no permit, and they run under their limits")
    void spawning() {
        limits().put(Limit.of(API).concurrency(1));
        NewJob parent = add(ACME);
        NewJob behind = add(ACME);
        Job running = startsOnly(parent);
        NewJob first = under(ACME).parent(parent.id()).priority(9);
        NewJob second = under(ACME, KEY).parent(parent.id()).priority(8);
        List<EncodedJob> jobs =
                List.of(first, second).stream().map(StoreFixture::encode).toList();

        assertThat(fixture()
                        .settle(Settlement.awaitChildren(
                                Claim.of(running),
                                null,
                                new SpawnedJobs(jobs, ChildFailurePolicy.FAIL_AT_ONCE, false))))
                .isEqualTo(Settled.APPLIED);

        assertThat(fixture().status(parent)).isEqualTo(JobStatus.WAITING);
        assertThat(state(ACME).running()).isEmpty();
        assertThat(fixture().find(second).limits()).containsExactly(limit(KEY), limit(ACME));
        complete(startsOnly(first));
        complete(startsOnly(second));
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
        startsOnly(behind);
    }

    @Test
    @DisplayName("a finisher waits for its permit, and its parent for the finisher")
    void finishers() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob finisher = fixture().job().finisherOf(parent).limit(TENANT, "acme");
        Job holder = holder();
        fixture().addAll(parent, child, finisher);
        complete(startsOnly(child));
        startsNone();
        assertThat(fixture().status(finisher)).isEqualTo(JobStatus.PENDING);

        complete(holder);
        fixture().settle(Settlement.complete(Claim.of(startsOnly(finisher)), "7"));

        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().find(parent).result()).isEqualTo("7");
    }

    @Test
    @DisplayName("a successor under the key of its predecessor waits without a permit, and gets one when it is due")
    void successors() {
        NewJob first = under(ACME);
        NewJob after = under(ACME).after(first).priority(9);
        fixture().addAll(first, after);
        NewJob other = add(ACME);
        Job running = startsOnly(first);

        complete(running);

        complete(startsOnly(after));
        startsOnly(other);
    }

    @Test
    @DisplayName("blocked jobs that are cancelled with their parent do not keep others from starting")
    void cancelledFamily() {
        NewJob parent = fixture().job();
        fixture().addAll(parent, childOf(parent), childOf(parent), childOf(parent));
        NewJob behind = add(ACME);
        List<Job> started = claimAll();
        assertThat(started).hasSize(1);

        fixture().cancel(parent);
        startsNone();
        assertThat(fixture().complete(started.get(0))).isEqualTo(Settled.CANCELLED);

        assertThat(fixture().status(parent)).isEqualTo(JobStatus.CANCELLED);
        startsOnly(behind);
    }

    @Test
    @DisplayName("a blocked job expires, and those behind it go on")
    void expiring() {
        Job holder = holder();
        NewJob expiring = add(under(ACME).expiresAfter(HOUR));
        NewJob behind = add(ACME);
        startsNone();
        pass(HOUR);

        assertThat(fixture().store.expire(10, Locale.ENGLISH).jobs()).isEqualTo(1);

        assertThat(fixture().find(expiring).errorCode()).isEqualTo("expired");
        startsNone();
        complete(holder);
        startsOnly(behind);
    }

    @Test
    @DisplayName("a blocked job whose input is replaced keeps its limits and its place")
    void replacedInput() {
        UniqueKey key = UniqueKey.of("k").untilStarted().replaceInput();
        Job holder = holder();
        NewJob blocked = add(under(ACME).uniqueKey(key));
        NewJob behind = add(ACME);
        startsNone();

        NewJob newer = NewJob.of(StoreFixture.TYPE, "newer").uniqueKey(key);
        assertThat(fixture().add(newer)).isEqualTo(new Added(blocked.id(), Added.Outcome.REPLACED));

        assertThat(fixture().find(blocked).limits()).containsExactly(limit(ACME));
        startsNone();
        complete(holder);
        Job started = startsOnly(blocked);
        assertThat(StoreFixture.json(started.input())).isEqualTo("newer");
        complete(started);
        startsOnly(behind);
    }

    @Test
    @DisplayName("a blocked job that is debounced starts when it is due again, and not before")
    void debounced() {
        UniqueKey key = UniqueKey.of("k").untilStarted().debounce(HOUR.multipliedBy(2));
        Job holder = holder();
        NewJob blocked = add(under(ACME).uniqueKey(key));
        startsNone();
        fixture().add(under(ACME).delay(HOUR).uniqueKey(key));
        complete(holder);

        startsNone();
        pass(HOUR);

        startsOnly(blocked);
    }

    @Test
    @DisplayName("a blocked job whose priority is raised is the next to start, one by one and in bulk")
    void changedPriority() {
        Job holder = holder();
        NewJob first = add(ACME);
        NewJob second = add(ACME);
        NewJob third = add(under(ACME).user("ada"));
        startsNone();

        change(second, JobChange.of().priority(8));
        assertThat(fixture()
                        .store
                        .changePage(JobQuery.all().user("ada"), JobChange.of().priority(9))
                        .done())
                .isEqualTo(1);

        startsNone();
        complete(holder);
        for (NewJob next : List.of(third, second, first)) {
            complete(startsOnly(next));
        }
    }

    @Test
    @DisplayName(
            "a blocked job that is put off starts when it is due, and one that is not due yet takes its place when pulled up")
    void changedTime() {
        Job holder = holder();
        NewJob putOff = add(ACME);
        NewJob behind = add(ACME);
        NewJob pulledUp = add(under(ACME).delay(Duration.ofDays(1)).priority(9));
        startsNone();

        change(putOff, JobChange.of().delay(HOUR));
        change(pulledUp, JobChange.of().delay(Duration.ZERO));

        startsNone();
        complete(holder);
        complete(startsOnly(pulledUp));
        Job running = startsOnly(behind);
        complete(running);
        startsNone();
        pass(HOUR);
        startsOnly(putOff);
    }

    @Test
    @DisplayName("a blocked job that is moved to another queue starts there")
    void changedQueue() {
        Job holder = holder();
        NewJob moved = add(ACME);
        NewJob behind = add(ACME);
        startsNone();

        change(moved, JobChange.of().queue("elsewhere"));
        complete(holder);

        complete(startsOnly(behind));
        startsNone();
        assertThat(claimAllOf("elsewhere")).extracting(Job::id).containsExactly(moved.id());
    }

    @Test
    @DisplayName(
            "blocked jobs of a paused queue wait until it is resumed, and hold up no jobs of other queues meanwhile")
    void pausedQueue() {
        Job holder = holder();
        NewJob blocked = add(ACME);
        NewJob elsewhere = add(under(ACME).queue("elsewhere"));
        startsNone();
        fixture().store.pauseQueue(NewJob.DEFAULT_QUEUE, Pause.of());
        complete(holder);
        String[] queues = {NewJob.DEFAULT_QUEUE, "elsewhere"};

        List<Job> started = claimAllOf(queues);
        assertThat(started).extracting(Job::id).containsExactly(elsewhere.id());
        complete(started.get(0));
        assertThat(claimAllOf(queues)).isEmpty();
        fixture().store.resumeQueue(NewJob.DEFAULT_QUEUE);

        assertThat(claimAllOf(queues)).extracting(Job::id).containsExactly(blocked.id());
    }

    @Test
    @DisplayName("failed jobs that are retried in bulk, and families that are retried, wait for permits")
    void retriedFamilies() {
        NewJob parent = fixture().job();
        NewJob child = childOf(parent);
        fixture().addAll(parent, child);
        NewJob single = add(ACME);
        for (NewJob each : List.of(child, single)) {
            fixture().fail(startsOnly(each));
        }
        Job holder = holder();

        fixture().retry(parent);
        fixture().store.retryPage(JobQuery.all().status(JobStatus.FAILED));

        assertThat(fixture().statuses(child, single)).containsOnly(JobStatus.PENDING);
        startsNone();
        complete(holder);
        for (int i = 0; i < 2; i++) {
            List<Job> started = claimAll();
            assertThat(started).hasSize(1).allMatch(job -> job.limits().equals(List.of(limit(ACME))));
            complete(started.get(0));
        }
        assertThat(fixture().statuses(parent, single)).containsOnly(JobStatus.COMPLETED);
    }
}
