package io.forthwith.store.kit.internal.limit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.store.Settled;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which jobs a claim gives out if limits say how many may start in a time. */
public abstract class RatesContract extends LimitContract {
    /** Longer than a test takes, and shorter than any interval. */
    private static final Duration MARGIN = Duration.ofMinutes(2);

    private static final Duration PERIOD = Duration.ofHours(10);
    private static final Limit TEN = Limit.of(API).rate(10, PERIOD).burst(4);

    private NewJob costing(int cost) {
        return fixture().job().limit(KEY.name(), KEY.key(), cost);
    }

    private static Duration intervals(Limit limit, int count) {
        return requireNonNull(limit.interval()).multipliedBy(count);
    }

    @Test
    @DisplayName("a burst starts at one moment, and then one job after each interval")
    void burst() {
        limits().put(TEN);
        add(20, KEY);
        assertThat(claimAll()).hasSize(4);

        pass(intervals(TEN, 1).minus(MARGIN));
        startsNone();
        pass(MARGIN);
        for (int i = 0; i < 5; i++) {
            assertThat(claimAll()).as("after %s intervals", i + 1).hasSize(1);
            pass(intervals(TEN, 1));
        }
        pass(PERIOD.multipliedBy(5));
        assertThat(claimAll()).hasSize(4);
    }

    @Test
    @DisplayName("a fiftieth of a rate, and one at least, starts at one moment unless the limit says otherwise")
    void defaultBurst() {
        limits().put(Limit.of(API).rate(10, PERIOD));
        limits().put(Limit.of(TENANT).rate(150, PERIOD));
        add(5, KEY);
        assertThat(claimAll()).hasSize(1);

        add(5, ACME);

        assertThat(claimAll()).hasSize(3);
    }

    @Test
    @DisplayName("no time of the length of the period sees more starts than the rate, and a few fewer are reached")
    void everyWindow() {
        limits().put(TEN);
        add(60, KEY);
        List<Integer> starts = new ArrayList<>();
        for (int quarter = 0; quarter < 3 * 40; quarter++) {
            starts.add(claimAll().size());
            pass(Duration.ofMinutes(15));
        }

        for (int from = 0; from + 40 <= starts.size(); from++) {
            assertThat(starts.subList(from, from + 40).stream().mapToInt(i -> i).sum())
                    .as("%s: in the 10 hours from quarter %s on", starts, from)
                    .isBetween(6, 10);
        }
    }

    @Test
    @DisplayName("a job has started at the time that counts for its rate")
    void startTime() {
        limits().put(Limit.of(API).rate(1, PERIOD));

        Job started = startsOnly(add(KEY));

        assertThat(state(KEY).nextStart())
                .isEqualTo(requireNonNull(started.startedAt()).plus(PERIOD));
    }

    @Test
    @DisplayName("each key has its own rate, and jobs that one holds up hold up no others")
    void otherKeys() {
        limits().put(TEN);
        LimitKey other = new LimitKey(API, "key-2");
        add(200, KEY);
        add(2, other);
        add(1);

        assertThat(claimAll(10)).hasSize(4 + 2 + 1);
    }

    @Test
    @DisplayName("a retry counts as a start, and no end of a job gives a start back")
    void retries() {
        limits().put(Limit.of(API).rate(3, PERIOD).burst(3));
        NewJob retried = add(KEY);
        retry(startsOnly(retried), Duration.ZERO);
        NewJob cancelled = add(KEY);
        NewJob waiting = add(KEY);
        starts(retried, cancelled);

        complete(fixture().find(retried));
        fixture().cancel(cancelled);
        assertThat(fixture().complete(fixture().find(cancelled))).isEqualTo(Settled.CANCELLED);

        startsNone();
        pass(PERIOD);
        startsOnly(waiting);
    }

    @Test
    @DisplayName("a start counts as its cost, for the burst and for the time that the next one waits")
    void costs() {
        limits().put(TEN);
        NewJob three = add(costing(3));
        NewJob two = add(costing(2));
        NewJob one = add(costing(1));
        startsOnly(three);

        pass(intervals(TEN, 1).minus(MARGIN));
        startsNone();
        pass(MARGIN);
        startsOnly(two);
        startsNone();
        pass(intervals(TEN, 1));

        startsOnly(one);
    }

    @Test
    @DisplayName("a job that costs more than the burst starts late, and those behind it wait so much longer")
    void aboveTheBurst() {
        limits().put(TEN);
        NewJob eight = add(costing(8));
        NewJob next = add(costing(1));
        startsOnly(eight);

        pass(intervals(TEN, 5).minus(MARGIN));
        startsNone();
        pass(MARGIN);

        startsOnly(next);
    }

    @Test
    @DisplayName("a job that costs more than the whole rate counts as the whole rate")
    void aboveTheRate() {
        limits().put(TEN);
        NewJob huge = add(costing(1_000_000));
        startsOnly(huge);
        NewJob next = add(costing(1));

        pass(PERIOD.minus(MARGIN));
        startsNone();
        pass(MARGIN.multipliedBy(2));

        startsOnly(next);
    }

    @Test
    @DisplayName(
            "a job that costs more than the whole rate counts from its start on, also if no claim comes for a whole period")
    void aboveTheRateAlone() {
        limits().put(TEN);
        add(costing(1_000_000));
        for (int claims = 0; claims < 100 && state(KEY).running().isEmpty(); claims++) {
            fixture().store.claim(request(1));
        }
        assertThat(state(KEY).running()).hasSize(1);

        NewJob next = add(costing(1));
        pass(PERIOD.plus(MARGIN));

        startsOnly(next);
    }

    @Test
    @DisplayName("a job of a high cost is not overtaken by jobs of a low one that come after it under the same key")
    void notOvertaken() {
        limits().put(TEN);
        NewJob first = add(costing(1));
        NewJob heavy = add(costing(8));
        NewJob light = add(costing(1));
        startsOnly(first);

        pass(intervals(TEN, 5).minus(MARGIN));
        startsNone();
        pass(MARGIN);
        startsOnly(heavy);
        pass(intervals(TEN, 5));
        startsOnly(light);
    }

    @Test
    @DisplayName(
            "a job of a high cost that waits already is not overtaken by new jobs of a low one, and holds up no others")
    void notOvertakenByNewJobs() {
        limits().put(TEN);
        NewJob first = add(costing(1));
        NewJob heavy = add(costing(8));
        startsOnly(first);
        startsNone();
        NewJob light = add(costing(1));
        NewJob free = add();
        NewJob other = add(new LimitKey(API, "key-2"));
        starts(free, other);

        pass(intervals(TEN, 5));
        startsOnly(heavy);
        pass(intervals(TEN, 5));
        startsOnly(light);
    }

    @Test
    @DisplayName("a limit may set both: a job needs a permit and a start of the rate")
    void concurrencyAndRate() {
        limits().put(Limit.of(API).concurrency(2).rate(10, PERIOD).burst(3));
        add(10, KEY);
        List<Job> running = claimAll();
        assertThat(running).hasSize(2);
        pass(PERIOD);
        startsNone();

        running.forEach(this::complete);
        running = claimAll();
        assertThat(running).hasSize(2);
        running.forEach(this::complete);

        assertThat(claimAll()).as("of the three at one moment").hasSize(1);
        startsNone();
    }

    @Test
    @DisplayName("a job that another of its limits holds up uses nothing of the rate")
    void nothingIsUsed() {
        limits().put(Limit.of(API).rate(2, PERIOD).burst(2));
        limits().put(atATime(1));
        NewJob running = add(ACME);
        NewJob both = add(ACME, KEY);
        Job first = startsOnly(running);
        for (int i = 0; i < 5; i++) {
            startsNone();
        }
        complete(first);

        startsOnly(both);

        assertThat(state(KEY).nextStart()).as("one of two starts is left").isNull();
    }

    @Test
    @DisplayName("a state shows when the rate lets the next job start, also without jobs that wait")
    void nextStart() {
        limits().put(Limit.of(API).rate(10, PERIOD));
        assertThat(state(KEY).nextStart()).isNull();
        Job job = startsOnly(add(KEY));

        LimitState used = state(KEY);

        assertThat(used.nextStart())
                .isCloseTo(requireNonNull(job.startedAt()).plus(Duration.ofHours(1)), within(1, ChronoUnit.MINUTES));
        assertThat(used.isFull()).isTrue();
        assertThat(limits().states(API, null, 10)).containsExactly(used);
        pass(Duration.ofHours(1));
        assertThat(state(KEY).nextStart()).isNull();
        assertThat(state(KEY).isFull()).isFalse();
    }

    @Test
    @DisplayName(
            "after a claim that a rate held up the store knows how long until the next start, and before it nothing")
    void untilNextStart() {
        limits().put(Limit.of(API).rate(10, PERIOD));
        limits().put(atATime(1));
        add(2, ACME);
        claimAll();
        assertThat(limits().untilNextStart()).isNull();
        add(2, KEY);
        claimAll();

        assertThat(limits().untilNextStart()).isBetween(Duration.ofMinutes(50), Duration.ofHours(1));
    }

    @Test
    @DisplayName("when the time of the next start has come the store says so until a claim begins")
    @Timeout(180)
    void nextStartHasCome() {
        limits().put(Limit.of(API).rate(10, Duration.ofSeconds(10)).burst(1));
        add(2, KEY);
        startsOne();
        while (!Duration.ZERO.equals(limits().untilNextStart())) {
            assertThat(Thread.interrupted()).as("the time has run out").isFalse();
            Thread.onSpinWait();
        }

        startsOne();

        assertThat(limits().untilNextStart()).isNotEqualTo(Duration.ZERO);
    }

    /** By one claim: until the next one the time of another start may have come. */
    private void startsOne() {
        assertThat(fixture().store.claim(request(2))).hasSize(1);
    }

    @Test
    @DisplayName("a rate that is declared again counts the starts so far, at most as one period of the new rate")
    void declaredAgain() {
        limits().put(Limit.of(API).rate(1, Duration.ofDays(30)));
        add(10, KEY);
        assertThat(claimAll()).hasSize(1);

        limits().put(Limit.of(API).rate(10, PERIOD));
        startsNone();
        pass(PERIOD.plus(MARGIN));
        assertThat(claimAll()).hasSize(1);
        limits().put(Limit.of(API));

        assertThat(claimAll()).hasSize(8);
    }

    @Test
    @DisplayName("what holds for one key only may set another rate")
    void overridden() {
        limits().put(TEN);
        limits().override(KEY, Limit.of(API).rate(10, PERIOD).burst(7));
        add(10, KEY);
        add(10, new LimitKey(API, "key-2"));

        assertThat(claimAll()).hasSize(7 + 4);
    }

    @Test
    @DisplayName("a rate on a type counts the starts of all its jobs")
    void onType() {
        limits().put(Limit.onType(StoreFixture.TYPE.name()).rate(10, PERIOD).burst(4));
        add(6);
        add(otherType());

        assertThat(claimAll()).hasSize(4 + 1);

        pass(PERIOD.multipliedBy(2));
        assertThat(claimAll()).hasSize(2);
    }
}
