package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ClaimingContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a claimed job is processing under the worker, with claim and attempt one higher, started now")
    void fields() {
        UUID id = fixture().added();

        List<Job> claimed = fixture().claim(10);

        Job later = fixture().find(fixture().added());
        assertThat(claimed).hasSize(1);
        Job job = claimed.get(0);
        assertThat(job).isEqualTo(fixture().find(id));
        assertThat(job.status()).isEqualTo(JobStatus.PROCESSING);
        assertThat(job.workerId()).isEqualTo(fixture().worker());
        assertThat(job.claim()).isEqualTo(1);
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(job.startedAt()).isBetween(job.createdAt(), later.createdAt());
        assertThat(StoreFixture.json(job.input())).isEqualTo("input");
    }

    @Test
    @DisplayName("claim and attempt grow with every claim")
    void claimGrows() {
        UUID id = fixture().added();
        for (int i = 1; i <= 3; i++) {
            fixture().age(Duration.ofSeconds(5));
            Job job = fixture().claimed(id);
            assertThat(job.claim()).isEqualTo(i);
            assertThat(job.attempt()).isEqualTo(i);
            assertThat(job.startedAt()).as("every claim sets it again").isEqualTo(job.updatedAt());
            fixture().settle(Settlement.retry(Claim.of(job), JobError.retryable("timeout", "Too slow"), Duration.ZERO));
        }
    }

    @Test
    @DisplayName("a claim returns at most the requested number of jobs, and each job once")
    void limit() {
        for (int i = 0; i < 25; i++) {
            fixture().added();
        }
        List<UUID> seen = new ArrayList<>();
        for (int got : new int[] {10, 10, 5, 0}) {
            List<Job> claimed = fixture().claim(10);
            assertThat(claimed).hasSize(got);
            claimed.forEach(job -> seen.add(job.id()));
        }
        assertThat(seen).hasSize(25).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("a claim returns only due jobs")
    void due() {
        UUID later = fixture().add(fixture().job().delay(Duration.ofMinutes(1))).id();
        assertThat(fixture().claim(10)).isEmpty();

        fixture().age(Duration.ofSeconds(61));
        fixture().store.beat(fixture().worker(), StoreFixture.LEASE, WorkerLoad.NONE);

        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(later);
    }

    @Test
    @DisplayName("a claim returns only jobs of the requested queues")
    void queues() {
        UUID a = fixture().add(fixture().job().queue("a")).id();
        UUID b = fixture().add(fixture().job().queue("b")).id();
        fixture().add(fixture().job().queue("c"));

        assertThat(fixture().claim(10)).isEmpty();
        List<Job> claimed = fixture()
                .store
                .claim(new ClaimRequest(fixture().worker(), List.of("b", "a"), 10, Set.of("x"), StoreFixture.CAP));

        assertThat(claimed).extracting(Job::id).containsExactlyInAnyOrder(a, b);
    }

    @Test
    @DisplayName("the order is one over all queues asked for")
    void orderOverQueues() {
        UUID later = fixture().add(fixture().job().queue("a").priority(1)).id();
        UUID first = fixture().add(fixture().job().queue("b").priority(9)).id();
        UUID second = fixture().add(fixture().job().queue("a").priority(5)).id();
        ClaimRequest two = new ClaimRequest(fixture().worker(), List.of("a", "b"), 2, Set.of("x"), StoreFixture.CAP);

        assertThat(fixture().store.claim(two)).extracting(Job::id).containsExactly(first, second);
        assertThat(fixture().store.claim(two)).extracting(Job::id).containsExactly(later);
    }

    @Test
    @DisplayName("a claim returns the job that has been due longest first, from all requested queues")
    void dueTimeOverQueues() {
        List<UUID> expected = new ArrayList<>();
        for (String queue : List.of("b", "a", "a", "b", "a")) {
            expected.add(fixture().add(fixture().job().queue(queue)).id());
            fixture().age(Duration.ofSeconds(1));
        }
        ClaimRequest three = new ClaimRequest(fixture().worker(), List.of("a", "b"), 3, Set.of("x"), StoreFixture.CAP);

        List<UUID> handedOut = new ArrayList<>();
        fixture().store.claim(three).forEach(job -> handedOut.add(job.id()));
        fixture().store.claim(three).forEach(job -> handedOut.add(job.id()));

        assertThat(handedOut).containsExactlyElementsOf(expected);
    }

    @Test
    @DisplayName("a claim returns higher priorities first, then jobs that have been due longer")
    void order() {
        List<UUID> expected = new ArrayList<>();
        UUID low = fixture().add(fixture().job().priority(0)).id();
        for (int priority : new int[] {9, 5, 1}) {
            for (int i = 0; i < 3; i++) {
                expected.add(fixture().add(fixture().job().priority(priority)).id());
                fixture().age(Duration.ofSeconds(1));
            }
        }
        expected.add(low);

        List<UUID> handedOut = new ArrayList<>();
        fixture().claim(4).forEach(job -> handedOut.add(job.id()));
        fixture().claim(10).forEach(job -> handedOut.add(job.id()));

        assertThat(handedOut).containsExactlyElementsOf(expected);
    }

    @Test
    @DisplayName("a claim orders jobs by the time they were due, not by when they were added")
    void orderByDueTime() {
        UUID last = fixture().add(fixture().job().delay(Duration.ofSeconds(20))).id();
        UUID second =
                fixture().add(fixture().job().delay(Duration.ofSeconds(10))).id();
        UUID first = fixture().added();
        fixture().worker();
        fixture().age(Duration.ofSeconds(30));

        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(first, second, last);
    }

    @Test
    @DisplayName("a claim returns the lower id first among equal jobs")
    void orderOfEquals() {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            jobs.add(fixture().job().id(UUID.randomUUID()));
        }
        fixture().addAll(jobs.toArray(NewJob[]::new));

        assertThat(fixture().claim(20))
                .extracting(job -> job.id().toString())
                .hasSize(20)
                .isSortedAccordingTo(Comparator.naturalOrder());
    }

    @Test
    @DisplayName("jobs of unknown types are claimed too, to be failed")
    void unknownTypes() {
        UUID id = fixture()
                .add(NewJob.of(JobType.of("unknown_task_type", Object.class), "x"))
                .id();

        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(id);
    }

    @Test
    @DisplayName(
            "types that no one has registered are left alone if only the registered ones are asked for, also in other queues")
    void onlyTypes() {
        JobType<String> unknown = JobType.of("unknown_task_type", String.class);
        for (String queue : List.of("a", "b")) {
            for (int i = 0; i < 3; i++) {
                fixture().add(NewJob.of(unknown, "x").queue(queue).priority(9));
            }
        }
        UUID known = fixture().add(fixture().job().queue("a")).id();
        UUID other = fixture().add(fixture().job().queue("b")).id();
        fixture().age(Duration.ofSeconds(1));

        assertThat(fixture().store.claim(onlyKnown(2, "a"))).extracting(Job::id).containsExactly(known);
        assertThat(fixture().store.claim(onlyKnown(2, "b", "a")))
                .extracting(Job::id)
                .containsExactly(other);
        assertThat(fixture().store.claim(onlyKnown(10, "a", "b"))).isEmpty();
    }

    @Test
    @DisplayName("jobs at their last try are left alone too if their type is not asked for")
    void onlyTypesOfSuspects() {
        UUID unknown = fixture()
                .add(NewJob.of(JobType.of("unknown_task_type", String.class), "x"))
                .id();
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            assertThat(fixture().claim(10)).hasSize(1);
            fixture().loseWorkers();
        }

        assertThat(fixture().store.claim(onlyKnown(10, NewJob.DEFAULT_QUEUE))).isEmpty();
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(unknown);
    }

    @Test
    @DisplayName(
            "jobs that are left to others stay as they are, and neither hold up those behind them nor those of their type in another queue")
    void leftToOthers() {
        JobType<String> unknown = JobType.of("unknown_task_type", String.class);
        List<NewJob> left = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            left.add(NewJob.of(unknown, "x").queue("a").priority(9));
        }
        fixture().addAll(left.toArray(NewJob[]::new));
        List<Job> before = left.stream().map(fixture()::find).toList();
        UUID elsewhere =
                fixture().add(NewJob.of(unknown, "x").queue("b").priority(9)).id();
        UUID behind = fixture().add(fixture().job().queue("a")).id();
        UUID other = fixture().add(fixture().job().queue("b").priority(3)).id();
        Set<QueuedType> ofA = Set.of(new QueuedType("a", unknown.name()));

        for (Duration ageing : new Duration[] {null, Duration.ofHours(1)}) {
            assertThat(fixture().store.claim(leaving(ofA, 1, ageing, "a")))
                    .extracting(Job::id)
                    .containsExactly(behind);
            assertThat(fixture().store.claim(leaving(ofA, 10, ageing, "a", "b")))
                    .extracting(Job::id)
                    .containsExactly(elsewhere, other);
            assertThat(fixture().store.claim(leaving(ofA, 1_000, ageing, "a"))).isEmpty();
            giveBackAll(behind, elsewhere, other);
        }

        assertThat(left.stream().map(fixture()::find)).isEqualTo(before);
        assertThat(fixture().store.claim(leaving(Set.of(), 1_000, null, "a")))
                .as("once nobody else serves them")
                .hasSize(13);
    }

    private void giveBackAll(UUID... jobs) {
        for (UUID id : jobs) {
            Claim claim = Claim.of(fixture().find(id));
            assertThat(fixture().settle(Settlement.giveBack(claim))).isEqualTo(Settled.APPLIED);
        }
    }

    @Test
    @DisplayName("jobs at their last try are left to others too, and hold up no other such job")
    void leftSuspects() {
        JobType<String> unknown = JobType.of("unknown_task_type", String.class);
        UUID left = fixture().add(NewJob.of(unknown, "x").priority(9)).id();
        UUID known = fixture().added();
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            assertThat(fixture().claim(10)).hasSize(2);
            fixture().loseWorkers();
        }
        Job before = fixture().find(left);
        Set<QueuedType> here = Set.of(new QueuedType(NewJob.DEFAULT_QUEUE, unknown.name()));
        Duration ageing = Duration.ofHours(1);

        assertThat(fixture().store.claim(leaving(here, 10, null, NewJob.DEFAULT_QUEUE, "a")))
                .extracting(Job::id)
                .containsExactly(known);
        assertThat(fixture().store.claim(leaving(here, 10, ageing, NewJob.DEFAULT_QUEUE)))
                .isEmpty();
        giveBackAll(known);
        assertThat(fixture().store.claim(leaving(here, 10, ageing, "a", NewJob.DEFAULT_QUEUE)))
                .extracting(Job::id)
                .containsExactly(known);
        assertThat(fixture().find(left)).isEqualTo(before);
    }

    private ClaimRequest leaving(Set<QueuedType> left, int limit, @Nullable Duration ageing, String... queues) {
        return new ClaimRequest(
                fixture().worker(),
                List.of(queues),
                limit,
                Set.of(StoreFixture.TYPE.name()),
                StoreFixture.CAP,
                false,
                ageing,
                left);
    }

    private ClaimRequest onlyKnown(int limit, String... queues) {
        return new ClaimRequest(
                fixture().worker(), List.of(queues), limit, Set.of(StoreFixture.TYPE.name()), StoreFixture.CAP, true);
    }

    @Test
    @DisplayName("a worker that is not registered gets nothing")
    void unregistered() {
        fixture().added();

        assertThat(fixture().claimAs(UUID.randomUUID(), 10)).isEmpty();
        fixture().store.deregister(fixture().worker());
        assertThat(fixture().claim(10)).isEmpty();
    }

    @Test
    @DisplayName("a worker whose lease has lapsed gets nothing until it has beaten again")
    void lapsed() {
        fixture().added();
        UUID worker = fixture().worker();
        fixture().age(StoreFixture.LEASE.plusSeconds(1));

        assertThat(fixture().claim(10)).isEmpty();

        fixture().store.beat(worker, StoreFixture.LEASE, WorkerLoad.NONE);
        assertThat(fixture().claim(10)).hasSize(1);
    }

    @Test
    @DisplayName("a worker holds at most one job that may not lose another worker")
    void suspects() {
        for (int i = 0; i < 4; i++) {
            fixture().added();
        }
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            assertThat(fixture().claim(10)).hasSize(4);
            fixture().loseWorkers();
        }
        UUID plain = fixture().added();
        UUID worker = fixture().register();

        List<Job> claimed = fixture().claimAs(worker, 10);

        assertThat(claimed).hasSize(2).extracting(Job::id).contains(plain);
        assertThat(claimed)
                .filteredOn(job -> job.lostWorkers() == StoreFixture.CAP - 1)
                .hasSize(1);
        assertThat(fixture().claimAs(worker, 10)).isEmpty();

        claimed.forEach(fixture()::complete);
        assertThat(fixture().claimAs(worker, 1)).hasSize(1);
        assertThat(fixture().claimAs(fixture().register(), 10)).hasSize(1);
    }

    @Test
    @DisplayName("with a cap of one lost worker no job counts as being at its last try")
    void capOfOne() {
        fixture().added();
        fixture().added();
        ClaimRequest all = new ClaimRequest(fixture().worker(), List.of(NewJob.DEFAULT_QUEUE), 10, Set.of("x"), 1);

        assertThat(fixture().store.claim(all)).hasSize(2);
    }
}
