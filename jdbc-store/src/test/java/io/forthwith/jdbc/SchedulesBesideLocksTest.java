package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.JobType;
import io.forthwith.client.JobClient;
import io.forthwith.client.ScheduleClient;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.store.ScheduleStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("While another transaction has locked")
class SchedulesBesideLocksTest {
    private static final JobType<String> TYPE = JobType.of("report", String.class);

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("an open run, its schedule waits, and the others fire")
    void others_fire(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        JobClient jobs = JobClient.of(store);
        ScheduleClient schedules = jobs.schedules();
        Schedule hourly =
                Schedule.of("blocked", TYPE, "x").every(Duration.ofHours(1)).ifRunning(IfRunning.BUFFER_ONE);
        schedules.put(hourly);
        schedules.put(Schedule.of("free", TYPE, "x").every(Duration.ofHours(1)));
        UUID run = schedules.runNow("blocked").id();
        Sql.run(database, "UPDATE job_schedule SET next_at = anchor_at");
        ScheduleStore firing = store.schedules().orElseThrow();
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("UPDATE job SET priority = 7 WHERE id = '" + run + "'");
            assertThat(Patience.answerOf(() -> firing.fireDue(10)).jobs())
                    .as("answered before the host rolls back")
                    .isEqualTo(1);
            assertThat(schedules.find("free").orElseThrow().progress().fired()).isEqualTo(1);
            assertThat(schedules.find("blocked").orElseThrow().progress().fired())
                    .isZero();
            host.rollback();
        }
        assertThat(firing.fireDue(10).jobs()).isEqualTo(1);
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("the schedules that have been due longest, as a worker that was paused has, the others fire")
    void rows_of_others(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        for (int number = 0; number < 8; number++) {
            jobs.schedules().put(Schedule.of("s" + number, TYPE, "x").every(Duration.ofHours(1)));
        }
        Sql.run(database, "UPDATE job_schedule SET next_at = anchor_at");
        ScheduleStore firing = store.schedules().orElseThrow();
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate(
                    "UPDATE job_schedule SET fired = 7 WHERE name IN ('s0', 's1', 's2', 's3', 's4', 's5')");
            AtomicInteger fired = new AtomicInteger();
            // More than one call only if the machine stands still for the second in which it looks behind those that
            // are locked.
            await().until(() -> fired.addAndGet(firing.fireDue(3).jobs()) == 2);
            ScheduleStore.Fired none = firing.fireDue(3);
            assertThat(none.schedules()).isZero();
            assertThat(none.untilNext()).isZero();
            host.rollback();
        }
        assertThat(firing.fireDue(6).jobs()).isEqualTo(6);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("a schedule that a worker declares, the worker declares the others")
    void declaring(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> null);
        ScheduleClient schedules = JobClient.of(store).schedules();
        try (Worker first = Worker.of(store, processors)
                .schedules(every(1), every(2), every(3))
                .declarationOwner("shop", 1)
                .start()) {
            await().until(() -> schedules.list().count() == 3);
            assertThat(first.health().reasons()).isEmpty();
        }
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("UPDATE job_schedule SET fired = 7 WHERE name IN ('s2')");
            try (Worker second = Worker.of(store, processors)
                    .schedules(every(1), every(2), every(3))
                    .declarationOwner("shop", 2)
                    .start()) {
                await().until(() -> version(schedules, "s1") == 2 && version(schedules, "s3") == 2);
                assertThat(version(schedules, "s2")).isEqualTo(1);
                assertThat(second.health().status()).isNotEqualTo(WorkerHealth.Status.DOWN);
            }
            host.rollback();
        }
    }

    private static Schedule every(int number) {
        return Schedule.of("s" + number, TYPE, "x").every(Duration.ofHours(number));
    }

    private static long version(ScheduleClient schedules, String name) {
        return Objects.requireNonNull(schedules.find(name).orElseThrow().declaration())
                .version();
    }
}
