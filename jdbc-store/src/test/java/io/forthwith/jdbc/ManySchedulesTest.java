package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.client.JobClient;
import io.forthwith.json.internal.JobJson;
import io.forthwith.json.internal.ScheduleEncoder;
import io.forthwith.schedule.Schedule;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.rules.DeclarationRule;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("section")
@Tag("slow")
@DisplayName("With ten thousand schedules,")
class ManySchedulesTest {
    private static final JobType<String> TYPE = JobType.of("tick", String.class);
    private static final int SCHEDULES = 10_000;
    private static final int DUE = 1_000;
    private static final int BITE = 500;
    private static final Duration LOOKED_AT = Duration.ofSeconds(5);

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "none of them due, a worker looks at most once a second, by an index; a thousand due in one second fire within it")
    void cheap(TestDatabase kind) throws Exception {
        BestOfThree.of(() -> isCheap(kind));
    }

    private static void isCheap(TestDatabase kind) throws Exception {
        WatchedDataSource database = new WatchedDataSource(kind.migrated(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        long begin = System.nanoTime();
        put(store.schedules().orElseThrow());
        System.out.printf(
                "%s: %d schedules put in %d ms%n",
                kind, SCHEDULES, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        // Those that were put know no time before the first look.
        while (store.schedules().orElseThrow().fireDue(BITE).schedules() > 0) {
            // All know their next time then.
        }
        Instant none = Instant.now().plus(Duration.ofDays(2));
        Sql.run(database, "UPDATE job_schedule SET next_at = " + kind.utc(text(none)));

        try (Worker worker =
                Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> null)).start()) {
            // When it looks for the second time, it has also looked for schedules to retire.
            int before = looks(database).size();
            await().until(() -> looks(database).size() > before + 1);
            database.statements().clear();
            long from = System.nanoTime();
            await().pollDelay(LOOKED_AT).atMost(LOOKED_AT.multipliedBy(4)).until(() -> System.nanoTime() - from > 0);
            List<String> looks = looks(database);
            BestOfThree.inTime(() -> assertThat(looks)
                    .as("what asked for schedules in %s s", LOOKED_AT.toSeconds())
                    .isNotEmpty()
                    .hasSizeLessThanOrEqualTo((int) LOOKED_AT.toSeconds() + 1));
            if (kind == TestDatabase.POSTGRESQL) {
                assertIndexed(database, looks.get(0));
            }

            // The first ones that fire also load the classes for it.
            JobQuery all = JobQuery.all();
            JobQuery done = all.status(JobStatus.COMPLETED);
            makeDue(kind, database, Instant.now(), "name >= 's02000' AND name < 's02500'");
            await().until(() -> jobs.countByScan(done) == BITE);

            Instant due = Instant.now().plusSeconds(3).truncatedTo(ChronoUnit.SECONDS);
            makeDue(kind, database, due, "name < 's01000'");
            await().pollInterval(Duration.ofMillis(10)).until(() -> jobs.countByScan(all) == DUE + BITE);
            Duration took = Duration.between(due, Instant.now());
            await().until(() -> jobs.countByScan(done) == DUE + BITE);
            System.out.printf("%s: %d schedules fired after %d ms%n", kind, DUE, took.toMillis());
            BestOfThree.inTime(() ->
                    assertThat(took).as("from the second in which they are due").isLessThan(Duration.ofSeconds(1)));
            assertThat(worker.health().reasons()).isEmpty();
        }
    }

    private static void put(ScheduleStore schedules) {
        ScheduleDefinition daily =
                ScheduleEncoder.encode(Schedule.of("x", TYPE, "x").cron("@daily"), JobJson.standard());
        for (int from = 0; from < SCHEDULES; from += BITE) {
            Map<String, ScheduleStore.Change<DeclarationRule.Outcome>> bite = new HashMap<>();
            for (int number = from; number < from + BITE; number++) {
                String name = "s%05d".formatted(number);
                bite.put(name, (row, facts) -> DeclarationRule.put(row, facts, name, UUID.randomUUID(), daily));
            }
            assertThat(schedules.changeAll(bite).values()).hasSize(BITE).containsOnly(DeclarationRule.Outcome.CHANGED);
        }
    }

    private static void makeDue(TestDatabase kind, DataSource database, Instant at, String which) {
        Sql.run(database, "UPDATE job_schedule SET next_at = " + kind.utc(text(at)) + " WHERE " + which);
    }

    private static String text(Instant time) {
        return time.toString().replace('T', ' ').substring(0, 19);
    }

    private static List<String> looks(WatchedDataSource database) {
        return database.statements().stream()
                .filter(each -> each.toLowerCase(Locale.ROOT).contains("as planned"))
                .toList();
    }

    private static void assertIndexed(WatchedDataSource database, String look) {
        Sql.run(database, "ANALYZE job_schedule");
        List<List<String>> plan = Sql.query(database, "EXPLAIN (ANALYZE, BUFFERS) " + look.replace("?", "100"));
        assertThat(plan.toString()).contains("job_schedule_next").doesNotContain("Seq Scan");
    }
}
