package io.forthwith.store.kit.internal.role;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.schedule.StoredSchedule.Progress;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.rules.DeclarationRule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;

/** Schedules of ten minutes whose times are moved, and the runs that they enqueue. */
abstract class ScheduleScenario {
    static final String NAME = "nightly";
    static final Duration PERIOD = Duration.ofMinutes(10);

    public abstract StoreFixture fixture();

    @BeforeEach
    void hasSchedules() {
        assumeTrue(fixture().store.schedules().isPresent(), "this store has no schedules");
    }

    ScheduleStore schedules() {
        return fixture().store.schedules().orElseThrow();
    }

    static ScheduleDefinition every(Duration period, String catchUp, String ifRunning) {
        return ReadModelFactory.scheduleDefinition(
                "report",
                "{\"kind\":\"daily\"}",
                null,
                period.toString(),
                "UTC",
                null,
                null,
                catchUp,
                ifRunning,
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
                null);
    }

    /** A schedule of ten minutes whose next times are these long ago and later. */
    StoredSchedule due(String name, String catchUp, String ifRunning, Duration ago) {
        put(name, every(PERIOD, catchUp, ifRunning));
        return planned(name, ago);
    }

    DeclarationRule.Outcome put(String name, ScheduleDefinition definition) {
        return schedules()
                .change(name, (row, facts) -> DeclarationRule.put(row, facts, name, UUID.randomUUID(), definition));
    }

    /** Moves the next time to so long ago, and the anchor with it. */
    StoredSchedule planned(String name, Duration ago) {
        return schedules().change(name, (row, facts) -> {
            Progress before = Objects.requireNonNull(row).progress();
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
    }

    StoredSchedule edited(String name, UnaryOperator<StoredSchedule> edit) {
        return schedules().change(name, (row, facts) -> {
            StoredSchedule after = edit.apply(Objects.requireNonNull(row));
            return ScheduleStore.Decision.of(after, after);
        });
    }

    StoredSchedule find(String name) {
        return schedules().find(name).orElseThrow();
    }

    List<Job> runs() {
        return fixture().store.scan(JobQuery.all().type("report"));
    }

    static Instant nextOf(StoredSchedule schedule) {
        return Objects.requireNonNull(schedule.progress().nextAt());
    }
}
