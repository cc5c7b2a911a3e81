package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.forthwith.internal.ScheduledRunIds;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.ScheduleStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Schedules of one second, fired by eight workers in four processes, two of which have clocks that are hours off. {@code -Dchaos.seconds} says how long, {@code
 * -Dchaos.schedules} how many.
 */
@DisplayName("While processes are killed and paused, the database is restarted, and clocks are wrong,")
@EnabledIfSystemProperty(named = "chaos.seconds", matches = "\\d+", disabledReason = "takes minutes")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
class ScheduleChaosTest {
    private static final int PROCESSES = 4;
    private static final Duration SOON = Duration.ofMinutes(1);

    private final DurableServer server = DurablePostgres.shared();
    private final String url = server.newDatabase();
    private final DataSource database = DurableServer.at(url);
    /** Planted bugs fire one schedule after the other: with more, workers that compete declare nothing for a minute. */
    private static final int FEW = 100;

    private int count = Integer.getInteger("chaos.schedules", FEW);
    private final long seed = Long.getLong("chaos.seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private final Map<Integer, ChildProcess> processes = new TreeMap<>();
    private final Map<Integer, Long> pausedUntil = new TreeMap<>();
    private final Map<String, Integer> strikes = new TreeMap<>();
    private SchedulePlant plant = SchedulePlant.NONE;
    private int started;

    @AfterEach
    void close() throws Exception {
        processes.values().forEach(ChildProcess::close);
        server.restart();
    }

    private void start(int slot, int version) {
        String name = "p" + ++started;
        processes.put(
                slot,
                ChildProcess.startAt(
                        slot < 2 ? Duration.ZERO : Duration.ofHours(slot == 2 ? -5 : 7),
                        ScheduleChaosWorker.class,
                        name,
                        url,
                        name,
                        String.valueOf(version),
                        String.valueOf(count),
                        plant.name()));
    }

    private void strike(int version) throws Exception {
        int slot = random.nextInt(PROCESSES);
        if (pausedUntil.containsKey(slot)) {
            return;
        }
        if (random.nextInt(3) == 0) {
            processes.get(slot).close();
            strikes.merge("killed", 1, Integer::sum);
            start(slot, version);
        } else {
            processes.get(slot).signal("STOP");
            strikes.merge("paused", 1, Integer::sum);
            pausedUntil.put(slot, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500 + random.nextInt(6_000)));
        }
    }

    private void goOn(boolean all) throws Exception {
        for (int slot : List.copyOf(pausedUntil.keySet())) {
            if (all || pausedUntil.get(slot) - System.nanoTime() <= 0) {
                processes.get(slot).signal("CONT");
                pausedUntil.remove(slot);
            }
        }
    }

    private void rage(Duration time, int version) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            goOn(false);
            strike(version);
            pass(Duration.ofMillis(1_000 + random.nextInt(2_000)));
        }
        goOn(true);
    }

    private static void pass(Duration time) throws InterruptedException {
        new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private ScheduleStore schedules() {
        return JdbcJobStore.of(database).schedules().orElseThrow();
    }

    private void awaitDeclared() {
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .until(() -> schedules().list(null, 1_000).size() == count);
    }

    /** Nothing is due any more, so nobody is late. Then nobody fires. */
    private void settle() throws InterruptedException {
        await().atMost(SOON).pollInterval(Duration.ofMillis(50)).until(() -> late() == 0);
        processes.values().forEach(ChildProcess::close);
        for (ChildProcess each : processes.values()) {
            each.awaitExit();
        }
        await().atMost(SOON)
                .until(() -> Sql.query(
                                database,
                                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
                        .isEmpty());
    }

    private long late() {
        return Long.parseLong(
                Sql.query(database, "SELECT count(*) FROM job_schedule WHERE next_at < now() - interval '2 seconds'")
                        .get(0)
                        .get(0));
    }

    /** Every nominal time has one run, or is in the count of those that were skipped. */
    private String check() {
        Set<UUID> jobs = new HashSet<>();
        Sql.query(database, "SELECT id FROM job").forEach(row -> jobs.add(UUID.fromString(row.get(0))));
        List<String> wrong = new ArrayList<>();
        long fired = 0;
        long skipped = 0;
        for (StoredSchedule schedule : schedules().list(null, 1_000)) {
            StoredSchedule.Progress progress = schedule.progress();
            Instant anchor = Objects.requireNonNull(progress.anchor());
            Instant next = Objects.requireNonNull(progress.nextAt());
            long times = 0;
            long runs = 0;
            for (Instant at = anchor.plus(ScheduleChaosWorker.PERIOD);
                    at.isBefore(next);
                    at = at.plus(ScheduleChaosWorker.PERIOD)) {
                times++;
                runs += jobs.contains(ScheduledRunIds.of(schedule.name(), schedule.creationId(), at)) ? 1 : 0;
            }
            boolean isNominal = Duration.between(anchor, next).toNanos() % ScheduleChaosWorker.PERIOD.toNanos() == 0;
            boolean catchesUpAll = schedule.definition().catchUp().startsWith("ALL");
            if (!isNominal
                    || times != progress.fired() + progress.skipped()
                    || runs != progress.fired()
                    || (catchesUpAll && progress.skipped() > 0)) {
                wrong.add(schedule.name() + ": " + times + " times, " + runs + " runs, " + progress);
            }
            fired += progress.fired();
            skipped += progress.skipped();
        }
        assertThat(wrong)
                .as("schedules that are not exact, seed %s, %s", seed, strikes)
                .isEmpty();
        assertThat(jobs).as("runs, none of them invented").hasSize(Math.toIntExact(fired));
        assertThat(overlapping())
                .as("runs of schedules that allow one at a time")
                .isEmpty();
        return count + " schedules, " + fired + " times fired, " + skipped + " skipped, " + strikes;
    }

    private List<List<String>> overlapping() {
        // A run starts after the transaction that has added it, which has seen the end of the one before.
        return Sql.query(
                database,
                "SELECT input, started_at, ended FROM (SELECT input_data AS input, started_at,"
                        + " lag(coalesce(completed_at, 'infinity')) OVER (PARTITION BY input_data ORDER BY id) AS ended FROM job) AS runs"
                        + " WHERE substr(input #>> '{}', 2)::integer % 3 = 1 AND started_at < ended");
    }

    @Test
    @DisplayName("every nominal time fires exactly once or is counted as skipped")
    void exact() throws Exception {
        Duration third = Duration.ofSeconds(Long.getLong("chaos.seconds")).dividedBy(3);
        System.out.println("Schedules: seed " + seed);
        for (int slot = 0; slot < PROCESSES; slot++) {
            start(slot, 1);
        }
        awaitDeclared();
        rage(third, 1);
        server.kill();
        pass(Duration.ofSeconds(2));
        server.restart();
        strikes.merge("database restarted", 1, Integer::sum);
        // A new version beside the old one, and back again.
        processes.get(1).close();
        start(1, 2);
        await().atMost(SOON)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(priorities()).as(states()).containsExactly("2"));
        for (long end = System.nanoTime() + third.toNanos(); System.nanoTime() < end; ) {
            processes.get(0).close();
            start(0, 1);
            strikes.merge("killed", 1, Integer::sum);
            pass(Duration.ofSeconds(5));
            assertThat(priorities()).as("the newer version decides").containsExactly("2");
        }
        processes.get(1).close();
        start(1, 1);
        await().atMost(SOON).until(() -> priorities().equals(Set.of("1")));
        rage(third, 1);
        settle();
        System.out.println("Schedules: exact: " + check());
    }

    private String states() {
        return "workers "
                + Sql.query(
                        database,
                        "SELECT name, schedule_version, lease_until - now(), running FROM job_worker ORDER BY 1")
                + ", schedules "
                + Sql.query(
                        database,
                        "SELECT priority, version, count(*), min(next_at - now()), max(error_message) FROM job_schedule GROUP BY 1, 2")
                + ", jobs " + Sql.query(database, "SELECT status, count(*) FROM job GROUP BY 1")
                + ", sessions "
                + Sql.query(
                        database,
                        "SELECT state, wait_event, now() - query_start, left(query, 60) FROM pg_stat_activity"
                                + " WHERE datname = current_database() AND state <> 'idle'");
    }

    private Set<String> priorities() {
        Set<String> all = new HashSet<>();
        Sql.query(database, "SELECT DISTINCT priority FROM job_schedule").forEach(row -> all.add(row.get(0)));
        return all;
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("a bug in the firing is found out:")
    void found_out(SchedulePlant bug) throws Exception {
        plant = bug;
        count = FEW;
        for (int slot = 0; slot < PROCESSES; slot++) {
            start(slot, bug == SchedulePlant.OLDER_OVERWRITES && slot == 3 ? 2 : 1);
        }
        awaitDeclared();
        pass(Duration.ofSeconds(15));
        if (bug == SchedulePlant.OLDER_OVERWRITES) {
            processes.get(0).close();
            start(0, 1);
            await().atMost(SOON).until(() -> priorities().contains("1"));
            return;
        }
        processes.values().forEach(ChildProcess::close);
        for (ChildProcess each : processes.values()) {
            each.awaitExit();
        }
        Throwable found = catchThrowable(this::check);
        assertThat(found).as("what the checks say of %s", bug).isInstanceOf(AssertionError.class);
        System.out.println("Schedules: " + bug + " found: "
                + found.getMessage().lines().limit(3).toList());
    }
}
