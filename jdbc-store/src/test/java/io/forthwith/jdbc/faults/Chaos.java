package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.AnswerSwallowingProxy;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Worker processes, one that enqueues, and everything that can happen to them. What has become of the jobs is looked at over connections that
 * nothing happens to. Not thread-safe.
 */
final class Chaos implements AutoCloseable {
    private static final int WORKERS = 4;
    private static final Duration HEALING = Duration.ofMinutes(2);

    private final Random random;
    private final Plant plant;
    private final DurableServer server;
    private final String direct;
    private final AnswerSwallowingProxy proxy;
    private final HikariDataSource pool;
    private final JobClient client;
    private final Map<String, Child> children = new TreeMap<>();
    private final List<ChildProcess> dead = new ArrayList<>();
    private final List<AnswerSwallowingProxy.Trap> traps = new ArrayList<>();
    private final Set<UUID> accepted = ConcurrentHashMap.newKeySet();
    private final Set<UUID> attempted = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> counts = new TreeMap<>();
    private final AtomicLong unknown = new AtomicLong();
    private final ChaosHost host;
    /** When each process was not alive and well. */
    private final Map<String, List<Absence>> absences = new TreeMap<>();

    private final List<String> strikes = new ArrayList<>();
    /** What strikes next, from the end on: each strike comes once before any comes again, so a short run has seen them all. */
    private final List<Strike> deck = new ArrayList<>();

    private int started;

    /** A time in which a process was dead or paused, in milliseconds since 1970. */
    private record Absence(long fromMillis, long untilMillis) {}

    /** One thing that happens. */
    private interface Strike {
        void run() throws Exception;
    }

    /** A worker process. */
    private record Child(ChildProcess process, long pausedUntilNanos) {
        boolean isPaused() {
            return pausedUntilNanos != 0;
        }
    }

    Chaos(long seed, DurableServer server, Plant plant) throws IOException {
        this.random = new Random(seed);
        this.plant = plant;
        this.server = server;
        this.direct = server.newDatabase();
        server.ledger().forEach(statement -> Sql.run(database(), statement));
        this.proxy = server.proxy();
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(through());
        config.setMaximumPoolSize(3);
        config.setConnectionTimeout(1_000);
        this.pool = new HikariDataSource(config);
        this.client = JobClient.of(JdbcJobStore.of(pool).queryTimeout(Duration.ofSeconds(2)));
        this.host = new ChaosHost(database(), JdbcJobStore.of(database()), accepted, attempted);
    }

    private DataSource database() {
        return DurableServer.at(direct);
    }

    private String through() {
        return server.through(proxy, direct);
    }

    /** Lets it all happen for so long. */
    void rage(Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        host.start(random);
        try {
            while (System.nanoTime() < end) {
                goOn(false);
                while (children.size() < WORKERS) {
                    start();
                }
                enqueue();
                if (random.nextInt(3) == 0) {
                    strike();
                }
                pass(Duration.ofMillis(200 + random.nextInt(500)));
            }
        } finally {
            host.stop();
        }
    }

    private void start() {
        String name = "w" + ++started;
        children.put(
                name, new Child(ChildProcess.start(ChaosWorker.class, name, through(), direct, name, plant.name()), 0));
    }

    private static void pass(Duration time) throws InterruptedException {
        new CountDownLatch(1).await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Whoever enqueues repeats it once, and then gives up. */
    private void enqueue() {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = random.nextInt(40); i >= 0; i--) {
            jobs.add(NewJob.of(ChaosWorker.TYPE, i)
                    .maxAttempts(ChaosWorker.ATTEMPTS)
                    .priority(random.nextInt(10)));
        }
        List<UUID> ids = jobs.stream().map(NewJob::id).toList();
        attempted.addAll(ids);
        for (int tries = 0; tries < 2; tries++) {
            try {
                client.enqueueAll(jobs);
                accepted.addAll(ids);
                return;
            } catch (JobStoreException failed) {
                if (failed.kind() == JobStoreException.Kind.UNKNOWN_OUTCOME) {
                    unknown.incrementAndGet();
                }
            }
        }
    }

    private void count(String what) {
        counts.merge(what, 1L, Long::sum);
        strikes.add(Instant.now() + " " + what);
    }

    private void strike() throws Exception {
        // Workers that believe to hold what is no longer theirs are what the planted bugs are about.
        if (plant != Plant.NONE && random.nextBoolean()) {
            pause();
            return;
        }
        if (deck.isEmpty()) {
            deck.addAll(List.of(
                    this::kill,
                    this::pause,
                    this::pause,
                    this::cut,
                    this::deafen,
                    this::slowDown,
                    this::swallow,
                    this::reset,
                    this::terminate,
                    this::restartTheOnlyWorker,
                    this::makeReadOnly,
                    this::killDatabase));
            Collections.shuffle(deck, random);
        }
        deck.remove(deck.size() - 1).run();
    }

    private void cut() {
        count("connections cut");
        proxy.cut();
    }

    private void deafen() {
        count("connections gone deaf");
        proxy.deafen();
    }

    private void slowDown() throws InterruptedException {
        count("slow network");
        proxy.delay(Duration.ofMillis(200));
        pass(Duration.ofSeconds(2));
        proxy.delay(Duration.ZERO);
    }

    private void reset() {
        strikes.add(Instant.now() + " reset");
        counts.merge("connections reset", (long) proxy.reset(), Long::sum);
    }

    private void terminate() {
        count("backends terminated");
        server.terminateSome(direct, random);
    }

    private void kill() {
        List<String> names = List.copyOf(children.keySet());
        kill(names.get(random.nextInt(names.size())));
    }

    private void kill(String name) {
        Child child = children.remove(name);
        absences.computeIfAbsent(name, process -> new ArrayList<>())
                .add(new Absence(System.currentTimeMillis(), Long.MAX_VALUE));
        child.process.close();
        dead.add(child.process);
        count("kill -9");
    }

    /** All workers are killed, and one starts at once: whatever they held is recovered by it alone. */
    private void restartTheOnlyWorker() throws InterruptedException {
        List.copyOf(children.keySet()).forEach(this::kill);
        start();
        count("only worker restarted");
        pass(Duration.ofMillis(2_000 + random.nextInt(4_000)));
    }

    /** For longer than its lease. */
    private void pause() throws Exception {
        List<String> names = List.copyOf(children.keySet());
        String name = names.get(random.nextInt(names.size()));
        Child child = children.get(name);
        if (!child.isPaused()) {
            child.process.signal("STOP");
            long time = ChaosWorker.LEASE.multipliedBy(2 + random.nextInt(2)).toNanos();
            absences.computeIfAbsent(name, process -> new ArrayList<>())
                    .add(new Absence(System.currentTimeMillis(), Long.MAX_VALUE));
            children.put(name, new Child(child.process, System.nanoTime() + time));
            count("paused");
        }
    }

    private void goOn(boolean all) throws Exception {
        for (Map.Entry<String, Child> each : children.entrySet()) {
            Child child = each.getValue();
            if (child.isPaused() && (all || child.pausedUntilNanos - System.nanoTime() <= 0)) {
                child.process.signal("CONT");
                List<Absence> its = absences.get(each.getKey());
                long from = its.get(its.size() - 1).fromMillis;
                its.set(its.size() - 1, new Absence(from, System.currentTimeMillis() + ChaosWorker.LEASE.toMillis()));
                each.setValue(new Child(child.process, 0));
            }
        }
    }

    /** The answers to commits, to claims and to settlements, a few times in a row. */
    private void swallow() throws InterruptedException {
        for (String text : server.lasting()) {
            AnswerSwallowingProxy.Trap trap = proxy.swallowAnswerTo(text);
            traps.add(trap);
            for (int i = 0; i < 10 && !trap.hasSprung(); i++) {
                pass(Duration.ofMillis(50));
            }
        }
    }

    private void makeReadOnly() throws Exception {
        try {
            server.setReadOnly(direct, true);
        } catch (IllegalStateException lockWaitTimeout) {
            // MariaDB waits for every transaction that has written, also for one of a process that is paused.
            count("read-only held up by a lock");
            return;
        }
        count("read-only");
        proxy.cut();
        pass(Duration.ofMillis(random.nextInt(3_000)));
        server.setReadOnly(direct, false);
        proxy.cut();
    }

    private void killDatabase() throws Exception {
        count("database killed");
        server.kill();
        pass(Duration.ofMillis(random.nextInt(5_000)));
        server.restart();
    }

    /** Nothing happens any more, and all jobs come to their end. */
    void heal() throws Exception {
        goOn(true);
        while (children.size() < 2) {
            start();
        }
        host.sealAll();
        try {
            // A slow machine may have left thousands: what counts is that they become fewer.
            for (long left = open(); left > 0; left = open()) {
                long before = left;
                await().atMost(HEALING).pollInterval(Duration.ofMillis(100)).until(() -> open() < before);
            }
        } catch (ConditionTimeoutException late) {
            throw new AssertionError(
                    "Nothing happens any more, and these are open after " + HEALING + ": "
                            + Sql.query(
                                    database(),
                                    "SELECT status, worker_id, count(*), min(run_at), max(run_at), now() FROM job"
                                            + " WHERE status IN ('pending', 'processing', 'waiting') GROUP BY 1, 2")
                            + "; the workers said at last: " + lastWords(),
                    late);
        }
        assertThat(Sql.query(database(), "SELECT id FROM job WHERE status NOT IN ('completed', 'failed')"))
                .isEmpty();
    }

    private Map<String, List<String>> lastWords() {
        Map<String, List<String>> words = new TreeMap<>();
        children.forEach((name, child) -> {
            List<String> all = child.process.lines(line -> true);
            words.put(
                    name + (child.process.isAlive() ? "" : " (dead)"),
                    all.subList(Math.max(0, all.size() - 10), all.size()));
        });
        return words;
    }

    private long open() {
        return Long.parseLong(
                Sql.query(database(), "SELECT count(*) FROM job WHERE status IN ('pending', 'processing', 'waiting')")
                        .get(0)
                        .get(0));
    }

    /** What must hold at any time. */
    void check() throws SQLException {
        assertThat(children)
                .allSatisfy((name, child) -> assertThat(child.process.isAlive())
                        .as("%s is alive; it said %s", name, lastWords())
                        .isTrue());
        Set<UUID> acceptedBefore = Set.copyOf(accepted);
        try (Connection snapshot = database().getConnection()) {
            snapshot.setAutoCommit(false);
            snapshot.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            ChaosChecks.check(snapshot, acceptedBefore, attempted, host.usedAgain());
            assertThat(buriedAlive(snapshot))
                    .as("workers buried alive; what was done: %s", strikes)
                    .isEmpty();
        }
        System.out.println("Chaos: lost 0, invented 0, ended twice 0, buried alive 0");
    }

    /** The workers whose lease was ended by others although they were neither dead nor paused. */
    private List<String> buriedAlive(Connection snapshot) throws SQLException {
        return Sql.query(snapshot, "SELECT name, at_ms FROM burial").stream()
                .filter(burial -> {
                    long at = Long.parseLong(burial.get(1));
                    return absences.getOrDefault(burial.get(0), List.of()).stream()
                            .noneMatch(absence -> absence.fromMillis <= at && at <= absence.untilMillis);
                })
                .map(burial -> burial.get(0) + " at " + Instant.ofEpochMilli(Long.parseLong(burial.get(1))))
                .toList();
    }

    /** What has happened, and how often. */
    Map<String, Long> counts() {
        Map<String, Long> all = new TreeMap<>(counts);
        all.putAll(host.counts());
        all.put("jobs", (long) History.of(database()).rows().size());
        all.put("enqueued with unknown outcome", unknown.get());
        all.put(
                "answers swallowed",
                traps.stream().filter(AnswerSwallowingProxy.Trap::hasSprung).count());
        all.put("take-overs", History.of(database()).takeOvers());
        List<ChildProcess> everyone = new ArrayList<>(dead);
        children.values().forEach(child -> everyone.add(child.process));
        all.put("late results refused", said(everyone, "was refused, the job has moved on"));
        all.put("workers declared dead", said(everyone, "was declared dead"));
        all.put("log statements that threw", said(everyone, ChaosWorker.LOG_THREW));
        all.put("leases ended early", (long)
                Sql.query(database(), "SELECT name FROM burial").size());
        return all;
    }

    private static long said(List<ChildProcess> everyone, String what) {
        return everyone.stream()
                .mapToLong(child -> child.lines(line -> line.contains(what)).size())
                .sum();
    }

    /** What should have happened and has not. */
    List<String> unseen() {
        Map<String, Long> all = counts();
        return List.of(
                        "kill -9",
                        "paused",
                        "connections reset",
                        "database killed",
                        "answers swallowed",
                        "take-overs",
                        "late results refused",
                        "workers declared dead",
                        "backends terminated",
                        "only worker restarted",
                        "log statements that threw",
                        "jobs locked",
                        "successors enqueued",
                        "children enqueued",
                        "jobs deleted by hand",
                        "ids used again")
                .stream()
                .filter(what -> all.getOrDefault(what, 0L) == 0)
                .toList();
    }

    @Override
    public void close() throws Exception {
        children.values().forEach(child -> child.process.close());
        pool.close();
        proxy.close();
        server.restart();
    }
}
