package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Enqueued;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.jdbc.AnswerSwallowingProxy;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;

/**
 * Four worker processes stop themselves, one at a time, in the middle of the calls of the store, for 1 to 60 s; transactions of the host stay open as long; connections go deaf, those
 * that listen among them; listeners hang; claims have answers of 10 MB. {@code -Dchaos.seconds} says how long, {@code -Dchaos.seed} repeats what is drawn.
 */
@DisplayName("While processes go silent in the middle of anything,")
@EnabledIfSystemProperty(named = "chaos.seconds", matches = "\\d+", disabledReason = "takes minutes")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
class SilenceChaosTest {
    private static final int PROCESSES = 4;
    private static final int KEYS = 20;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(1);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);
    /** What a silent process holds is free so long after its lease has ended, where the server ends its transactions. */
    private static final Duration AFTER_LEASE = Duration.ofSeconds(12);

    /** A run that is shorter may not have come to each call. */
    private static final int SECONDS_FOR_ALL_CALLS = 600;

    private static final int LARGE = 250_000;
    private static final int LARGE_AT_ONCE = SilenceWorker.SLOTS;
    private static final int ADDS_BETWEEN_LARGE = 3_000;
    private static final Duration HEALING = Duration.ofMinutes(2);
    private final long seed = Long.getLong("chaos.seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private final Map<String, ChildProcess> processes = new TreeMap<>();
    private final Map<String, AnswerSwallowingProxy> ways = new TreeMap<>();
    private final Map<String, Integer> deafened = new TreeMap<>();
    private final Map<String, Long> silentUntil = new TreeMap<>();
    private final Map<String, Integer> stopsSeen = new TreeMap<>();
    /** The processes that were asked to go silent and have not yet. */
    private final Set<String> asked = new TreeSet<>();

    private final Map<String, Integer> places = new TreeMap<>();
    private final Set<UUID> accepted = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private SilenceWatch watch;
    private HikariDataSource pool;
    private JobClient client;
    private String url;
    private int adds;

    @AfterEach
    void close() throws Exception {
        stopped.countDown();
        for (Thread each : threads) {
            each.join();
        }
        if (watch != null) {
            watch.close();
        }
        processes.values().forEach(ChildProcess::close);
        for (AnswerSwallowingProxy way : ways.values()) {
            way.close();
        }
        pool.close();
    }

    @Test
    @DisplayName("what nobody silent holds goes on, nothing is lost, and nothing is done twice")
    void postgresql() throws Exception {
        goesOn(DurablePostgres.shared(), Long.getLong("chaos.seconds"), true);
    }

    @Test
    @DisplayName("what nobody silent holds goes on, also if the server ends nothing that is silent")
    void without_time_outs() throws Exception {
        goesOn(DurablePostgres.shared(), Long.getLong("chaos.seconds") / 3, false);
    }

    @Test
    @DisplayName("what nobody silent holds goes on, nothing is lost, and nothing is done twice, on MariaDB")
    void mariadb() throws Exception {
        goesOn(DurableMariaDb.shared(), Long.getLong("chaos.seconds") / 3, true);
    }

    private void goesOn(DurableServer server, long seconds, boolean endsSilence) throws Exception {
        System.out.println("Silence: " + server + ", seed " + seed);
        begin(server, endsSilence);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            goOn(false);
            silence();
            deafen();
            pass(Duration.ofMillis(300 + random.nextInt(1_500)));
        }
        goOn(true);
        stopped.countDown();
        for (Thread each : threads) {
            each.join();
        }
        await().atMost(HEALING).pollInterval(Duration.ofMillis(500)).until(() -> {
            silenceIsSeen();
            goOn(true);
            return count("job WHERE status IN ('pending', 'processing', 'waiting')") == 0;
        });
        watch.close();
        check(server, endsSilence, seconds >= SECONDS_FOR_ALL_CALLS);
    }

    private void begin(DurableServer server, boolean endsSilence) throws Exception {
        url = server.newDatabase();
        HikariConfig settings = new HikariConfig();
        settings.setJdbcUrl(url);
        settings.setMaximumPoolSize(12);
        pool = new HikariDataSource(settings);
        client = JobClient.of(JdbcJobStore.of(pool).queryTimeout(Duration.ofSeconds(5)));
        client.limits().put(SilenceWorker.LIMIT);
        for (int i = 0; i < PROCESSES; i++) {
            String name = "p" + i;
            processes.put(
                    name,
                    ChildProcess.start(
                            SilenceWorker.class, name, way(name), name, endsSilence ? "" : SilenceWorker.WITHOUT_END));
        }
        processes.values().forEach(ChildProcess::awaitReady);
        watch = new SilenceWatch(DurableServer.at(url), url.startsWith("jdbc:mariadb:"));
        act("adds", 40, this::add);
        act("keeps open", 4_000, this::keepOpen);
        watch.start();
    }

    /** The URL of the database for this process alone. */
    private String way(String name) throws IOException {
        Matcher port = Pattern.compile("(//[^:/]+:)(\\d+)").matcher(url);
        if (!port.find()) {
            throw new AssertionError("No port in " + url);
        }
        int server = Integer.parseInt(port.group(2));
        AnswerSwallowingProxy way = url.startsWith("jdbc:mariadb:")
                ? AnswerSwallowingProxy.toMariaDb(server)
                : AnswerSwallowingProxy.to(server);
        ways.put(name, way);
        return url.replace(port.group(), port.group(1) + way.port());
    }

    /** Of one process at a time, so that another one goes on. */
    private void deafen() {
        String name = "p" + random.nextInt(PROCESSES);
        boolean isDisturbed = silentUntil.containsKey(name) || !silentUntil.isEmpty();
        if (isDisturbed || random.nextInt(10) > 0) {
            return;
        }
        if (random.nextBoolean() && ways.get(name).deafenOneToAnswers(random)) {
            deafened.merge("one to answers", 1, Integer::sum);
        } else if (url.startsWith("jdbc:postgresql:") && ways.get(name).isListening()) {
            ways.get(name).deafenListeners();
            deafened.merge("those that listen", 1, Integer::sum);
        }
    }

    private interface Action {
        void run(Random random) throws Exception;
    }

    private void act(String name, int longestPause, Action action) {
        Random own = new Random(random.nextLong());
        Thread thread = new Thread(
                () -> {
                    try {
                        while (!stopped.await(own.nextInt(longestPause), TimeUnit.MILLISECONDS)) {
                            action.run(own);
                        }
                    } catch (Exception failed) {
                        watch.complain(name + " has failed: " + failed);
                    }
                },
                name);
        thread.start();
        threads.add(thread);
    }

    private void add(Random own) {
        if (++adds % ADDS_BETWEEN_LARGE == LARGE_AT_ONCE) {
            client.enqueueAll(Stream.generate(() -> NewJob.of(SilenceWorker.LARGE, "x".repeat(LARGE)))
                            .limit(LARGE_AT_ONCE)
                            .toList())
                    .forEach(each -> accepted.add(each.id()));
            return;
        }
        int what = own.nextInt(20);
        NewJob job;
        if (what < 10) {
            job = NewJob.of(SilenceWorker.FREE, "");
        } else if (what < 19) {
            job = NewJob.of(SilenceWorker.LIMITED, "").limit(SilenceWorker.LIMIT.name(), "k" + own.nextInt(KEYS));
        } else {
            NewJob group = NewJob.of(SilenceWorker.FREE, "");
            List<Enqueued> added = client.enqueueAll(List.of(
                    group,
                    NewJob.of(SilenceWorker.FREE, "").parent(group),
                    NewJob.of(SilenceWorker.FREE, "").parent(group)));
            added.forEach(each -> accepted.add(each.id()));
            return;
        }
        accepted.add(client.enqueue(job).id());
    }

    /** A transaction of the application that has added a job after one that is there, which is locked by that. */
    private void keepOpen(Random own) throws Exception {
        NewJob first = NewJob.of(SilenceWorker.FREE, "");
        try (Connection connection = DurableServer.at(url).getConnection()) {
            connection.setAutoCommit(false);
            watch.isHeldByHost(first.id());
            accepted.add(client.enqueue(first).id());
            UUID after = TransactionJobs.of(JdbcJobStore.of(pool).joining(connection))
                    .enqueue(NewJob.of(SilenceWorker.FREE, "").after(first))
                    .id();
            stopped.await(1_000 + own.nextInt((int) LONGEST_SILENCE.toMillis()), TimeUnit.MILLISECONDS);
            connection.commit();
            accepted.add(after);
        }
    }

    /**
     * At most half of the processes are silent at a time. One that was asked stops when it comes to the place that it has drawn, so it counts from then on; it is asked again, as the place
     * may not come.
     */
    private void silence() throws Exception {
        silenceIsSeen();
        String name = "p" + random.nextInt(PROCESSES);
        if (!silentUntil.containsKey(name) && silentUntil.size() + asked.size() < PROCESSES / 2) {
            asked.add(name);
        }
        for (String each : asked) {
            processes.get(each).send(SilenceWorker.SILENCE);
        }
    }

    private void silenceIsSeen() {
        processes.forEach((name, process) -> {
            int stops = stops(process);
            if (stops > stopsSeen.getOrDefault(name, 0)) {
                stopsSeen.put(name, stops);
                asked.remove(name);
                double share = Math.pow(random.nextDouble(), 3);
                silentUntil.put(
                        name,
                        System.nanoTime()
                                + SHORTEST_SILENCE.toNanos()
                                + (long) (share
                                        * LONGEST_SILENCE
                                                .minus(SHORTEST_SILENCE)
                                                .toNanos()));
                watch.areSilent(silentUntil.keySet());
            }
        });
    }

    private static int stops(ChildProcess process) {
        return process.lines(line -> line.startsWith("SILENT ")).size();
    }

    private void goOn(boolean all) throws Exception {
        for (String name : List.copyOf(silentUntil.keySet())) {
            if (all || silentUntil.get(name) - System.nanoTime() <= 0) {
                processes.get(name).signal("CONT");
                silentUntil.remove(name);
                watch.areSilent(silentUntil.keySet());
            }
        }
    }

    private long count(String rows) {
        return Long.parseLong(Sql.query(DurableServer.at(url), "SELECT count(*) FROM " + rows)
                .get(0)
                .get(0));
    }

    private static void pass(Duration time) throws InterruptedException {
        new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void check(DurableServer server, boolean endsSilence, boolean isLong) {
        processes
                .values()
                .forEach(process -> process.lines(line -> line.startsWith("SILENT "))
                        .forEach(line -> places.merge(line.substring("SILENT ".length()), 1, Integer::sum)));
        places.forEach((place, times) -> System.out.println("Silence: " + times + " times " + place));
        int hangs = processes.values().stream()
                .mapToInt(process -> process.lines(SilenceWorker.HANGS::equals).size())
                .sum();
        System.out.println(
                "Silence: " + server + ", " + accepted.size() + " jobs, " + hangs + " times a listener hung, "
                        + places.values().stream().mapToInt(Integer::intValue).sum() + " stops at " + places.size()
                        + " places, connections deafened: " + deafened + ", "
                        + watch);
        assertThat(watch.complaints()).as("seed %s", seed).isEmpty();
        History history = History.of(DurableServer.at(url));
        Map<UUID, Integer> ends = new HashMap<>();
        history.changes().stream()
                .filter(change -> change.to().status() == JobStatus.COMPLETED)
                .forEach(change -> ends.merge(change.job(), 1, Integer::sum));
        assertThat(ends.values()).as("ends of a job, seed %s", seed).allMatch(times -> times == 1);
        assertThat(accepted).as("jobs that were accepted, seed %s", seed).allMatch(history.rows()::containsKey);
        assertThat(watch.longest())
                .as("the longest wait of what nobody silent held, seed %s: %s", seed, watch)
                .isLessThan(LONGEST_WAIT.plus(watch.lag()));
        Set<String> stoppedIn = new TreeSet<>();
        places.keySet().forEach(place -> stoppedIn.add(SilenceWorker.call(place)));
        Set<String> passed = new TreeSet<>();
        processes
                .values()
                .forEach(process -> process.lines(line -> line.startsWith("PASSED "))
                        .forEach(line -> passed.add(line.substring("PASSED ".length()))));
        System.out.println("Silence: never in "
                + passed.stream().filter(each -> !stoppedIn.contains(each)).toList());
        assertThat(stoppedIn).as("inconclusive without them, seed %s", seed).contains(SilenceWorker.CLAIM);
        if (isLong) {
            assertThat(stoppedIn).as("inconclusive without them, seed %s", seed).containsAll(passed);
        }
        if (endsSilence) {
            assertThat(watch.longestHeld())
                    .as("how long a silent process kept jobs, seed %s: %s", seed, watch)
                    .isLessThan(SilenceWorker.LEASE.plus(AFTER_LEASE).plus(watch.lag()));
        }
    }
}
