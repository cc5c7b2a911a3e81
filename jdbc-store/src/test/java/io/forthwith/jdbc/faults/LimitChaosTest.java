package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.forthwith.jdbc.Sql;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Jobs under 200 keys, of 30 sequences and of ten fair keys, which eight workers in four processes run. {@code -Dchaos.seconds} says how long, {@code -Dchaos.seed} repeats what was drawn. */
@DisplayName("While processes are killed and paused, the database is restarted, and keys are paused and changed,")
@EnabledIfSystemProperty(named = "chaos.seconds", matches = "\\d+", disabledReason = "takes minutes")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
class LimitChaosTest {
    private static final int PROCESSES = 4;
    /** How long a planted bug may stay unseen. */
    private static final Duration MOST = Duration.ofMinutes(3);
    /** How long all jobs take to end when nothing happens any more. */
    private static final Duration HEALING = Duration.ofMinutes(1);
    /** How long jobs may wait that nothing holds up: workers may be paused or dead, and the database away. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    /** The same when nothing happens. */
    private static final Duration LONGEST_WAIT_IN_CALM = Duration.ofSeconds(10);

    private final long seed = Long.getLong("chaos.seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private final Map<Integer, ChildProcess> processes = new TreeMap<>();
    private final Map<Integer, Long> pausedUntil = new TreeMap<>();
    private final Map<String, Integer> strikes = new TreeMap<>();
    private DurableServer server;
    private String url;
    private LimitPlant plant;
    private LimitLoad load;
    private LimitWatch watch;
    private LimitTrace trace;
    private SequenceTrace sequences;
    private int started;

    @AfterEach
    void close() throws Exception {
        load.close();
        watch.close();
        processes.values().forEach(ChildProcess::close);
        server.restart();
    }

    private void begin(DurableServer on, LimitPlant planted) {
        System.out.println("Limits: " + on + ", seed " + seed + ", planted " + planted);
        server = on;
        plant = planted;
        url = on.newDatabase();
        boolean isMariaDb = url.startsWith("jdbc:mariadb:");
        trace = new LimitTrace(database());
        trace.install(isMariaDb);
        sequences = new SequenceTrace(database());
        sequences.install(isMariaDb);
        SequenceLoad.install(database());
        load = new LimitLoad(url, random);
        load.declare();
        watch = new LimitWatch(database(), isMariaDb);
        for (int slot = 0; slot < PROCESSES; slot++) {
            start(slot);
        }
        processes.values().forEach(ChildProcess::awaitReady);
        watch.start();
    }

    private DataSource database() {
        return DurableServer.at(url);
    }

    /** Every other one serves the other queue too. */
    private void start(int slot) {
        String name = "p" + ++started;
        processes.put(
                slot,
                ChildProcess.start(
                        LimitChaosWorker.class, name, url, name, String.valueOf(slot % 2 == 0), plant.name()));
    }

    private void strike() throws Exception {
        int slot = random.nextInt(PROCESSES);
        if (pausedUntil.containsKey(slot) || !processes.get(slot).isReady()) {
            return;
        }
        int what = random.nextInt(8);
        if (what == 0) {
            server.terminateSome(url, random);
            strikes.merge("sessions ended", 1, Integer::sum);
        } else if (what < 4) {
            processes.get(slot).close();
            strikes.merge("killed", 1, Integer::sum);
            start(slot);
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

    private void rage(Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            goOn(false);
            strike();
            pass(Duration.ofMillis(500 + random.nextInt(2_000)));
        }
        goOn(true);
    }

    private void restartDatabase() throws Exception {
        server.kill();
        pass(Duration.ofMillis(random.nextInt(2_000)));
        server.restart();
        strikes.merge("database restarted", 1, Integer::sum);
    }

    private static void pass(Duration time) throws InterruptedException {
        new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Nothing happens any more, and all jobs come to their end. */
    private long heal() throws Exception {
        long from = System.nanoTime();
        load.stop();
        watch.calm(true);
        awaitNone("open jobs", "job WHERE status IN ('pending', 'processing', 'waiting')", HEALING);
        long seconds = Duration.ofNanos(System.nanoTime() - from).toSeconds();
        awaitNone("notes", "job_limit_note", Duration.ofSeconds(10));
        assertThat(count("job WHERE parked_under IS NOT NULL AND status = 'pending'"))
                .as("parked jobs")
                .isZero();
        return seconds;
    }

    private void awaitNone(String what, String rows, Duration atMost) {
        try {
            await().atMost(atMost)
                    .pollInterval(Duration.ofMillis(200))
                    .ignoreExceptions()
                    .until(() -> {
                        load.sequences().skipAll();
                        return count(rows) == 0;
                    });
        } catch (ConditionTimeoutException late) {
            throw new AssertionError(
                    what + " are left after " + atMost + ", seed " + seed + ", " + strikes + ": " + state(), late);
        }
    }

    private long count(String rows) {
        return Long.parseLong(
                Sql.query(database(), "SELECT count(*) FROM " + rows).get(0).get(0));
    }

    private String state() {
        return "jobs "
                + Sql.query(
                        database(),
                        "SELECT status, queue, type, limits, parked_under, count(*), min(coalesce(due_at, run_at)), CURRENT_TIMESTAMP"
                                + " FROM job WHERE status IN ('pending', 'processing', 'waiting') GROUP BY 1, 2, 3, 4, 5 LIMIT 20")
                + ", keys "
                + Sql.query(
                        database(),
                        "SELECT * FROM job_limit_key WHERE limit_key IN (SELECT parked_under FROM job WHERE status = 'pending')")
                + ", notes "
                + Sql.query(database(), "SELECT limit_key, due_at FROM job_limit_note ORDER BY due_at LIMIT 20")
                + ", workers " + Sql.query(database(), "SELECT name, lease_until FROM job_worker");
    }

    /** No limit was broken, and nobody waited for nothing. */
    private Found check() {
        assertThat(first(watch.wrong()))
                .as("keys with more running jobs than their limits allow, in a snapshot, seed %s, %s", seed, strikes)
                .isEmpty();
        LimitTrace.Found found = trace.check();
        assertThat(first(found.wrong()))
                .as("broken limits, seed %s, %s", seed, strikes)
                .isEmpty();
        SequenceTrace.Found inSequence = sequences.check(load.sequences().inOrder());
        assertThat(first(inSequence.wrong()))
                .as("broken sequences, seed %s, %s", seed, strikes)
                .isEmpty();
        assertThat(watch.longest().millis())
                .as("milliseconds of the longest wait of jobs that nothing held up, %s, seed %s", watch.longest(), seed)
                .isLessThan(LONGEST_WAIT.toMillis());
        assertThat(watch.longestInCalm().millis())
                .as("the same while nothing happened, %s, seed %s", watch.longestInCalm(), seed)
                .isLessThan(LONGEST_WAIT_IN_CALM.toMillis());
        return new Found(found, inSequence);
    }

    private record Found(LimitTrace.Found limits, SequenceTrace.Found sequences) {}

    private static List<String> first(List<String> all) {
        return all.stream().limit(5).toList();
    }

    @Test
    @DisplayName("no limit is broken at any time, and no job waits for ever")
    void kept() throws Exception {
        long seconds = Long.getLong("chaos.seconds");
        kept(DurablePostgres.shared(), Boolean.getBoolean("chaos") ? seconds : seconds / 2);
    }

    @Test
    @DisplayName("no limit is broken at any time, and no job waits for ever, on MariaDB")
    void kept_on_mariadb() throws Exception {
        long seconds = Long.getLong("chaos.seconds");
        kept(DurableMariaDb.shared(), Boolean.getBoolean("chaos") ? seconds : Math.max(30, seconds / 3));
    }

    private void kept(DurableServer on, long seconds) throws Exception {
        begin(on, LimitPlant.NONE);
        load.start();
        for (int third = 1; third <= 3; third++) {
            rage(Duration.ofSeconds(seconds).dividedBy(3));
            assertThat(first(watch.wrong())).as("seed %s, %s", seed, strikes).isEmpty();
            if (third < 3) {
                restartDatabase();
            }
        }
        long healing = heal();
        System.out.println("Limits: longest wait " + watch.longest() + ", in calm " + watch.longestInCalm()
                + ", the most ready jobs " + watch.mostReady());
        Found found = check();
        Set<UUID> lost = new HashSet<>(load.accepted());
        Sql.query(database(), "SELECT id FROM job").forEach(row -> lost.remove(UUID.fromString(row.get(0))));
        assertThat(lost).as("jobs lost, seed %s", seed).isEmpty();
        System.out.println("Sequences: " + found.sequences());
        LimitTrace.Found limits = found.limits();
        System.out.println("Limits: " + server + ", " + limits.starts() + " starts, " + limits.changes()
                + " changes of keys, the most starts in a period " + limits.mostOfRate() + ", " + watch.snapshots()
                + " snapshots, all ended after " + healing + " s, " + load.counts() + ", " + strikes);
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("a bug in the claims is found out:")
    void found_out(LimitPlant bug) throws Exception {
        begin(DurablePostgres.shared(), bug);
        watch.calm(true);
        long from = System.nanoTime();
        Throwable found = null;
        while (found == null && System.nanoTime() - from < MOST.toNanos()) {
            load.start();
            found = foundWithin(Duration.ofSeconds(8));
            load.stop();
            // Nothing comes that would wake what waits.
            found = found == null ? foundWithin(LONGEST_WAIT_IN_CALM.plusSeconds(3)) : found;
        }
        // It may be found before the last process has come to the statement that has it.
        load.start();
        await().atMost(MOST).until(this::haveAllTheBug);
        load.stop();
        assertThat(found).as("what the checks say of %s", bug).isInstanceOf(AssertionError.class);
        System.out.println("Limits: " + bug + " found after "
                + Duration.ofNanos(System.nanoTime() - from).toSeconds() + " s: "
                + found.getMessage().lines().limit(4).toList());
    }

    private boolean haveAllTheBug() {
        return processes.values().stream()
                .noneMatch(process -> process.lines(LimitPlant.PLANTED::equals).isEmpty());
    }

    private @Nullable Throwable foundWithin(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        Throwable found = null;
        while (found == null && System.nanoTime() < end) {
            pass(Duration.ofSeconds(1));
            found = catchThrowable(this::check);
        }
        return found;
    }
}
