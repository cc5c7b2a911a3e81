package io.forthwith.store.kit.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.insight.QueueState;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.LongDueJob;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Jobs that are fair by a key: keys take turns. */
public abstract class FairnessContract extends LimitContract {
    private static final String BIG = "big";
    private static final String SMALL = "small";

    private NewJob fair(String key) {
        return fixture().job().fairBy(key);
    }

    private List<NewJob> addFair(int count, String key) {
        return addFair(count, key, UnaryOperator.identity());
    }

    /** In one call. */
    private List<NewJob> addFair(int count, String key, UnaryOperator<NewJob> with) {
        List<NewJob> jobs =
                Stream.generate(() -> with.apply(fair(key))).limit(count).toList();
        fixture().addAll(jobs.toArray(NewJob[]::new));
        return jobs;
    }

    private static String keyOf(Job job) {
        return job.limits().stream()
                .map(JobLimit::key)
                .filter(LimitKey::isFair)
                .map(LimitKey::key)
                .findFirst()
                .orElse("");
    }

    private static Map<String, Integer> byKey(List<Job> jobs) {
        Map<String, Integer> count = new HashMap<>();
        jobs.forEach(job -> count.merge(keyOf(job), 1, Integer::sum));
        return count;
    }

    private Map<String, Integer> claimed(int limit) {
        return byKey(fixture().store.claim(request(limit)));
    }

    @Test
    @DisplayName("keys take turns, however many jobs one of them has")
    void turns() {
        addFair(60, BIG);
        addFair(5, SMALL);
        addFair(5, "third");

        assertThat(claimed(9)).isEqualTo(Map.of(BIG, 3, SMALL, 3, "third", 3));
        assertThat(claimed(6)).isEqualTo(Map.of(BIG, 2, SMALL, 2, "third", 2));
        assertThat(claimed(6)).isEqualTo(Map.of(BIG, 6));
        assertThat(byKey(claimAll())).isEqualTo(Map.of(BIG, 60 - 11));
    }

    @Test
    @DisplayName("jobs that are added one by one take turns as well, also in claims for one job")
    void oneByOne() {
        for (int i = 0; i < 10; i++) {
            add(fair(BIG));
        }
        add(fair(SMALL));
        add(fair(SMALL));

        assertThat(claimed(2)).isEqualTo(Map.of(BIG, 1, SMALL, 1));
        List<Job> next = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            next.addAll(fixture().store.claim(request(1)));
        }
        assertThat(byKey(next)).isEqualTo(Map.of(BIG, 2, SMALL, 1));
    }

    @Test
    @DisplayName("a key of weight 3 starts three jobs while another one starts one, in claims of any size")
    void weights() {
        limits().override(LimitKey.fairBy(BIG), Limit.weight(3));
        addFair(60, BIG);
        addFair(60, SMALL);

        assertThat(claimed(20)).isEqualTo(Map.of(BIG, 15, SMALL, 5));
        List<Job> oneByOne = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            oneByOne.addAll(fixture().store.claim(request(1)));
        }
        assertThat(byKey(oneByOne)).isEqualTo(Map.of(BIG, 15, SMALL, 5));
        assertThat(state(LimitKey.fairBy(BIG)).limit()).isEqualTo(Limit.weight(3));

        limits().override(LimitKey.fairBy(BIG), null);
        assertThat(claimed(10)).isEqualTo(Map.of(BIG, 5, SMALL, 5));
    }

    @Test
    @DisplayName("a priority orders the jobs of a key, and gets it no more turns")
    void priorities() {
        List<NewJob> low = addFair(4, BIG, job -> job.priority(6));
        List<NewJob> high = addFair(4, BIG, job -> job.priority(9));
        addFair(4, SMALL, job -> job.priority(0));

        List<Job> first = fixture().store.claim(request(8));

        assertThat(byKey(first)).isEqualTo(Map.of(BIG, 4, SMALL, 4));
        assertThat(first.stream().filter(job -> keyOf(job).equals(BIG)).map(Job::id))
                .containsExactlyInAnyOrderElementsOf(
                        high.stream().map(NewJob::id).toList());
        starts(low.toArray(NewJob[]::new));
    }

    @Test
    @DisplayName("jobs without a key are not held up by those with one")
    void withoutKey() {
        addFair(50, BIG);
        NewJob plain = add(fixture().job());

        List<Job> first = fixture().store.claim(request(1));
        List<Job> second = fixture().store.claim(request(1));

        assertThat(Stream.concat(first.stream(), second.stream()).map(Job::id)).contains(plain.id());
    }

    @Test
    @DisplayName("a key that comes back makes up for nothing")
    void comesBack() {
        addFair(1, SMALL);
        addFair(100, BIG);
        assertThat(claimed(40)).isEqualTo(Map.of(BIG, 39, SMALL, 1));

        addFair(40, SMALL);

        assertThat(claimed(20)).isEqualTo(Map.of(BIG, 10, SMALL, 10));
    }

    @Test
    @DisplayName("jobs that become due at the same time take turns as well")
    void delayed() {
        addFair(60, BIG, job -> job.delay(HOUR));
        addFair(4, SMALL, job -> job.delay(HOUR));
        assertThat(claimAll()).isEmpty();
        pass(HOUR.plusMinutes(1));

        List<Job> started = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            started.addAll(fixture().store.claim(request(4)));
        }

        assertThat(byKey(started)).as("of the first 12").containsEntry(SMALL, 4);
        assertThat(byKey(claimAll())).isEqualTo(Map.of(BIG, 60 - 8));
    }

    @Test
    @DisplayName("a job under limits starts when they let it, and holds up no other key")
    void limited() {
        limits().put(atATime(1));
        List<NewJob> big = addFair(20, BIG, job -> job.limit(TENANT, "acme"));
        addFair(3, SMALL);

        List<Job> running = claimAll();

        assertThat(byKey(running)).isEqualTo(Map.of(BIG, 1, SMALL, 3));
        Job held = running.stream()
                .filter(job -> keyOf(job).equals(BIG))
                .findFirst()
                .orElseThrow();
        for (int i = 1; i < big.size(); i++) {
            complete(held);
            List<Job> next = claimAll();
            assertThat(next).hasSize(1);
            held = next.get(0);
        }
        complete(held);
        startsNone();
    }

    @Test
    @DisplayName("jobs that come back from a limit leave the turns of the other keys as they are")
    void backFromLimit() {
        limits().put(atATime(1));
        addFair(60, "k5", job -> job.limit(TENANT, "acme"));
        claimAll().forEach(this::complete);
        for (int i = 0; i < 10; i++) {
            addFair(30, "k" + i);
        }
        Set<String> met = new HashSet<>();

        for (int i = 0; i < 24; i++) {
            for (Job job : fixture().store.claim(request(2))) {
                met.add(keyOf(job));
                complete(job);
            }
        }

        assertThat(met).hasSize(10);
    }

    @Test
    @DisplayName("a job that waits for its turn expires, and the others go on")
    void expires() {
        NewJob expiring = add(fair(BIG).expiresAfter(HOUR));
        NewJob other = add(fair(BIG));
        pass(HOUR);

        assertThat(fixture().store.expire(10, Locale.ENGLISH).jobs()).isEqualTo(1);

        assertThat(fixture().find(expiring).errorCode()).isEqualTo("expired");
        startsOnly(other);
    }

    @Test
    @DisplayName("jobs of a sequence keep their order")
    void sequences() {
        List<NewJob> inOrder = addFair(4, BIG, job -> job.sequence("film:42"));
        addFair(4, SMALL);
        List<UUID> started = new ArrayList<>();

        List<Job> running = claimAll();
        while (!running.isEmpty()) {
            assertThat(running.stream().filter(job -> keyOf(job).equals(BIG))).hasSizeLessThanOrEqualTo(1);
            running.forEach(job -> started.add(job.id()));
            running.forEach(this::complete);
            running = claimAll();
        }

        List<UUID> ids = inOrder.stream().map(NewJob::id).toList();
        assertThat(started).hasSize(8);
        assertThat(started.stream().filter(ids::contains)).containsExactlyElementsOf(ids);
    }

    @Test
    @DisplayName("no job of a key that is paused starts, or that rests, until that is over")
    void paused() {
        LimitKey key = LimitKey.fairBy(BIG);
        addFair(3, BIG);
        add(fair(BIG).delay(HOUR));
        NewJob other = add(fair(SMALL));
        limits().pause(key, Pause.by("ada").because("too many"));

        startsOnly(other);
        pass(HOUR.plusMinutes(1));
        startsNone();
        assertThat(state(key).pause()).isNotNull();
        assertThat(state(key).waiting()).isEqualTo(4);
        assertThat(limits().states(LimitKey.FAIR, null, 10))
                .extracting(LimitState::key)
                .containsExactly(key);
        add(fair("third"));
        assertThat(limits().states(LimitKey.FAIR, null, 10))
                .extracting(LimitState::waiting)
                .containsExactly(4, 1);
        assertThat(limits().states(LimitKey.FAIR, BIG, 10)).hasSize(1);
        claimAll();

        limits().resume(key);
        assertThat(claimed(1)).isEqualTo(Map.of(BIG, 1));
        assertThat(state(key).running()).hasSize(1);
        limits().rest(key, HOUR);
        startsNone();
        pass(HOUR.plusMinutes(1));
        assertThat(byKey(claimAll())).isEqualTo(Map.of(BIG, 3));
    }

    @Test
    @DisplayName("a job that is retried, postponed, given back, or whose worker is lost, starts again")
    void again() {
        NewJob first = add(fair(BIG));
        addFair(2, SMALL);
        claimAll().stream().filter(job -> keyOf(job).equals(SMALL)).forEach(this::complete);
        Job running = fixture().find(first);
        retry(running, HOUR);
        startsNone();
        pass(HOUR.plusMinutes(1));
        running = startsOnly(first);
        assertThat(fixture().settle(Settlement.postpone(Claim.of(running), HOUR, "not yet")))
                .isEqualTo(Settled.APPLIED);
        pass(HOUR.plusMinutes(1));
        running = startsOnly(first);
        assertThat(fixture().settle(Settlement.giveBack(Claim.of(running)))).isEqualTo(Settled.APPLIED);
        startsOnly(first);
        fixture().loseWorkers();
        fixture().newWorker();
        pass(Duration.ofMinutes(10));
        running = startsOnly(first);
        assertThat(running.lostWorkers()).isOne();
        fixture().loseWorkers();
        fixture().newWorker();
        addFair(5, BIG);
        pass(Duration.ofMinutes(10));

        List<Job> started = claimAll(2);

        assertThat(started).as("also at its last try").extracting(Job::id).contains(first.id());
        assertThat(started).hasSize(6);
    }

    @Test
    @DisplayName("a job that waits for its turn is cancelled, moved, put off and put first as any other")
    void byHand() {
        List<NewJob> jobs = addFair(4, BIG);
        fixture().cancel(jobs.get(0));
        fixture().store.change(jobs.get(1).id(), JobChange.of().queue("elsewhere"));
        fixture().store.change(jobs.get(2).id(), JobChange.of().delay(HOUR));
        fixture().store.change(jobs.get(3).id(), JobChange.of().priority(9));

        startsOnly(jobs.get(3));
        assertThat(claimAllOf("elsewhere"))
                .extracting(Job::id)
                .containsExactly(jobs.get(1).id());
        assertThat(fixture().status(jobs.get(0))).isEqualTo(JobStatus.CANCELLED);
        pass(HOUR.plusMinutes(1));
        startsOnly(jobs.get(2));
    }

    @Test
    @DisplayName("children and successors take turns, and jobs that are deleted when they complete")
    void families() {
        NewJob before = fair(BIG);
        NewJob after = fair(SMALL).after(before);
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent).fairBy(SMALL);
        fixture().addAll(before, after, parent, child);

        List<Job> first = starts(before, child);
        first.forEach(job -> assertThat(fixture().settle(Settlement.completeAndDelete(Claim.of(job), null)))
                .isEqualTo(Settled.APPLIED));

        startsOnly(after);
        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("a job that waits for its turn is due for all who look at its queue, and overdue if nobody takes it")
    void isDue() {
        addFair(3, BIG);
        pass(HOUR);
        addFair(2, SMALL);

        QueueState state = fixture().store.queues().get(0);

        assertThat(state.due().jobs()).isEqualTo(5);
        assertThat(state.scheduled().jobs()).isZero();
        assertThat(state.oldestAge()).isGreaterThanOrEqualTo(HOUR);
        assertThat(fixture().store.overdue(Duration.ofMinutes(30)))
                .extracting(LongDueJob::queue, LongDueJob::neverComes)
                .containsExactly(tuple(NewJob.DEFAULT_QUEUE, false));
        assertThat(fixture().store.overdue(HOUR.multipliedBy(2))).isEmpty();
    }

    @Test
    @Tag("sized")
    @DisplayName("all keys have as many turns, however many there are and however small the claims")
    void evenly() {
        // A hundred claims for one job take long on some stores.
        int many = RacingThreads.REPETITIONS > 1 ? 101 : 21;
        for (int keys : new int[] {7, many}) {
            addOfEach(keys);
            assertThat(turns(keys, 1))
                    .as("turns in claims for one job")
                    .hasSize(keys)
                    .containsOnly(1);
            assertThat(turns(2 * keys, 10)).as("turns after that").hasSize(keys).containsOnly(2);
            claimAll();
        }
        addOfEach(130);
        assertThat(turns(2 * 130, 10)).as("turns of more keys").hasSize(130).containsOnly(2);
    }

    private void addOfEach(int keys) {
        fixture()
                .addAll(IntStream.range(0, 4 * keys)
                        .mapToObj(i -> fair("n" + keys + "-" + i % keys))
                        .toArray(NewJob[]::new));
    }

    /** Starts so many jobs, and says how many each key has started. */
    private Collection<Integer> turns(int jobs, int limit) {
        List<Job> started = new ArrayList<>();
        while (started.size() < jobs) {
            List<Job> claimed = fixture().store.claim(request(Math.min(limit, jobs - started.size())));
            assertThat(claimed).as("after %s jobs", started.size()).isNotEmpty();
            started.addAll(claimed);
        }
        return byKey(started).values();
    }

    @Test
    @DisplayName("keys whose jobs nobody takes hold up no key behind them")
    void behindOthers() {
        for (int i = 0; i < 30; i++) {
            addFair(1, "a" + i, job -> job.queue("elsewhere"));
            addFair(1, "b" + i, job -> job.queue("paused"));
        }
        fixture().store.pauseQueue("paused", Pause.of());
        NewJob last = add(fair("last"));

        assertThat(fixture()
                        .store
                        .claim(new ClaimRequest(
                                fixture().worker(),
                                List.of("paused", NewJob.DEFAULT_QUEUE),
                                1,
                                Set.of(),
                                StoreFixture.CAP)))
                .extracting(Job::id)
                .containsExactly(last.id());
    }

    @Test
    @DisplayName("keys whose jobs are left to others hold up no key, and take their turns where they are served")
    void leftToOthers() {
        for (int i = 0; i < 30; i++) {
            add(otherType().fairBy(BIG));
        }
        List<NewJob> small = addFair(3, SMALL);
        add(otherType().fairBy(SMALL));
        for (int i = 0; i < 2; i++) {
            List<Job> claimed = claimAllLeavingOthers();
            assertThat(claimed)
                    .extracting(Job::id)
                    .containsExactlyInAnyOrder(small.stream().map(NewJob::id).toArray(UUID[]::new));
            // The second time, those of the other type have been parked by a claim of another worker.
            claimed.forEach(job -> retry(job, Duration.ZERO));
            if (i == 0) {
                fixture().store.claim(request(1)).forEach(job -> retry(job, Duration.ZERO));
            }
        }

        assertThat(byKey(claimAll())).isEqualTo(Map.of(BIG, 30, SMALL, 4));
    }

    @Test
    @DisplayName("a job at its last try starts after the pause of its key")
    void lastTryAfterPause() {
        NewJob job = add(fair(BIG));
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            startsOnly(job);
            fixture().loseWorkers();
            fixture().newWorker();
            pass(Duration.ofMinutes(10));
        }
        limits().pause(LimitKey.fairBy(BIG), Pause.of());
        startsNone();

        limits().resume(LimitKey.fairBy(BIG));

        assertThat(startsOnly(job).lostWorkers()).isEqualTo(StoreFixture.CAP - 1);
    }

    @Test
    @DisplayName("a weight is that of one key, and cannot be declared for all")
    void weightOfAll() {
        assertThatThrownBy(() -> limits().put(Limit.weight(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("override");
    }

    @Test
    @DisplayName("a call that ends jobs of several keys in different ways lets all keys go on")
    void endedTogether() {
        addFair(4, BIG);
        addFair(4, SMALL);
        List<Settlement> ends = new ArrayList<>();
        for (Job job : fixture().store.claim(request(4))) {
            Claim claim = Claim.of(job);
            ends.add(ends.size() % 2 == 0 ? Settlement.complete(claim, null) : Settlement.giveBack(claim));
        }

        assertThat(fixture().settleAll(ends)).containsOnly(Settled.APPLIED);

        assertThat(claimAll()).hasSize(6);
    }

    @Test
    @DisplayName("jobs that undo steps start also while the key of their job is paused")
    void undoJobs() {
        Job job = startsOnly(add(fair(BIG)));
        fixture().begin(job, StoreFixture.CHARGE);
        fixture().finish(job, StoreFixture.CHARGE, "1");
        limits().pause(LimitKey.fairBy(BIG), Pause.of());

        assertThat(fixture().fail(job)).isEqualTo(Settled.APPLIED);

        assertThat(claimAll()).extracting(Job::undoes).containsExactly(job.id());
    }

    @Test
    @DisplayName("a job that is retried by hand, and one whose input is replaced, take turns again")
    void retriedByHand() {
        NewJob failed = add(fair(BIG));
        fixture().fail(startsOnly(failed));
        addFair(3, SMALL);
        fixture().retry(failed);
        NewJob keyed = add(fair(BIG).uniqueKey("report"));
        fixture().add(fair(BIG).uniqueKey(UniqueKey.of("report").replaceInput()));

        assertThat(claimAll(4)).hasSize(5).extracting(Job::id).contains(failed.id(), keyed.id());
    }

    @Test
    @DisplayName("keys whose jobs a worker does not serve hold up no others")
    void unserved() {
        addFair(10, BIG, job -> job.queue("elsewhere"));
        NewJob other = add(otherType().fairBy(BIG));
        NewJob served = add(fair(SMALL));

        assertThat(claimAllOf(StoreFixture.TYPE)).extracting(Job::id).containsExactly(served.id());
        startsOnly(other);
        assertThat(claimAllOf("elsewhere")).hasSize(10);
    }

    @Test
    @DisplayName("of hundreds of keys, none has two turns before all of them have had one")
    void manyKeys() {
        int keys = 330;
        for (int round = 0; round < 2; round++) {
            fixture()
                    .addAll(IntStream.range(0, keys)
                            .mapToObj(i -> fair("k%04d".formatted(i)))
                            .toArray(NewJob[]::new));
        }

        assertThat(turns(keys, 110)).hasSize(keys).containsOnly(1);
        assertThat(byKey(claimAll()).values()).hasSize(keys).containsOnly(1);
    }
}
