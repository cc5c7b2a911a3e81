package io.forthwith.store.kit.internal.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ExpiryContract {
    private static final Duration HOUR = Duration.ofHours(1);

    public abstract StoreFixture fixture();

    private NewJob expiring() {
        return fixture().job().expiresAfter(HOUR);
    }

    private NewJob added(NewJob job) {
        fixture().add(job);
        return job;
    }

    private int expire() {
        return fixture().store.expire(100, Locale.ENGLISH).jobs();
    }

    @Test
    @DisplayName(
            "a deadline counts from the moment of enqueuing, and is kept in calls of one, of some with relatives, and of very many jobs")
    void deadlines() {
        List<NewJob> jobs = new ArrayList<>();
        jobs.add(added(expiring()));
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent).expiresAfter(HOUR);
        fixture().addAll(parent, child);
        jobs.add(child);
        List<NewJob> many = new ArrayList<>();
        for (int i = 0; i < 2_100; i++) {
            many.add(expiring());
        }
        fixture().addAll(many.toArray(NewJob[]::new));
        jobs.add(many.get(0));
        jobs.add(many.get(2_099));

        for (NewJob job : jobs) {
            Job stored = fixture().find(job);
            assertThat(stored.expiresAt()).isCloseTo(stored.createdAt().plus(HOUR), within(1, ChronoUnit.SECONDS));
        }
        assertThat(fixture().find(parent).expiresAt()).isNull();
    }

    @Test
    @DisplayName(
            "a pending job fails when its deadline has passed, not before, with a message in its language and without a failed attempt")
    void pending() {
        NewJob job = added(expiring());
        NewJob chinese = added(expiring().locale(Locale.CHINESE));
        NewJob without = added(fixture().job());
        fixture().age(HOUR.minusSeconds(30));
        assertThat(expire()).isZero();
        fixture().age(Duration.ofSeconds(30));

        assertThat(expire()).isEqualTo(2);

        Job failed = fixture().find(job);
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorCode()).isEqualTo("expired");
        assertThat(failed.errorKind()).isEqualTo(JobError.Kind.SYSTEM);
        assertThat(failed.errorMessage()).isEqualTo("The job was not started in time");
        assertThat(failed.completedAt()).isNotNull();
        assertThat(failed.startedAt()).isNull();
        assertThat(fixture().find(chinese).errorMessage()).isEqualTo("任务未能在期限前开始");
        assertThat(fixture().store.failures(job.id())).isEmpty();
        assertThat(fixture().status(without)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(without.id());
        assertThat(expire()).isZero();
    }

    @Test
    @DisplayName("a limit holds, and the next call goes on")
    void limit() {
        for (int i = 0; i < 5; i++) {
            added(expiring());
        }
        fixture().age(HOUR);

        assertThat(fixture().store.expire(2, Locale.ENGLISH).jobs()).isEqualTo(2);
        assertThat(fixture().store.expire(10, Locale.ENGLISH).jobs()).isEqualTo(3);
    }

    @Test
    @DisplayName(
            "a job that has started does not expire: while it runs, waits for its next attempt, was postponed, has lost its worker, or waits for children")
    void started() {
        NewJob running = added(expiring());
        NewJob retried = added(expiring());
        NewJob postponed = added(expiring());
        for (Job job : fixture().claim(3)) {
            Claim claim = Claim.of(job);
            if (job.id().equals(retried.id())) {
                fixture().settle(Settlement.retry(claim, JobError.retryable("again", "Again"), Duration.ZERO));
            } else if (job.id().equals(postponed.id())) {
                fixture().settle(Settlement.postpone(claim, Duration.ZERO, "not yet"));
            }
        }
        fixture().age(HOUR);

        assertThat(expire()).isZero();
        fixture().loseWorkers();
        assertThat(fixture().statuses(running, retried, postponed)).containsOnly(JobStatus.PENDING);
        assertThat(expire()).isZero();
    }

    @Test
    @DisplayName("a job that its worker gave back unstarted still expires")
    void givenBack() {
        NewJob job = added(expiring());
        fixture().settle(Settlement.giveBack(Claim.of(fixture().claimed(job.id()))));
        fixture().age(HOUR);

        assertThat(expire()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "a job that waits for others expires, in a paused queue too; its parent, its successors and its predecessors follow as after any failure")
    void relatives() {
        NewJob before = fixture().job();
        NewJob parent = fixture().job();
        NewJob waiting = fixture().childOf(parent).after(before).expiresAfter(HOUR);
        NewJob after = fixture().childOf(parent).after(waiting);
        fixture().addAll(before, parent, waiting, after);
        NewJob paused = added(expiring().queue("paused"));
        fixture().store.pauseQueue("paused", Pause.of());
        fixture().age(HOUR);

        assertThat(expire()).isEqualTo(2);

        assertThat(fixture().statuses(waiting, after, parent, paused)).containsOnly(JobStatus.FAILED);
        assertThat(fixture().status(before)).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().find(after).errorMessage()).contains("The job was not started in time");
    }

    @Test
    @DisplayName("of jobs of one family that expire together, each that another takes with it is not counted")
    void oneTakesTheOther() {
        NewJob first = fixture().job().expiresAfter(HOUR);
        NewJob second = fixture().job().after(first).expiresAfter(HOUR.plusMinutes(1));
        fixture().addAll(first, second);
        fixture().age(HOUR.plusMinutes(2));

        assertThat(expire()).isBetween(1, 2);

        assertThat(fixture().statuses(first, second)).containsOnly(JobStatus.FAILED);
        assertThat(fixture().find(first).errorCode()).isEqualTo("expired");
    }

    @Test
    @DisplayName("a job that is retried by hand has no deadline any more, one by one and in bulk")
    void retriedByHand() {
        NewJob one = added(expiring());
        NewJob two = added(expiring());
        fixture().age(HOUR);
        expire();

        fixture().retry(one);
        assertThat(fixture().find(one).expiresAt()).isNull();
        assertThat(fixture()
                        .store
                        .retryPage(JobQuery.all().status(JobStatus.FAILED))
                        .done())
                .isEqualTo(1);

        assertThat(fixture().find(two).expiresAt()).isNull();
        assertThat(expire()).isZero();
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactlyInAnyOrder(one.id(), two.id());
    }

    @Test
    @DisplayName("a claim shows the deadline, so that a worker can tell that it has passed")
    void claimed() {
        NewJob job = added(expiring());
        fixture().age(HOUR);

        Job claimed = fixture().claimed(job.id());

        assertThat(claimed.expiresAt()).isNotNull().isBeforeOrEqualTo(claimed.startedAt());
    }

    @Test
    @DisplayName("claims and expiries at the same moment: each job runs, or fails, and none does both")
    void race() {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < 10 * RacingThreads.REPETITIONS; i++) {
            jobs.add(expiring());
        }
        fixture().addAll(jobs.toArray(NewJob[]::new));
        fixture().age(HOUR);
        UUID worker = fixture().worker();

        List<List<UUID>> claimed = RacingThreads.race(4, thread -> () -> {
            List<UUID> mine = new ArrayList<>();
            for (int i = 0; i < 10 * RacingThreads.REPETITIONS; i++) {
                if (thread % 2 == 0) {
                    fixture().store.expire(3, Locale.ENGLISH);
                } else {
                    fixture().claimAs(worker, 3).forEach(job -> mine.add(job.id()));
                }
            }
            return mine;
        });

        List<UUID> ran = claimed.stream().flatMap(List::stream).toList();
        assertThat(ran).doesNotHaveDuplicates();
        for (NewJob job : jobs) {
            assertThat(fixture().status(job))
                    .isEqualTo(ran.contains(job.id()) ? JobStatus.PROCESSING : JobStatus.FAILED);
        }
    }

    @Test
    @DisplayName("a parent that never starts itself cannot have a deadline")
    void parents() {
        NewJob parent = fixture().job().expiresAfter(HOUR);
        NewJob child = fixture().childOf(parent);

        assertThatThrownBy(() -> fixture().addAll(parent, child))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(parent.id() + " cannot expire after PT1H")
                .hasMessageContaining("give the deadline to its children");
        assertThat(fixture().store.find(child.id())).isEmpty();
    }
}
