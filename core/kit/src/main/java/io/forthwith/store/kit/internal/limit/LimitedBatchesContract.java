package io.forthwith.store.kit.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Calls that add, or end, many jobs of several keys at once. */
public abstract class LimitedBatchesContract extends LimitContract {
    private static final int KEYS = 7;

    private static LimitKey tenant(int number) {
        return new LimitKey(TENANT, "t" + number % KEYS);
    }

    /** In one call, the keys one after the other, each fourth job without a limit. */
    private List<NewJob> addMixed(int count) {
        List<NewJob> jobs = IntStream.range(0, count)
                .mapToObj(i -> i % 4 == 3 ? fixture().job() : under(tenant(i)))
                .toList();
        fixture().addAll(jobs.toArray(NewJob[]::new));
        return jobs;
    }

    private static Map<LimitKey, Integer> byKey(List<Job> jobs) {
        Map<LimitKey, Integer> count = new HashMap<>();
        jobs.forEach(job -> job.limits().forEach(limit -> count.merge(limit.key(), 1, Integer::sum)));
        return count;
    }

    private void endTogether(List<Settlement> ends) {
        assertThat(fixture().settleAll(ends)).hasSize(ends.size()).containsOnly(Settled.APPLIED);
    }

    @Test
    @DisplayName(
            "of 100 jobs of several keys that one call adds, no more of a key run than its limit, and all have run in the end")
    void addedTogether() {
        limits().put(atATime(2));
        List<UUID> added = addMixed(100).stream().map(NewJob::id).toList();
        List<UUID> run = new ArrayList<>();

        for (List<Job> running = claimAll(); !running.isEmpty(); running = claimAll()) {
            assertThat(byKey(running).values()).allMatch(jobs -> jobs <= 2);
            running.forEach(job -> run.add(job.id()));
            endTogether(running.stream()
                    .map(job -> Settlement.complete(Claim.of(job), null))
                    .toList());
        }

        assertThat(run).containsExactlyInAnyOrderElementsOf(added);
        assertThat(limits().waiting(TENANT)).isZero();
    }

    @Test
    @DisplayName("a call that ends jobs of several keys in different ways gives all their permits back")
    void endedTogether() {
        limits().put(atATime(1));
        addMixed(100);
        List<Job> running =
                claimAll().stream().filter(job -> !job.limits().isEmpty()).toList();
        assertThat(byKey(running))
                .hasSize(KEYS)
                .allSatisfy((key, jobs) -> assertThat(jobs).isOne());
        List<Settlement> ends = new ArrayList<>();
        for (int i = 0; i < running.size(); i++) {
            Claim claim = Claim.of(running.get(i));
            ends.add(
                    switch (i % 3) {
                        case 0 -> Settlement.complete(claim, null);
                        case 1 -> Settlement.postpone(claim, HOUR, "not yet");
                        default -> Settlement.giveBack(claim);
                    });
        }

        endTogether(ends);

        List<Job> next = claimAll();
        assertThat(byKey(next))
                .hasSize(KEYS)
                .allSatisfy((key, jobs) -> assertThat(jobs).isOne());
    }

    @Test
    @DisplayName("a call that is repeated adds no job of a key twice, and one that is refused adds none")
    void repeatedAndRefused() {
        limits().put(atATime(1));
        NewJob[] jobs = IntStream.range(0, 20).mapToObj(i -> under(tenant(i))).toArray(NewJob[]::new);
        fixture().addAll(jobs);
        List<Job> first = claimAll();
        assertThat(fixture().addAll(jobs)).extracting(Added::outcome).containsOnly(Added.Outcome.ID_EXISTS);
        startsNone();
        fixture().add(fixture().job().uniqueKey("taken"));
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent).limit(TENANT, BRAVO.key());
        NewJob taken = fixture().childOf(parent).limit(TENANT, BRAVO.key()).uniqueKey("taken");
        assertThat(fixture().addAll(parent, child, taken))
                .extracting(Added::outcome)
                .containsOnly(Added.Outcome.CONFLICT);

        assertThat(first).hasSize(KEYS);
        assertThat(limits().waiting(TENANT)).isEqualTo(20 - KEYS);
        assertThat(state(BRAVO).waiting()).isZero();
        NewJob bravo = add(BRAVO);
        assertThat(claimAll()).extracting(Job::id).contains(bravo.id());
    }

    @Test
    @DisplayName("of a call with delays, the jobs of a key that are due start before the others, which wait for nobody")
    void delays() {
        limits().put(atATime(1));
        List<NewJob> jobs = IntStream.range(0, 12)
                .mapToObj(i -> under(ACME).delay(i % 2 == 0 ? Duration.ZERO : HOUR))
                .toList();
        fixture().addAll(jobs.toArray(NewJob[]::new));

        for (int i = 0; i < 6; i++) {
            assertThat(claimAll()).hasSize(1).allSatisfy(this::complete);
        }

        startsNone();
        pass(HOUR);
        for (int i = 0; i < 6; i++) {
            assertThat(claimAll()).hasSize(1).allSatisfy(this::complete);
        }
    }

    @Test
    @DisplayName(
            "a call that ends the first jobs of several sequences in different ways starts what comes next in each")
    void sequencesTogether() {
        List<NewJob> jobs = IntStream.range(0, 9)
                .mapToObj(i -> fixture().job().sequence("s" + i % 3))
                .toList();
        fixture().addAll(jobs.toArray(NewJob[]::new));
        List<Job> firsts = starts(jobs.get(0), jobs.get(1), jobs.get(2));
        List<Settlement> ends = new ArrayList<>();
        for (Job job : firsts) {
            Claim claim = Claim.of(job);
            UUID id = job.id();
            ends.add(
                    id.equals(jobs.get(0).id())
                            ? Settlement.complete(claim, null)
                            : id.equals(jobs.get(1).id())
                                    ? Settlement.postpone(claim, HOUR, "not yet")
                                    : Settlement.giveBack(claim));
        }

        endTogether(ends);

        starts(jobs.get(3), jobs.get(2));
    }

    @Test
    @DisplayName(
            "a job of a sequence whose steps are undone lets the next one start, which does not wait for the undo job")
    void undoneInSequence() {
        NewJob first = add(fixture().job().sequence("s", SequenceFailurePolicy.SKIP));
        NewJob second = add(fixture().job().sequence("s"));
        Job running = startsOnly(first);
        fixture().begin(running, StoreFixture.CHARGE);
        fixture().finish(running, StoreFixture.CHARGE, "1");

        assertThat(fixture().fail(running)).isEqualTo(Settled.APPLIED);

        List<Job> started = claimAll();
        assertThat(started).extracting(Job::id).contains(second.id());
        assertThat(started)
                .filteredOn(Job::isUndo)
                .singleElement()
                .satisfies(undo -> assertThat(undo.sequence()).isNull());
        assertThat(started).hasSize(2);
    }
}
