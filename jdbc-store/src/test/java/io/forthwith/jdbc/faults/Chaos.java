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
    private static final int JOBS_AT_ONCE = 40;
    /** So few that none waits long: a job that is taken from its worker runs again while that worker still believes to hold it. */
    private static final int JOBS_AT_ONCE_WITH_A_PLANT = 4;

    private static final Duration HEALING = Duration.ofMinutes(2);

    private final Random random;
    private final Plant plant;
    private final DurableServer server;
    private final String direct;
    private final AnswerSwallowingProxy proxy;
    private final HikariDataSource pool;
    private final JobClient client;
    private final ChaosWorkers workers;
    private final List<AnswerSwallowingProxy.Trap> traps = new ArrayList<>();
    private final Set<UUID> accepted = ConcurrentHashMap.newKeySet();
    private final Set<UUID> attempted = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> counts = new TreeMap<>();
    private final AtomicLong unknown = new AtomicLong();
    private final ChaosHost host;
    private final List<String> strikes = new ArrayList<>();
    /** What strikes next, from the end on. A deck is dealt out before it is shuffled again, so nothing fails to come for long. */
    private final List<Strike> deck = new ArrayList<>();

    /** One thing that happens. */
    private interface Strike {
        void run() throws Exception;
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
        this.workers = new ChaosWorkers(random, through(), direct, plant);
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
                workers.goOn(false);
                workers.startUpTo(WORKERS);
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

    /** Nothing but pauses: a worker stands still for longer than its lease, and when it goes on, its jobs run elsewhere. */
    void pauseAndGoOn() throws Exception {
        workers.startUpTo(WORKERS);
        workers.goOn(false);
        if (workers.paused() < WORKERS / 2) {
            pause();
        }
        enqueue();
        pass(Duration.ofMillis(200));
    }

    private static void pass(Duration time) throws InterruptedException {
        new CountDownLatch(1).await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Whoever enqueues repeats it once, and then gives up. */
    private void enqueue() {
        List<NewJob> jobs = new ArrayList<>();
        int most = plant == Plant.NONE ? JOBS_AT_ONCE : JOBS_AT_ONCE_WITH_A_PLANT;
        for (int i = random.nextInt(most); i >= 0; i--) {
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

    /** All workers are killed, and one starts at once: whatever they held is recovered by it alone. */
    private void restartTheOnlyWorker() throws InterruptedException {
        while (workers.killOne()) {
            count("kill -9");
        }
        workers.startUpTo(1);
        count("only worker restarted");
        pass(Duration.ofMillis(2_000 + random.nextInt(4_000)));
    }

    private void kill() {
        workers.killOne();
        count("kill -9");
    }

    private void pause() throws Exception {
        if (workers.pauseOne()) {
            count("paused");
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
        workers.goOn(true);
        workers.startUpTo(2);
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
                            + "; the workers said at last: " + workers.lastWords(),
                    late);
        }
        assertThat(Sql.query(database(), "SELECT id FROM job WHERE status NOT IN ('completed', 'failed')"))
                .isEmpty();
    }

    private long open() {
        return Long.parseLong(
                Sql.query(database(), "SELECT count(*) FROM job WHERE status IN ('pending', 'processing', 'waiting')")
                        .get(0)
                        .get(0));
    }

    /** What must hold at any time. */
    void check() throws SQLException {
        workers.requireAlive();
        Set<UUID> acceptedBefore = Set.copyOf(accepted);
        try (Connection snapshot = database().getConnection()) {
            snapshot.setAutoCommit(false);
            snapshot.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            ChaosChecks.check(snapshot, acceptedBefore, attempted, host.usedAgain());
            assertThat(workers.buriedAlive(Sql.query(snapshot, "SELECT name, at_ms FROM burial")))
                    .as("workers buried alive; what was done: %s", strikes)
                    .isEmpty();
        }
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
        all.put("late results refused", workers.said("was refused, the job has moved on"));
        all.put("workers declared dead", workers.said("was declared dead"));
        all.put("log statements that threw", workers.said(ChaosWorker.LOG_THREW));
        all.put("leases ended early", (long)
                Sql.query(database(), "SELECT name FROM burial").size());
        return all;
    }

    /** What should have happened and has not. */
    List<String> unseen() {
        Map<String, Long> all = counts();
        return List.of(
                        "kill -9",
                        "paused",
                        "connections cut",
                        "connections gone deaf",
                        "slow network",
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
        workers.close();
        pool.close();
        proxy.close();
        server.restart();
    }
}
