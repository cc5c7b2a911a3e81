package io.forthwith.store.kit.internal.limit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forthwith.Job;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.schedule.StoredSchedule.Progress;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.rules.DeclarationRule;
import io.forthwith.store.rules.ScheduleRule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The jobs of schedules with limits. */
public abstract class LimitedSchedulesContract extends LimitContract {
    private static final String NAME = "nightly";
    private static final Duration PERIOD = Duration.ofMinutes(10);

    @BeforeEach
    void hasSchedules() {
        assumeTrue(fixture().store.schedules().isPresent(), "this store has no schedules");
    }

    private ScheduleStore schedules() {
        return fixture().store.schedules().orElseThrow();
    }

    private static ScheduleDefinition definition(@Nullable String limits) {
        return ReadModelFactory.scheduleDefinition(
                StoreFixture.TYPE.name(),
                "\"input\"",
                null,
                PERIOD.toString(),
                "UTC",
                null,
                null,
                "ALL(PT10H, 100)",
                "ALLOW",
                null,
                "default",
                5,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                limits);
    }

    private DeclarationRule.Outcome put(@Nullable String limits) {
        return schedules()
                .change(
                        NAME,
                        (row, facts) -> DeclarationRule.put(row, facts, NAME, UUID.randomUUID(), definition(limits)));
    }

    /** Fires the times since so long ago; returns how many. */
    private int fire(Duration ago) {
        schedules().change(NAME, (row, facts) -> {
            Progress before = requireNonNull(row).progress();
            Instant next = facts.now().minus(ago);
            StoredSchedule after = row.with(
                    LibraryOnly.KEY,
                    ReadModelFactory.scheduleProgress(
                            next,
                            before.fingerprint(),
                            next,
                            null,
                            before.fired(),
                            before.skipped(),
                            null,
                            before.runs()));
            return ScheduleStore.Decision.of(after, after);
        });
        return schedules().fireDue(10).jobs();
    }

    private List<Job> started() {
        return claimAll();
    }

    @Test
    @DisplayName("the jobs that a schedule enqueues are under its limits, and the same limits are no change")
    void underLimits() {
        limits().put(atATime(2));
        limits().put(Limit.of(API));
        String text = "+api:key-1=3 tenant:acme=1";
        put(text);
        assertThat(put(text)).isEqualTo(DeclarationRule.Outcome.UNCHANGED);

        assertThat(fire(Duration.ofMinutes(45))).isEqualTo(5);

        List<Job> running = started();
        assertThat(running)
                .hasSize(2)
                .allSatisfy(
                        job -> assertThat(job.limits()).containsExactly(new JobLimit(KEY, 3), new JobLimit(ACME, 1)));
        startsNone();
        complete(running.get(0));
        assertThat(started()).hasSize(1);
        assertThat(state(ACME).waiting()).isEqualTo(2);
    }

    @Test
    @DisplayName("a run by hand and a backfill are under the limits of the schedule too")
    void byHand() {
        limits().put(atATime(1));
        put(ACME.text());
        fire(Duration.ofMinutes(45));
        UUID id = UUID.randomUUID();
        schedules().change(NAME, (row, facts) -> ScheduleRule.runNow(requireNonNull(row), facts, id));
        List<Instant> times = schedules()
                .change(
                        NAME,
                        (row, facts) -> ScheduleRule.backfill(
                                requireNonNull(row),
                                facts,
                                facts.now().minus(Duration.ofHours(3)),
                                facts.now().minus(Duration.ofHours(2)),
                                100));

        assertThat(times).isNotEmpty();
        assertThat(fixture().find(id).limits()).containsExactly(limit(ACME));
        int runs = 0;
        for (List<Job> started = started(); !started.isEmpty(); started = started()) {
            assertThat(started).hasSize(1);
            complete(started.get(0));
            runs++;
        }
        assertThat(runs).isEqualTo(5 + 1 + times.size());
    }

    @Test
    @DisplayName("other limits of a schedule are those of its next jobs; jobs that are there keep theirs")
    void changed() {
        limits().put(atATime(1));
        put(ACME.text());
        fire(Duration.ofMinutes(15));

        assertThat(put(BRAVO.text())).isEqualTo(DeclarationRule.Outcome.CHANGED);
        assertThat(fire(Duration.ofMinutes(14))).isEqualTo(2);

        assertThat(started()).extracting(job -> job.limits().get(0).key()).containsExactlyInAnyOrder(ACME, BRAVO);
        assertThat(put(null)).isEqualTo(DeclarationRule.Outcome.CHANGED);
        assertThat(fire(Duration.ofMinutes(13))).isEqualTo(2);
        assertThat(started())
                .hasSize(2)
                .allSatisfy(job -> assertThat(job.limits()).isEmpty());
    }

    @Test
    @DisplayName("the jobs of a schedule take turns if it is fair by a key")
    void fair() {
        put(LimitKey.fairBy("acme").text());
        fixture().addAll(fixture().job().fairBy("other"), fixture().job().fairBy("other"));
        fire(Duration.ofMinutes(45));

        assertThat(fixture().store.claim(request(4)))
                .extracting(job -> job.limits().get(0).key().key())
                .containsExactlyInAnyOrder("acme", "acme", "other", "other");
        assertThat(started()).hasSize(3);
    }

    @Test
    @DisplayName("a schedule whose limits cannot be read says why, and fires nothing")
    void unreadable() {
        put("no limits");

        assertThat(fire(Duration.ofMinutes(5))).isZero();

        Progress progress = schedules().find(NAME).orElseThrow().progress();
        assertThat(progress.error()).contains("limits", "no limits");
        assertThat(progress.skipped()).isEqualTo(1);
    }
}
