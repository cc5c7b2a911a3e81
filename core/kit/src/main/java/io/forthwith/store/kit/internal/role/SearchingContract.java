package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.Claim;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class SearchingContract {
    private static final int ALL = 20_000;

    public abstract StoreFixture fixture();

    private List<Job> searched(JobQuery query, int budget) {
        List<Job> found = new ArrayList<>();
        int calls = 0;
        for (JobQuery next = query; next != null; calls++) {
            JobPage page = fixture().store.search(next, budget);
            assertThat(page.jobs()).hasSizeLessThanOrEqualTo(query.atMost());
            found.addAll(page.jobs());
            next = page.next();
            assertThat(calls).as("calls for " + query).isLessThan(1_000);
        }
        return found;
    }

    @Test
    @DisplayName("a search finds what a list finds, without inputs and results, and says when it has come to the end")
    void slim() {
        assertThat(fixture().store.search(JobQuery.all(), ALL))
                .isEqualTo(ReadModelFactory.jobPage(List.of(), null, null));
        Job done = fixture().claimed();
        fixture().settle(Settlement.complete(Claim.of(done), "{\"n\":1}"));
        NewJob rich = fixture().job().user("ada").project("p1").queue("q").metadata("k", "v");
        fixture().add(rich);

        JobPage page = fixture().store.search(JobQuery.all(), ALL);

        assertThat(page.next()).isNull();
        assertThat(page.searchedBackTo()).isNull();
        assertThat(page.jobs())
                .isEqualTo(fixture().store.scan(JobQuery.all()).stream()
                        .map(job -> job.toBuilder().input(null).result(null).build())
                        .toList());
        assertThat(page.jobs()).hasSize(2).allSatisfy(job -> {
            assertThat(job.input()).isNull();
            assertThat(job.result()).isNull();
        });
    }

    @Test
    @DisplayName("a search ends where its budget ends, says until when it has searched, and goes on from there")
    void budget() {
        UUID oldest = fixture().add(fixture().job().queue("rare")).id();
        for (int i = 0; i < 30; i++) {
            fixture().added();
        }
        JobQuery rare = JobQuery.all().queue("rare");

        JobPage first = fixture().store.search(rare, 10);
        assertThat(first.jobs()).isEmpty();
        JobQuery goesOn = Objects.requireNonNull(first.next());
        assertThat(first.searchedBackTo())
                .isEqualTo(
                        fixture().find(Objects.requireNonNull(goesOn.before())).createdAt());
        JobPage second = fixture().store.search(goesOn, 10);
        assertThat(second.jobs()).isEmpty();
        assertThat(second.searchedBackTo()).isBeforeOrEqualTo(Objects.requireNonNull(first.searchedBackTo()));

        assertThat(searched(rare, 10)).extracting(Job::id).containsExactly(oldest);
        assertThat(searched(rare, 1)).extracting(Job::id).containsExactly(oldest);
        assertThat(fixture().store.search(rare, 31).jobs()).hasSize(1);
    }

    @Test
    @DisplayName(
            "a search since a time finds the jobs that were enqueued at that time or later, whatever their ids are like")
    void since() {
        List<NewJob> added = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            added.add(fixture().job());
            added.add(fixture().job().id(UUID.randomUUID()));
            added.add(fixture().job().id(new UUID(i, Long.MIN_VALUE)));
            fixture().addAll(added.subList(added.size() - 3, added.size()).toArray(NewJob[]::new));
        }
        for (NewJob each : List.of(added.get(0), added.get(7), added.get(11), added.get(15))) {
            Instant time = fixture().find(each.id()).createdAt();
            JobQuery since = JobQuery.all().since(time);
            List<Job> expected = fixture().store.scan(JobQuery.all()).stream()
                    .filter(job -> !job.createdAt().isBefore(time))
                    .toList();
            assertThat(fixture().store.scan(since)).isEqualTo(expected);
            for (int budget : new int[] {1, 2, 5, ALL}) {
                assertThat(searched(since.atMost(3), budget))
                        .extracting(Job::id)
                        .containsExactlyElementsOf(
                                expected.stream().map(Job::id).toList());
            }
            assertThat(fixture().store.countUpTo(since, 100, ALL)).isEqualTo(new BoundedCount(expected.size(), true));
        }
        assertThat(fixture()
                        .store
                        .search(JobQuery.all().since(Instant.parse("2200-01-01T00:00:00Z")), ALL)
                        .jobs())
                .isEmpty();
    }

    @Test
    @DisplayName("a count stops at its limit or its budget, and says whether it has counted all")
    void countUpTo() {
        for (int i = 0; i < 12; i++) {
            fixture().add(fixture().job().queue(i < 3 ? "rare" : "default"));
        }
        assertThat(fixture().store.countUpTo(JobQuery.all(), 100, ALL)).isEqualTo(new BoundedCount(12, true));
        assertThat(fixture().store.countUpTo(JobQuery.all(), 12, ALL)).isEqualTo(new BoundedCount(12, true));
        assertThat(fixture().store.countUpTo(JobQuery.all(), 11, ALL)).isEqualTo(new BoundedCount(11, false));
        JobQuery rare = JobQuery.all().queue("rare");
        assertThat(fixture().store.countUpTo(rare, 100, ALL)).isEqualTo(new BoundedCount(3, true));
        assertThat(fixture().store.countUpTo(rare, 2, ALL)).isEqualTo(new BoundedCount(2, false));
        assertThat(fixture().store.countUpTo(rare, 100, 5)).isEqualTo(new BoundedCount(0, false));
        assertThat(fixture().store.countUpTo(rare.before(new UUID(0, 0)).atMost(1), 100, ALL))
                .isEqualTo(new BoundedCount(3, true));
        assertThat(fixture().store.countUpTo(JobQuery.all().status(JobStatus.FAILED), 100, ALL))
                .isEqualTo(new BoundedCount(0, true));
        assertThat(fixture().store.countUpTo(JobQuery.all().status(JobStatus.PENDING), 100, ALL))
                .isEqualTo(new BoundedCount(12, true));
    }

    @Test
    @DisplayName(
            "a unique key finds the jobs that were enqueued with it: of each scope and type, also those that do not have it any more")
    void uniqueKey() {
        UniqueKey key = UniqueKey.of("k");
        List<UUID> expected = new ArrayList<>();
        expected.add(fixture().add(fixture().job().uniqueKey(key)).id());
        fixture().settle(Settlement.complete(Claim.of(fixture().claim(1).get(0)), null));
        expected.add(
                fixture().add(fixture().job().uniqueKey(key.untilStarted())).id());
        fixture().claim(1);
        expected.add(fixture()
                .add(fixture().job().uniqueKey(key.forPeriod(Duration.ofHours(1))))
                .id());
        expected.add(fixture()
                .add(NewJob.of(JobType.of("other", Object.class), 1).uniqueKey(key))
                .id());
        fixture().add(fixture().job().uniqueKey("another"));
        fixture().added();
        Collections.reverse(expected);
        JobQuery query = JobQuery.all().uniqueKey("k");

        assertThat(fixture().store.scan(query)).extracting(Job::id).containsExactlyElementsOf(expected);
        assertThat(searched(query, ALL)).extracting(Job::id).containsExactlyElementsOf(expected);
        assertThat(searched(query.atMost(2), 1)).extracting(Job::id).containsExactlyElementsOf(expected);
        assertThat(fixture().store.countUpTo(query, 100, ALL)).isEqualTo(new BoundedCount(4, true));
        assertThat(searched(query.type("other").status(JobStatus.PENDING), ALL))
                .extracting(Job::id)
                .containsExactly(expected.get(0));
    }

    /** What a list, all pages of a search and a count find alike. */
    private List<UUID> found(JobQuery query) {
        List<UUID> listed = fixture().store.scan(query).stream().map(Job::id).toList();
        for (int budget : new int[] {1, 3, ALL}) {
            assertThat(searched(query.atMost(2), budget))
                    .as("%s, budget %s", query, budget)
                    .extracting(Job::id)
                    .containsExactlyElementsOf(listed);
        }
        assertThat(fixture().store.countByScan(query)).isEqualTo(listed.size());
        assertThat(fixture().store.countUpTo(query, 100, ALL)).isEqualTo(new BoundedCount(listed.size(), true));
        return listed;
    }

    @Test
    @DisplayName(
            "a span of time finds the jobs that were enqueued in it, its end not included, whatever their ids are like")
    void until() {
        List<UUID> added = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            added.add(fixture().added());
            added.add(fixture().add(fixture().job().id(UUID.randomUUID())).id());
            added.add(fixture().add(fixture().job().id(new UUID(-1 - i, -1))).id());
        }
        Instant from = fixture().find(added.get(4)).createdAt();
        Instant to = fixture().find(added.get(13)).createdAt();
        List<Job> all = fixture().store.scan(JobQuery.all());

        assertThat(found(JobQuery.all().since(from).until(to)))
                .containsExactlyElementsOf(all.stream()
                        .filter(job -> !job.createdAt().isBefore(from)
                                && job.createdAt().isBefore(to))
                        .map(Job::id)
                        .toList());
        assertThat(found(JobQuery.all().until(to)))
                .containsExactlyElementsOf(all.stream()
                        .filter(job -> job.createdAt().isBefore(to))
                        .map(Job::id)
                        .toList());
        assertThat(found(JobQuery.all().since(to).until(from))).isEmpty();
        assertThat(found(JobQuery.all().until(Instant.parse("1971-01-01T00:00:00Z"))))
                .isEmpty();
        assertThat(found(JobQuery.all().until(Instant.parse("2200-01-01T00:00:00Z"))))
                .hasSize(18);
    }

    @Test
    @DisplayName("jobs are found by when they ended, however they ended; open ones are not")
    void ended() {
        Job completed = fixture().claimed();
        fixture().complete(completed);
        Job failed = fixture().claimed();
        fixture().fail(failed);
        UUID cancelled = fixture().added();
        fixture().store.cancel(cancelled, Locale.ENGLISH);
        fixture().added();
        Instant first = Objects.requireNonNull(fixture().find(completed.id()).completedAt());
        Instant last = Objects.requireNonNull(fixture().find(cancelled).completedAt());

        assertThat(found(JobQuery.all().endedSince(first)))
                .containsExactlyInAnyOrder(completed.id(), failed.id(), cancelled);
        assertThat(found(JobQuery.all().endedSince(last))).contains(cancelled);
        assertThat(found(JobQuery.all().endedSince(last.plusSeconds(1)))).isEmpty();
        assertThat(found(JobQuery.all().endedUntil(first))).isEmpty();
        assertThat(found(JobQuery.all().endedSince(first).endedUntil(last.plusSeconds(1))))
                .hasSize(3);
        assertThat(found(JobQuery.all().endedSince(first).status(JobStatus.FAILED)))
                .containsExactly(failed.id());
    }

    @Test
    @DisplayName("jobs are found by the worker that runs them, or was the last to run them")
    void worker() {
        UUID worker = fixture().worker();
        Job done = fixture().claimed();
        fixture().complete(done);
        Job running = fixture().claimed();
        fixture().added();
        UUID other = fixture().register();
        List<Job> others = fixture().claimAs(other, 10);

        assertThat(found(JobQuery.all().worker(worker))).containsExactlyInAnyOrder(done.id(), running.id());
        assertThat(found(JobQuery.all().worker(worker).status(JobStatus.PROCESSING)))
                .containsExactly(running.id());
        assertThat(found(JobQuery.all().worker(other)))
                .containsExactlyElementsOf(others.stream().map(Job::id).toList());
        assertThat(found(JobQuery.all().worker(UUID.randomUUID()))).isEmpty();
    }

    @Test
    @DisplayName("jobs are found by each key of their limits, and by nothing that only looks like it")
    void limitKey() {
        assumeTrue(fixture().store.limits().isPresent(), "this store has no limits");
        NewJob one = fixture().job().limit("tenant", "t_1");
        NewJob several =
                fixture().job().limit("tenant", "t_1").limit("api", "a", 3).sequence("s");
        NewJob costly = fixture().job().limit("api", "t_1", 7);
        NewJob other = fixture().job().limit("tenant", "t_12");
        NewJob upper = fixture().job().limit("tenant", "T_1");
        NewJob pattern = fixture().job().limit("tenant", "tx1").limit("my-tenant", "t_1");
        fixture().addAll(one, several, costly, other, upper, pattern, fixture().job());

        assertThat(found(JobQuery.all().limitKey(new LimitKey("tenant", "t_1"))))
                .containsExactlyInAnyOrder(one.id(), several.id());
        assertThat(found(JobQuery.all().limitKey(new LimitKey("api", "a")))).containsExactly(several.id());
        assertThat(found(JobQuery.all().limitKey(new LimitKey("api", "t_1")))).containsExactly(costly.id());
        assertThat(found(JobQuery.all().limitKey(new LimitKey(LimitKey.SEQUENCE, "s"))))
                .containsExactly(several.id());
        assertThat(found(JobQuery.all().limitKey(LimitKey.ofType(StoreFixture.TYPE.name()))))
                .hasSize(7);
        assertThat(found(JobQuery.all().limitKey(LimitKey.ofType("other")))).isEmpty();
    }

    @Test
    @DisplayName(
            "in random states, all pages of a search together are the list, and a count that is exact agrees with it")
    void agreesWithList() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        NewJob parent = fixture().job().unsealed().user("ada");
        fixture().add(parent);
        for (int i = 0; i < 40; i++) {
            NewJob job = NewJob.of(JobType.of(random.nextBoolean() ? "a" : "b", Object.class), 1);
            if (random.nextInt(4) == 0) {
                job = job.id(UUID.randomUUID());
            }
            if (random.nextInt(3) == 0) {
                job = job.user("ada");
            }
            if (random.nextInt(4) == 0) {
                job = job.parent(parent);
            } else {
                job = job.queue(random.nextBoolean() ? "q" : "default").project("p");
            }
            if (random.nextInt(4) == 0) {
                job = job.uniqueKey("k" + random.nextInt(3));
            }
            fixture().add(job.delay(random.nextBoolean() ? Duration.ZERO : Duration.ofHours(1)));
        }
        for (Job claimed : fixture().claim(10)) {
            if (random.nextBoolean()) {
                fixture().fail(claimed);
            }
        }
        for (int round = 0; round < 30; round++) {
            JobQuery query = query(random, parent.id());
            List<UUID> expected = fixture().store.scan(query.atMost(1_000)).stream()
                    .map(Job::id)
                    .toList();
            int budget = random.nextBoolean() ? ALL : 1 + random.nextInt(20);
            String what = "seed " + seed + ", " + query + ", budget " + budget;
            assertThat(searched(query, budget)).as(what).extracting(Job::id).containsExactlyElementsOf(expected);
            BoundedCount count = fixture().store.countUpTo(query, 10, budget);
            assertThat(count.jobs()).as(what).isLessThanOrEqualTo(Math.min(10, expected.size()));
            if (budget == ALL) {
                assertThat(count)
                        .as(what)
                        .isEqualTo(new BoundedCount(Math.min(10, expected.size()), expected.size() <= 10));
            } else if (count.isExact()) {
                assertThat(count.jobs()).as(what).isEqualTo(expected.size());
            }
        }
    }

    private static JobQuery query(Random random, UUID parent) {
        JobQuery query = JobQuery.all().atMost(1 + random.nextInt(15));
        if (random.nextInt(3) == 0) {
            query = query.user("ada");
        }
        if (random.nextInt(3) == 0) {
            query = query.parent(parent);
        }
        if (random.nextInt(3) == 0) {
            query = query.type("a");
        }
        if (random.nextInt(3) == 0) {
            query = query.queue("default");
        }
        if (random.nextInt(6) == 0) {
            query = query.uniqueKey("k0");
        }
        if (random.nextInt(3) == 0) {
            query = query.project("p");
        }
        if (random.nextInt(5) == 0) {
            query = query.until(Instant.now().minusMillis(random.nextInt(50)));
        }
        if (random.nextInt(6) == 0) {
            query = query.endedSince(Instant.now().minus(Duration.ofHours(1)));
        }
        JobStatus[] all = JobStatus.values();
        return switch (random.nextInt(4)) {
            case 0 -> query.status(all[random.nextInt(all.length)]);
            case 1 -> query.status(JobStatus.PENDING, JobStatus.FAILED);
            default -> query;
        };
    }
}
