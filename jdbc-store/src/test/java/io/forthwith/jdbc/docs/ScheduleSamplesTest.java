package io.forthwith.jdbc.docs;

import static io.forthwith.jdbc.docs.GettingStartedSamplesTest.database;
import static io.forthwith.jdbc.docs.GettingStartedSamplesTest.migrated;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobType;
import io.forthwith.client.JobClient;
import io.forthwith.client.ScheduleClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Objects;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The samples of docs/schedules.md, which {@link DocsTest} finds here word for word. */
class ScheduleSamplesTest {
    record Report(String kind) {}

    private static final JobType<Report> REPORT = JobType.of("report", Report.class);

    private final ProcessorRegistry processors = ProcessorRegistry.of().with(REPORT, job -> "written");

    @Test
    void declared_with_the_worker_and_looked_after_by_a_client() throws InterruptedException {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        Schedule nightly = Schedule.of("nightly-report", REPORT, new Report("daily"))
                .cron("0 3 * * *")
                .zone(ZoneId.of("Europe/Berlin"));
        Schedule cleaning =
                Schedule.of("cleaning", REPORT, new Report("cleaning")).every(Duration.ofMinutes(15));

        Worker worker = Worker.of(store, processors)
                .schedules(nightly, cleaning)
                .declarationOwner("shop", 42)
                .start();

        try (worker) {
            Awaitility.await().until(() -> jobs.schedules().list().count() == 2);
            assertThat(jobs.schedules().next("nightly-report", 2)).hasSize(2);
            jobs.await(jobs.schedules().runNow("cleaning").id(), Patience.LONG);
            StoredSchedule stored = jobs.schedules().find("cleaning").orElseThrow();
            assertThat(Objects.requireNonNull(stored.declaration()).version()).isEqualTo(42);
        }
    }

    @Test
    void put_by_a_client() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        Schedule nightly = Schedule.of("nightly-report", REPORT, new Report("daily"))
                .cron("0 3 * * *")
                .zone(ZoneId.of("Europe/Berlin"));

        ScheduleClient schedules = jobs.schedules();
        schedules.put(nightly);
        schedules.next("nightly-report", 5);
        schedules.runNow("nightly-report");
        schedules.pause("nightly-report", Pause.by("anna").because("the printer is broken"));
        schedules.resume("nightly-report");
        schedules.list().forEach(System.out::println);
        schedules.delete("nightly-report");

        assertThat(schedules.list()).isEmpty();
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(1);
    }

    @Test
    void backfill() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        ScheduleClient schedules = jobs.schedules();
        schedules.put(Schedule.of("hourly-report", REPORT, new Report("x"))
                .cron("@hourly")
                .ifRunning(IfRunning.ALLOW));

        Instant from = Instant.parse("2026-01-01T00:00:00Z");
        while (from != null) {
            from = schedules
                    .backfill("hourly-report", from, Instant.parse("2026-02-01T00:00:00Z"))
                    .next();
        }

        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(31 * 24);
    }

    @ParameterizedTest
    @EnumSource
    void a_row_that_is_inserted_by_hand_gets_its_next_time_and_fires(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        Sql.run(
                database,
                "INSERT INTO job_schedule (name, type, input_data, cron, zone)"
                        + " VALUES ('nightly-report', 'report', '{\"kind\":\"daily\"}', '0 3 * * *', 'Europe/Berlin')");
        assertThat(store.schedules().orElseThrow().fireDue(10).jobs()).isZero();
        ScheduleClient schedules = JobClient.of(store).schedules();
        Instant next = schedules.next("nightly-report", 1).get(0);
        assertThat(next).isAfter(Instant.now());
        assertThat(schedules.find("nightly-report").orElseThrow().progress().nextAt())
                .isEqualTo(next);

        Sql.run(database, "UPDATE job_schedule SET cron = '* * * * * *', next_at = NULL");
        store.schedules().orElseThrow().fireDue(10);
        Awaitility.await()
                .until(() -> store.schedules().orElseThrow().fireDue(10).jobs() == 1);
        assertThat(store.scan(JobQuery.all()).get(0).type()).isEqualTo("report");
    }
}
