package io.forthwith.store.rules.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.limit.LimitKeyRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitGateTest {
    private static final UUID JOB = new UUID(0, 1);
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
    private static final LimitKey ACME = new LimitKey("tenant", "acme");
    private static final LimitKey API = new LimitKey("api", "key-1");
    private static final Limit ONE = Limit.of("tenant").concurrency(1);

    private static List<JobLimit> under(LimitKey... keys) {
        return java.util.Arrays.stream(keys).map(key -> new JobLimit(key, 1)).toList();
    }

    @Test
    void starts_as_many_as_have_a_permit() {
        LimitGate gate = new LimitGate(NOW);
        gate.add(LimitKeyRow.unused(ACME), Limit.of("tenant").concurrency(3), 1);
        assertThat(gate.room(ACME)).isEqualTo(2);
        assertThat(gate.start(JOB, under(ACME))).isEmpty();
        assertThat(gate.start(JOB, under(ACME))).isEmpty();
        assertThat(gate.start(JOB, under(ACME))).contains(new LimitGate.Refusal(ACME, null));
        assertThat(gate.room(ACME)).isZero();
        assertThat(gate.changed()).isEmpty();
    }

    @Test
    void uses_nothing_of_the_other_limits_if_one_refuses() {
        LimitGate gate = new LimitGate(NOW);
        gate.add(LimitKeyRow.unused(ACME), ONE, 1);
        gate.add(LimitKeyRow.unused(API), Limit.of("api").concurrency(1).rate(1, Duration.ofHours(1)), 0);
        assertThat(gate.start(JOB, under(API, ACME))).contains(new LimitGate.Refusal(ACME, null));
        assertThat(gate.room(API)).isEqualTo(1);
        assertThat(gate.changed()).isEmpty();
        assertThat(gate.start(JOB, under(API))).isEmpty();
    }

    @Test
    void names_the_limit_that_time_alone_does_not_end() {
        LimitGate gate = new LimitGate(NOW);
        gate.add(
                LimitKeyRow.unused(API).usedUntil(NOW.plusSeconds(60)),
                Limit.of("api").rate(1, Duration.ofMinutes(1)),
                0);
        gate.add(LimitKeyRow.unused(ACME), ONE, 1);
        assertThat(gate.start(JOB, under(API, ACME))).contains(new LimitGate.Refusal(ACME, null));
        assertThat(gate.start(JOB, under(API))).contains(new LimitGate.Refusal(API, NOW.plusSeconds(60)));
    }

    @Test
    void lets_no_job_of_a_low_cost_overtake_one_that_its_rate_holds_up() {
        LimitGate gate = new LimitGate(NOW);
        Limit ten = Limit.of("api").rate(10, Duration.ofHours(10)).burst(4);
        gate.add(LimitKeyRow.unused(API), ten, 0);
        gate.add(LimitKeyRow.unused(ACME), ONE, 1);
        assertThat(gate.start(JOB, under(API))).isEmpty();
        assertThat(gate.start(JOB, List.of(new JobLimit(API, 9), new JobLimit(ACME, 1))))
                .as("it waits for a permit, not for the rate")
                .contains(new LimitGate.Refusal(ACME, null));
        assertThat(gate.start(JOB, under(API))).isEmpty();
        LimitGate.Refusal refusal =
                gate.start(JOB, List.of(new JobLimit(API, 9))).orElseThrow();
        assertThat(gate.room(API)).isZero();
        assertThat(gate.start(JOB, under(API))).contains(refusal);
        assertThat(gate.nextStart(API)).isEmpty();
    }

    @Test
    void a_higher_rate_counts_what_a_lower_one_has_used_as_one_period_at_most() {
        LimitGate gate = new LimitGate(NOW);
        Limit hourly = Limit.of("api").rate(10, Duration.ofHours(1));
        gate.add(LimitKeyRow.unused(API).usedUntil(NOW.plus(Duration.ofDays(30))), hourly, 0);

        assertThat(gate.start(JOB, under(API))).contains(new LimitGate.Refusal(API, NOW.plus(Duration.ofHours(1))));
        assertThat(gate.changed()).hasSize(1);
    }

    @Test
    void a_limit_that_is_not_declared_starts_nothing_and_one_without_bounds_starts_all() {
        LimitGate gate = new LimitGate(NOW);
        gate.add(LimitKeyRow.unused(ACME), null, 0);
        gate.add(LimitKeyRow.unused(API), Limit.of("api"), 5_000);
        assertThat(gate.start(JOB, under(ACME))).contains(new LimitGate.Refusal(ACME, null));
        assertThat(gate.start(JOB, under(API))).isEmpty();
    }

    @Test
    void what_is_set_for_a_key_counts_instead_of_what_is_declared() {
        LimitGate gate = new LimitGate(NOW);
        gate.add(LimitKeyRow.unused(ACME).with(Limit.of("tenant").concurrency(2)), ONE, 1);
        assertThat(gate.start(JOB, under(ACME))).isEmpty();
        assertThat(gate.start(JOB, under(ACME))).isPresent();
    }

    @Test
    void a_paused_key_starts_nothing() {
        LimitGate gate = new LimitGate(NOW);
        gate.add(LimitKeyRow.unused(ACME).with(ReadModelFactory.pause(NOW, "me", "why")), ONE, 0);
        assertThat(gate.room(ACME)).isZero();
        assertThat(gate.start(JOB, under(ACME))).contains(new LimitGate.Refusal(ACME, null));
    }

    @Test
    void a_key_that_rests_starts_nothing_until_the_later_one_of_rest_and_rate() {
        Limit rate = Limit.of("api").rate(1, Duration.ofMinutes(1));
        LimitKeyRow resting = LimitKeyRow.unused(API).restingUntil(NOW.plusSeconds(30));
        LimitGate gate = new LimitGate(NOW);
        gate.add(resting, rate, 0);
        gate.add(LimitKeyRow.unused(ACME), ONE, 0);
        assertThat(gate.room(API)).isZero();
        assertThat(gate.nextStart(API)).contains(NOW.plusSeconds(30));
        assertThat(gate.start(JOB, under(API))).contains(new LimitGate.Refusal(API, NOW.plusSeconds(30)));
        assertThat(gate.start(JOB, under(ACME))).isEmpty();

        LimitGate used = new LimitGate(NOW);
        used.add(resting.usedUntil(NOW.plusSeconds(45)), rate, 0);
        assertThat(used.nextStart(API)).contains(NOW.plusSeconds(45));
        LimitGate over = new LimitGate(NOW.plusSeconds(30));
        over.add(resting, rate, 0);
        assertThat(over.room(API)).isOne();
        assertThat(over.start(JOB, under(API))).isEmpty();
        assertThat(resting.restingUntil(NOW)).isEqualTo(resting);
    }

    @Test
    void adds_the_limit_of_the_type_if_it_is_declared_but_not_to_undo_jobs() {
        assertThat(LimitGate.limits("render", false, under(ACME), name -> name.equals("type:render")))
                .containsExactlyInAnyOrderElementsOf(under(ACME, LimitKey.ofType("render")));
        assertThat(LimitGate.limits("render", false, under(ACME), name -> false))
                .isEqualTo(under(ACME));
        assertThat(LimitGate.limits("undo:render", true, under(ACME), name -> true))
                .isEmpty();
        List<JobLimit> claimed = under(ACME, LimitKey.ofType("render"));
        assertThat(LimitGate.limits("render", false, claimed, name -> true)).isEqualTo(claimed);
    }

    /** At each time of a random walk it starts jobs of random costs. No window of the length of the period sees more than the rate. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void no_window_sees_more_starts_than_the_rate(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            int starts = 1 + random.nextInt(12);
            Duration period = Duration.of(1 + random.nextInt(50_000), java.time.temporal.ChronoUnit.MICROS)
                    .plusMillis(1);
            Limit limit = Limit.of("tenant").rate(starts, period).burst(1 + random.nextInt(starts));
            int mostCost = random.nextBoolean() ? 1 : starts + 2;
            LimitKeyRow row = LimitKeyRow.unused(ACME);
            Instant time = NOW;
            List<Instant> times = new ArrayList<>();
            List<Integer> costs = new ArrayList<>();
            for (int step = 0; step < 200; step++) {
                LimitGate gate = new LimitGate(time);
                gate.add(row, limit, 0);
                int cost = 1 + random.nextInt(mostCost);
                var refusal = gate.start(JOB, List.of(new JobLimit(ACME, cost)));
                if (refusal.isEmpty()) {
                    times.add(time);
                    costs.add(Math.min(cost, starts));
                    row = gate.changed().get(0);
                } else {
                    assertThat(refusal.get().until()).isAfter(time);
                }
                boolean exactly = refusal.isPresent() && random.nextInt(3) == 0;
                time = exactly
                        ? refusal.get().until()
                        : time.plusNanos(1_000L * random.nextInt((int) (period.toNanos() / 1_000 / 2)));
                int inWindow = 0;
                for (int i = times.size() - 1;
                        i >= 0 && times.get(i).plus(period).isAfter(times.get(times.size() - 1));
                        i--) {
                    inWindow += costs.get(i);
                }
                assertThat(inWindow)
                        .describedAs("seed %d, round %d: %s, starts %s of costs %s", seed, round, limit, times, costs)
                        .isLessThanOrEqualTo(starts);
            }
        }
    }

    @Test
    void a_rate_of_a_thousand_a_second_is_used_to_98_percent() {
        Limit limit = Limit.of("tenant").rate(1_000, Duration.ofSeconds(1));
        LimitKeyRow row = LimitKeyRow.unused(ACME);
        int started = 0;
        for (int millis = 0; millis < 10_000; millis += 5) {
            LimitGate gate = new LimitGate(NOW.plusMillis(millis));
            gate.add(row, limit, 0);
            int room = gate.room(ACME);
            int before = started;
            while (gate.start(JOB, under(ACME)).isEmpty()) {
                started++;
            }
            assertThat(started - before).isEqualTo(room);
            row = gate.changed().isEmpty() ? row : gate.changed().get(0);
        }
        assertThat(started).isBetween(9_800, 10_000);
    }
}
