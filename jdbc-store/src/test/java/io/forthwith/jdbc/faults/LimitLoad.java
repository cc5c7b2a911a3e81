package io.forthwith.jdbc.faults;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobChange;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequencePlace;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The application around the workers of {@link LimitChaosTest}: it adds jobs all the time, and its operators change jobs and keys. Thread-safe. */
final class LimitLoad {
    static final int KEYS = 200;
    /** Half of the jobs are under these. */
    private static final int BUSY_KEYS = 20;

    private static final int FAIR_KEYS = 10;
    private static final int JOBS_OF_A_CALL = 50;
    private static final int MOST_WAITING = 1_500;
    /** How many may wait for workers alone: how long jobs wait says nothing where workers cannot keep up. */
    private static final int MOST_READY = 150;

    private static final int MOST_WAITING_OF_A_KEY = 40;
    private static final int MOST_PAUSED = 8;
    private static final Duration RESUMING = Duration.ofSeconds(20);

    private final HikariDataSource database;
    private final JobClient client;
    private final SequenceLoad sequences;
    private final Random seeds;
    private final Set<UUID> accepted = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> counts = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile CountDownLatch stopped = new CountDownLatch(1);
    private Map<LimitKey, Integer> waiting = Map.of();
    private long waitingInAll;
    private long readyInAll;

    /** What one of the application does next. */
    private interface Action {
        void run(Random random) throws SQLException, InterruptedException;
    }

    LimitLoad(String url, Random seeds) {
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(url);
        pool.setMaximumPoolSize(6);
        pool.setConnectionTimeout(1_000);
        this.database = new HikariDataSource(pool);
        this.client = JobClient.of(JdbcJobStore.of(database).queryTimeout(Duration.ofSeconds(5)));
        this.sequences = new SequenceLoad(database, client, this::count);
        this.seeds = seeds;
    }

    void declare() {
        LimitTrace.declared().values().stream()
                .filter(limit -> !LimitTrace.WITHOUT_DECLARATION.contains(limit.name()))
                .forEach(client.limits()::put);
    }

    SequenceLoad sequences() {
        return sequences;
    }

    void start() {
        stopped = new CountDownLatch(1);
        act("adds", 30, this::add);
        act("operates", 150, this::operate);
        for (int i = 0; i < SequenceLoad.THREADS; i++) {
            act("adds to sequences " + i, 60, sequences.adder(i)::add);
        }
        act("operates sequences", 300, sequences::operate);
        SequenceLoad.let(database, true);
    }

    private void act(String name, int longestPause, Action action) {
        Random random = new Random(seeds.nextLong());
        Thread thread = new Thread(
                () -> {
                    try {
                        while (!stopped.await(random.nextInt(longestPause), TimeUnit.MILLISECONDS)) {
                            tryTo(action, random);
                        }
                    } catch (InterruptedException never) {
                        Thread.currentThread().interrupt();
                    }
                },
                name);
        thread.start();
        threads.add(thread);
    }

    private void tryTo(Action action, Random random) throws InterruptedException {
        try {
            action.run(random);
        } catch (SQLException | JobStoreException | IllegalStateException away) {
            count("calls that failed");
        }
    }

    /** Adds nothing more. No key stays paused. */
    void stop() throws InterruptedException {
        SequenceLoad.let(database, false);
        stopped.countDown();
        for (Thread each : threads) {
            each.join();
        }
        threads.clear();
        paused().forEach(key -> await("resumes " + key)
                .atMost(RESUMING)
                .ignoreException(JobStoreException.class)
                .until(() -> isResumed(key)));
    }

    /** Throws if a process that was paused has the key locked for longer than a statement waits. */
    private boolean isResumed(LimitKey key) {
        count("attempts to resume");
        client.limits().resume(key);
        count("resumed keys");
        return true;
    }

    Set<UUID> accepted() {
        Set<UUID> all = new HashSet<>(accepted);
        all.addAll(sequences.accepted());
        return all;
    }

    Map<String, Long> counts() {
        return new TreeMap<>(counts);
    }

    void close() throws InterruptedException {
        stopped.countDown();
        for (Thread each : threads) {
            each.join();
        }
        database.close();
    }

    private void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    private static LimitKey key(Random random) {
        int number = random.nextInt(random.nextBoolean() ? BUSY_KEYS : KEYS);
        return new LimitKey(
                LimitChaosWorker.LIMITS
                        .get(number % LimitChaosWorker.LIMITS.size())
                        .name(),
                "k" + number);
    }

    private void add(Random random) {
        if (random.nextInt(4) == 0 || waiting.isEmpty()) {
            look();
        }
        List<NewJob> jobs = new ArrayList<>();
        int kind = random.nextInt(10);
        LimitKey same = key(random);
        int count = kind < 6 ? 1 : kind < 8 ? 5 : JOBS_OF_A_CALL;
        for (int i = 0; i < count; i++) {
            LimitKey key = kind == 9 ? same : key(random);
            if (waiting.getOrDefault(key, 0) < MOST_WAITING_OF_A_KEY) {
                jobs.add(job(key, random));
            }
        }
        if (jobs.isEmpty() || waitingInAll > MOST_WAITING || readyInAll > MOST_READY) {
            look();
            return;
        }
        client.enqueueAll(jobs);
        jobs.forEach(job -> accepted.add(job.id()));
        counts.merge("jobs", (long) jobs.size(), Long::sum);
    }

    private void look() {
        Map<LimitKey, Integer> counted = new HashMap<>();
        long all = 0;
        long ready = 0;
        for (List<String> row : Sql.query(
                database,
                "SELECT limits, count(*), sum(CASE WHEN parked_under IS NULL OR parked_under LIKE 'fair:%' THEN 1 ELSE 0 END)"
                        + " FROM job WHERE status = 'pending' AND limits IS NOT NULL AND sequence_key IS NULL GROUP BY limits")) {
            int jobs = Integer.parseInt(row.get(1));
            all += jobs;
            ready += Integer.parseInt(row.get(2));
            JobLimit.parse(row.get(0)).forEach(limit -> counted.merge(limit.key(), jobs, Integer::sum));
        }
        waiting = counted;
        waitingInAll = all;
        readyInAll = ready;
    }

    private static NewJob job(LimitKey key, Random random) {
        NewJob job = NewJob.of(
                        random.nextInt(30) == 0 ? LimitChaosWorker.LIMITED_TYPE : LimitChaosWorker.TYPE,
                        random.nextInt(10_000))
                .maxAttempts(LimitChaosWorker.ATTEMPTS);
        if (random.nextInt(40) > 0) {
            job = job.limit(key.name(), key.key(), 1 + (random.nextInt(10) == 0 ? random.nextInt(3) : 0));
        }
        if (random.nextInt(10) == 0) {
            LimitKey second = key(random);
            job = second.name().equals(key.name()) ? job : job.limit(second.name(), second.key());
        }
        if (random.nextInt(10) == 0) {
            job = job.delay(Duration.ofMillis(random.nextInt(2_000)));
        }
        if (random.nextInt(6) == 0) {
            job = job.fairBy("f" + random.nextInt(FAIR_KEYS));
        }
        if (random.nextInt(5) == 0) {
            job = job.queue(LimitChaosWorker.OTHER_QUEUE);
        }
        return random.nextInt(5) == 0 ? job.priority(random.nextInt(10)) : job;
    }

    private void operate(Random random) throws SQLException, InterruptedException {
        switch (random.nextInt(7)) {
            case 0 -> cancel(random);
            case 1 -> pause(random);
            case 2 -> resume(random);
            case 3, 4 -> override(random);
            case 5 -> prefer(random);
            default -> hold(random);
        }
    }

    private List<UUID> some(String condition, int most) {
        return Sql.query(database, "SELECT id FROM job WHERE " + condition + " ORDER BY type, run_at, id LIMIT " + most)
                .stream()
                .map(row -> UUID.fromString(row.get(0)))
                .toList();
    }

    private void cancel(Random random) {
        String which = random.nextBoolean()
                ? "status = 'processing'"
                : random.nextBoolean() ? "status = 'pending' AND parked_under IS NULL" : "status = 'pending'";
        for (UUID id : some(which, 1 + random.nextInt(5))) {
            client.cancel(id);
            count("cancelled");
        }
    }

    private List<LimitKey> paused() {
        // A pause that is not written into the row of its key yet, too.
        return Sql.query(
                        database,
                        "SELECT limit_key FROM job_limit_key WHERE paused_at IS NOT NULL UNION"
                                + " SELECT limit_key FROM job_limit_change WHERE is_open = TRUE AND paused_at IS NOT NULL")
                .stream()
                .map(row -> LimitKey.parse(row.get(0)))
                .toList();
    }

    private void pause(Random random) {
        if (paused().size() < MOST_PAUSED) {
            LimitKey key = random.nextInt(4) > 0 ? key(random) : SequencePlace.limitKey(SequenceLoad.key(random));
            client.limits().pause(key, Pause.by("chaos"));
            count("paused keys");
        }
    }

    private void resume(Random random) {
        List<LimitKey> paused = paused();
        if (!paused.isEmpty()) {
            client.limits().resume(paused.get(random.nextInt(paused.size())));
            count("resumed keys");
        }
    }

    /** Rates stay. */
    private void override(Random random) {
        LimitKey key = key(random);
        Limit declared = LimitTrace.declared().get(key.name());
        client.limits().override(key, random.nextInt(3) == 0 ? null : declared.concurrency(1 + random.nextInt(5)));
        count("overrides");
    }

    private void prefer(Random random) {
        String which = random.nextBoolean() ? "status = 'pending'" : "status = 'pending' AND sequence_key IS NOT NULL";
        for (UUID id : some(which, 1 + random.nextInt(5))) {
            client.change(id, JobChange.of().priority(random.nextInt(10)));
            count("changed priorities");
        }
    }

    /** Holds locks on waiting jobs for a while. */
    private void hold(Random random) throws SQLException, InterruptedException {
        List<UUID> ids = some(
                "status = 'pending' AND parked_under IS NOT NULL"
                        + (random.nextBoolean() ? "" : " AND sequence_key IS NOT NULL"),
                5);
        if (ids.isEmpty()) {
            return;
        }
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            Sql.query(
                    connection,
                    "SELECT id FROM job WHERE id IN "
                            + ids.stream().map(id -> "'" + id + "'").collect(Collectors.joining(", ", "(", ")"))
                            + " ORDER BY id FOR UPDATE");
            count("locks on waiting jobs");
            stopped.await(random.nextInt(500), TimeUnit.MILLISECONDS);
            connection.rollback();
        }
    }
}
