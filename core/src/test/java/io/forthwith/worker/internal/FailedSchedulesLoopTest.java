package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.rules.ScheduleRule;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.LogCapture;
import io.forthwith.worker.ProcessorRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The health of a worker reports schedules that cannot fire, and one line of the log does. */
class FailedSchedulesLoopTest {
    private final EngineFixture fixture =
            new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> null));
    private final Engine engine = fixture.engine;
    private final LogCapture log = new LogCapture(Level.WARN);

    @BeforeEach
    void register() {
        engine.leasing.register();
        // It looks for the first time after a minute.
        engine.failedSchedules.run();
    }

    @AfterEach
    void close() {
        log.close();
    }

    private void put(String name) {
        fixture.jobs.schedules().put(Schedule.of(name, EngineFixture.TYPE, "x").cron("@daily"));
    }

    /** As somebody does by SQL. */
    private void cron(String name, String cron) {
        ScheduleStore schedules = fixture.memory.schedules().orElseThrow();
        schedules.change(name, (row, facts) -> {
            StoredSchedule before = Objects.requireNonNull(row);
            ScheduleDefinition is = before.definition();
            ScheduleDefinition changed = ReadModelFactory.scheduleDefinition(
                    is.type(),
                    is.input(),
                    cron,
                    null,
                    is.zone(),
                    is.gap(),
                    is.overlap(),
                    is.catchUp(),
                    is.ifRunning(),
                    is.jitter(),
                    is.queue(),
                    is.priority(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null);
            return ScheduleStore.Decision.of(
                    true,
                    ReadModelFactory.storedSchedule(
                            name,
                            before.creationId(),
                            before.createdAt(),
                            changed,
                            null,
                            null,
                            before.progress().begun(LibraryOnly.KEY, null, null, facts.now())));
        });
        schedules.fireDue(10);
    }

    private List<String> look() {
        fixture.passBeating(Duration.ofSeconds(61), engine);
        engine.failedSchedules.run();
        return engine.failedSchedules.troubles();
    }

    @Test
    void reports_a_schedule_that_cannot_be_read_and_one_that_never_comes_and_logs_each_once() {
        put("broken");
        put("never");
        put("sound");
        assertThat(look()).isEmpty();
        cron("broken", "every night");
        cron("never", "0 0 30 2 *");
        List<String> troubles = look();
        assertThat(troubles)
                .hasSize(2)
                .anyMatch(line -> line.startsWith("the schedule broken does not fire: "))
                .anyMatch(line -> line.startsWith("the schedule never does not fire: "));
        assertThat(new WorkerThreads(engine, null).troubles()).isEqualTo(troubles);
        look();
        assertThat(log.lines()).hasSize(2).allMatch(line -> line.startsWith("[Worker] Schedule "));

        cron("broken", "@hourly");
        assertThat(look()).hasSize(1);
        fixture.jobs.schedules().pause("never", Pause.by("ada").because("to be mended"));
        assertThat(look()).isEmpty();
    }

    @Test
    void a_schedule_that_is_put_with_other_texts_is_no_longer_reported() {
        put("broken");
        fixture.memory.schedules().orElseThrow().fireDue(10);
        fixture.memory
                .schedules()
                .orElseThrow()
                .change(
                        "broken",
                        (row, facts) -> ScheduleRule.cannotFire(Objects.requireNonNull(row), facts, "no paper"));
        assertThat(look()).containsExactly("the schedule broken does not fire: no paper");
        fixture.jobs
                .schedules()
                .put(Schedule.of("broken", EngineFixture.TYPE, "y").cron("@daily"));
        assertThat(look()).isEmpty();
    }

    @Test
    void names_ten_and_counts_the_others() {
        for (int number = 0; number < 12; number++) {
            put("s%03d".formatted(number));
            cron("s%03d".formatted(number), "every night");
        }
        assertThat(look()).hasSize(11).endsWith("and 2 other schedules do not fire");
    }
}
