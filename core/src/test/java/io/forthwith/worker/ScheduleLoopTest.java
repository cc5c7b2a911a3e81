package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import ch.qos.logback.classic.Level;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.json.internal.JobJson;
import io.forthwith.json.internal.ScheduleEncoder;
import io.forthwith.limit.Pause;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.worker.internal.DeclaredSchedules;
import io.forthwith.worker.internal.Engine;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScheduleLoopTest {
    private static final JobType<String> WORK = EngineFixture.TYPE;
    private static final ProcessorRegistry REGISTRY = ProcessorRegistry.of().with(WORK, job -> null);
    private static final Schedule FIRST = Schedule.of("first", WORK, "x").cron("*/10 * * * *");
    private static final Schedule SECOND = Schedule.of("second", WORK, "x").cron("@daily");

    private final EngineFixture world = new EngineFixture(1, REGISTRY);

    private Engine worker(String owner, long version, Schedule... schedules) {
        DeclaredSchedules declared = new DeclaredSchedules(
                owner,
                version,
                Arrays.stream(schedules)
                        .collect(Collectors.toMap(
                                Schedule::name, each -> ScheduleEncoder.encode(each, JobJson.standard()))));
        Engine engine = world.engineDeclaring(owner + version, REGISTRY, declared);
        engine.leasing.register();
        return engine;
    }

    private StoredSchedule stored(String name) {
        return world.jobs.schedules().find(name).orElseThrow();
    }

    private static Object retiredAt(StoredSchedule schedule) {
        return Objects.requireNonNull(schedule.declaration()).retiredAt();
    }

    @Test
    void declares_and_fires_and_sleeps_until_the_next_time_but_not_longer_than_a_second() {
        Engine engine = worker("shop", 1, FIRST);
        assertThat(engine.scheduling.run()).isEqualTo(Duration.ofSeconds(1));
        assertThat(stored("first").progress().nextAt()).isNotNull();
        world.pass(Duration.ofMinutes(10).minusMillis(300));
        assertThat(engine.scheduling.run()).isEqualTo(Duration.ofMillis(300));
        world.pass(Duration.ofMillis(300));
        engine.scheduling.run();
        assertThat(world.jobs.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    void schedules_fire_between_two_bites_of_a_long_declaration() {
        world.jobs.schedules().put(FIRST);
        world.engine.scheduling.run();
        Schedule[] many = IntStream.range(0, 250)
                .mapToObj(number -> Schedule.of("many-" + number, WORK, "x").cron("@daily"))
                .toArray(Schedule[]::new);
        Engine engine = worker("shop", 1, many);
        assertThat(engine.scheduling.run()).isZero();
        assertThat(declared()).isEqualTo(100);
        world.pass(Duration.ofMinutes(10));
        assertThat(engine.scheduling.run()).isZero();
        assertThat(world.jobs.countByScan(JobQuery.all())).isEqualTo(1);
        engine.scheduling.run();
        assertThat(declared()).isEqualTo(250);
    }

    private long declared() {
        return world.jobs
                .schedules()
                .list()
                .filter(schedule -> schedule.declaration() != null)
                .count();
    }

    @Test
    void without_schedules_it_looks_every_five_seconds() {
        assertThat(world.engine.scheduling.run()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void what_an_application_no_longer_declares_is_retired_after_an_hour_and_comes_back_when_it_is_declared_again() {
        worker("shop", 1, FIRST, SECOND).scheduling.run();
        Engine second = worker("shop", 2, FIRST);
        second.scheduling.run();
        world.pass(Duration.ofMinutes(50));
        second.scheduling.run();
        assertThat(retiredAt(stored("second"))).isNull();
        world.pass(Duration.ofMinutes(15));
        second.scheduling.run();
        assertThat(retiredAt(stored("second"))).isNotNull();
        assertThat(retiredAt(stored("first"))).isNull();

        worker("shop", 3, FIRST, SECOND).scheduling.run();
        assertThat(retiredAt(stored("second"))).isNull();
    }

    @Test
    void the_newest_living_version_decides_and_a_rollback_brings_the_old_definition_back() {
        Engine first = worker("shop", 1, FIRST);
        first.scheduling.run();
        Engine second = worker("shop", 2, FIRST.cron("@hourly"));
        second.scheduling.run();
        assertThat(stored("first").definition().cron()).isEqualTo("@hourly");
        Engine late = worker("shop", 1, FIRST);
        late.scheduling.run();
        world.pass(Duration.ofSeconds(19));
        first.scheduling.run();
        assertThat(stored("first").definition().cron()).isEqualTo("@hourly");

        world.store.deregister(second.lease.workerId());
        world.pass(Duration.ofSeconds(3));
        late.leasing.run();
        first.leasing.run();
        world.pass(Duration.ofSeconds(16));
        first.scheduling.run();
        assertThat(stored("first").definition().cron()).isEqualTo("*/10 * * * *");
        assertThat(Objects.requireNonNull(stored("first").declaration()).version())
                .isEqualTo(1);
    }

    @Test
    void schedules_of_others_stay_as_they_are() {
        world.jobs.schedules().put(FIRST);
        worker("other", 1, SECOND).scheduling.run();
        StoredSchedule first = stored("first");
        StoredSchedule second = stored("second");
        Engine engine = worker("shop", 9, FIRST.cron("@hourly"), SECOND.cron("@hourly"));
        engine.scheduling.run();
        world.pass(Duration.ofHours(2));
        engine.scheduling.run();
        assertThat(stored("first").definition()).isEqualTo(first.definition());
        assertThat(stored("second").definition()).isEqualTo(second.definition());
        assertThat(stored("second").declaration()).isEqualTo(second.declaration());
    }

    private static Schedule of(String name, String type) {
        return Schedule.of(name, JobType.of(type, String.class), "x").cron("@daily");
    }

    private static List<String> unrunnable(LogCapture log) {
        return log.lines().stream()
                .filter(line -> line.contains("No running worker"))
                .toList();
    }

    @Test
    void schedules_whose_type_nobody_can_run_are_named_once_in_one_line() {
        world.jobs.schedules().put(of("by-sql", "typo"));
        Engine engine = worker("shop", 1, FIRST, of("nightly", "invoices"));
        try (LogCapture log = new LogCapture(Level.WARN)) {
            engine.scheduling.run();
            world.pass(Duration.ofMinutes(15));
            engine.scheduling.run();

            assertThat(unrunnable(log))
                    .containsExactly(
                            "[Worker] No running worker has a processor for the type of these schedules: by-sql (type"
                                    + " typo), nightly (type invoices); register one, or delete the schedules: a job of an"
                                    + " unknown type fails when a worker takes it");
        }
    }

    @Test
    void of_very_many_it_names_twenty() {
        IntStream.range(100, 700).forEach(number -> world.jobs.schedules().put(of("s" + number, "typo")));
        try (LogCapture log = new LogCapture(Level.WARN)) {
            worker("shop", 1).scheduling.run();

            assertThat(unrunnable(log))
                    .singleElement()
                    .asString()
                    .contains(", s119 (type typo) and 580 more; register")
                    .doesNotContain("s120");
        }
    }

    @Test
    void what_another_worker_can_run_and_what_does_not_fire_is_not_named() {
        world.jobs.schedules().put(of("elsewhere", "mails"));
        world.jobs.schedules().put(of("paused", "typo"));
        world.jobs.schedules().pause("paused", Pause.by("ada").because("not yet"));
        ProcessorRegistry mails = ProcessorRegistry.of().with(JobType.of("mails", String.class), job -> null);
        world.engineOf("mailer", 1, mails).leasing.register();
        try (LogCapture log = new LogCapture(Level.WARN)) {
            worker("shop", 1, FIRST).scheduling.run();

            assertThat(unrunnable(log)).isEmpty();
        }
    }

    @Test
    void if_this_worker_can_run_all_of_them_the_look_asks_nothing_more_of_the_store() {
        worker("shop", 1, FIRST, SECOND).scheduling.run();

        verify(world.store, never()).workers();
    }

    @Test
    void a_look_that_the_store_has_failed_is_repeated_and_names_each_once() {
        world.jobs.schedules().put(of("by-sql", "typo"));
        Engine engine = worker("shop", 1);
        doThrow(new JobStoreException(JobStoreException.Kind.TRANSIENT, "no answer", null))
                .doAnswer(call -> world.memory.workers())
                .when(world.store)
                .workers();
        try (LogCapture log = new LogCapture(Level.WARN)) {
            world.pass(engine.scheduling.run());
            assertThat(unrunnable(log)).isEmpty();
            engine.scheduling.run();

            assertThat(unrunnable(log)).singleElement().asString().contains(": by-sql (type typo);");
        }
    }

    @Test
    void a_worker_refuses_schedules_that_cannot_be_stored() {
        WorkerBuilder builder = Worker.of(new InMemoryJobStore(), REGISTRY);
        assertThatThrownBy(() -> builder.schedules(Schedule.of("none", WORK, "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no times");
        assertThatThrownBy(() -> builder.schedules(FIRST, FIRST))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Two schedules have the name first");
        assertThatThrownBy(() -> builder.declarationOwner("no owner", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no owner");
    }
}
