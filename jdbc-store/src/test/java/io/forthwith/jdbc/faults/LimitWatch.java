package io.forthwith.jdbc.faults;

import io.forthwith.jdbc.Sql;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * Looks at the running jobs many times a second, each time in one snapshot, and at the waiting ones some times a second. It measures how long jobs wait although
 * nothing holds them up: no key of theirs is paused or full, its rate lets them start, under none of their keys anything starts, they come first in their sequence, and the
 * workers have nothing else to do.
 */
final class LimitWatch {
    private static final long PAUSE_MILLIS = 25;
    private static final int SAMPLE_EVERY = 8;
    private static final long LONG_MILLIS = 12_000;
    /** A job that is ready waits for workers if so many are ready that may come before it. */
    private static final int MOST_BEFORE = 40;

    private final DataSource database;
    private final boolean isMariaDb;
    private final Map<String, Limit> declared = LimitTrace.declared();
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final Map<String, Long> waitingSince = new HashMap<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::watch, "limit watch");
    private volatile long calmSince = Long.MAX_VALUE;
    private volatile Wait longest = new Wait(0, "");
    private volatile Wait longestInCalm = new Wait(0, "");
    private final AtomicLong snapshots = new AtomicLong();
    private volatile long mostReady;
    private long seen;

    /** How long jobs have waited that could have started. */
    record Wait(long millis, String jobs) {}

    LimitWatch(DataSource database, boolean isMariaDb) {
        this.database = database;
        this.isMariaDb = isMariaDb;
    }

    void start() {
        thread.start();
    }

    /** Whether things are done to workers and database from now on. */
    void calm(boolean isCalm) {
        calmSince = isCalm ? System.nanoTime() : Long.MAX_VALUE;
    }

    List<String> wrong() {
        return wrong;
    }

    Wait longest() {
        return longest;
    }

    Wait longestInCalm() {
        return longestInCalm;
    }

    long snapshots() {
        return snapshots.get();
    }

    /** How many jobs waited for workers alone. */
    long mostReady() {
        return mostReady;
    }

    void close() throws InterruptedException {
        stopped.countDown();
        thread.join();
    }

    private void watch() {
        while (stopped.getCount() > 0) {
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                for (int round = 1; stopped.getCount() > 0; round++) {
                    Map<LimitKey, List<Long>> running = running(connection);
                    checkRunning(connection, running);
                    if (round % SAMPLE_EVERY == 0) {
                        sample(connection, running);
                    }
                    connection.rollback();
                    snapshots.incrementAndGet();
                    rest();
                }
            } catch (SQLException away) {
                rest();
            }
        }
    }

    private void rest() {
        try {
            stopped.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException never) {
            Thread.currentThread().interrupt();
        }
    }

    private String micros(String time) {
        return LimitTrace.micros(isMariaDb, time);
    }

    private String now() {
        return isMariaDb ? "UTC_TIMESTAMP(6)" : "statement_timestamp()";
    }

    private String firstOfSequence() {
        String open = isMariaDb
                ? "b.open_sequence = job.sequence_key"
                : "b.sequence_key = job.sequence_key AND b.status IN ('pending', 'processing', 'waiting', 'failed')";
        return " AND (sequence_key IS NULL OR NOT EXISTS (SELECT 1 FROM job b WHERE " + open
                + " AND b.sequence_place < job.sequence_place"
                + " AND (b.status IN ('pending', 'processing') OR b.status = 'failed' AND b.sequence_failure = 'block')))";
    }

    /** When the running jobs of each key were started. */
    private Map<LimitKey, List<Long>> running(Connection snapshot) throws SQLException {
        Map<LimitKey, List<Long>> running = new HashMap<>();
        String holding = isMariaDb ? "held_limits IS NOT NULL" : "limits IS NOT NULL AND status = 'processing'";
        for (List<String> row :
                Sql.query(snapshot, "SELECT limits, " + micros("started_at") + " FROM job WHERE " + holding)) {
            for (JobLimit limit : JobLimit.parse(row.get(0))) {
                running.computeIfAbsent(limit.key(), key -> new ArrayList<>()).add(Long.parseLong(row.get(1)));
            }
        }
        return running;
    }

    /** A limit that was lowered does not end what runs: the highest one that has held since the first of the running jobs was started counts. */
    private void checkRunning(Connection snapshot, Map<LimitKey, List<Long>> running) throws SQLException {
        Map<LimitKey, List<List<String>>> changes = new HashMap<>();
        for (List<String> row : Sql.query(
                snapshot,
                "SELECT limits, concurrency, at_us, what FROM limit_trace WHERE what IN ('=', '~') ORDER BY seq")) {
            changes.computeIfAbsent(LimitKey.parse(row.get(0)), key -> new ArrayList<>())
                    .add(row);
        }
        running.forEach((key, started) -> {
            long since = started.stream().mapToLong(Long::longValue).min().orElse(0);
            int held = LimitTrace.concurrency(key);
            int most = held;
            for (List<String> change : changes.getOrDefault(key, List.of())) {
                int next = change.get(1) == null ? LimitTrace.concurrency(key) : Integer.parseInt(change.get(1));
                if (change.get(3).equals(LimitTrace.ANNOUNCED)) {
                    // Not committed yet, perhaps.
                    most = Math.max(most, next);
                    continue;
                }
                held = next;
                most = Long.parseLong(change.get(2)) <= since ? held : Math.max(most, held);
            }
            if (started.size() > most) {
                wrong.add(started.size() + " jobs of " + key + " run, and its limit is " + most + ", since " + since
                        + ": " + changes.get(key));
            }
        });
    }

    /** What a key lets start. */
    private record KeyRow(boolean isPaused, int concurrency, long usedMicros) {}

    private void sample(Connection snapshot, Map<LimitKey, List<Long>> running) throws SQLException {
        Map<LimitKey, KeyRow> keys = new HashMap<>();
        for (List<String> row : Sql.query(
                snapshot,
                "SELECT limit_key, CASE WHEN CASE WHEN c.is_open THEN c.paused_at ELSE k.paused_at END IS NULL THEN 0 ELSE 1 END,"
                        + " CASE WHEN c.is_open AND c.is_own THEN c.concurrency"
                        + " WHEN k.is_own AND (c.is_open IS NULL OR NOT c.is_open) THEN k.concurrency END, "
                        + micros("used_until")
                        + " FROM job_limit_key k LEFT JOIN job_limit_change c USING (limit_key)")) {
            LimitKey key = LimitKey.parse(row.get(0));
            keys.put(
                    key,
                    new KeyRow(
                            row.get(1).equals("1"),
                            row.get(2) == null ? LimitTrace.concurrency(key) : Integer.parseInt(row.get(2)),
                            row.get(3) == null ? 0 : Long.parseLong(row.get(3))));
        }
        Set<LimitKey> started = new HashSet<>();
        long from = seen;
        for (List<String> row : Sql.query(
                snapshot,
                "SELECT limits, seq FROM limit_trace WHERE what = '+' AND limits IS NOT NULL AND seq > " + from)) {
            JobLimit.parse(row.get(0)).forEach(limit -> started.add(limit.key()));
            seen = Math.max(seen, Long.parseLong(row.get(1)));
        }
        long nowMicros = Long.parseLong(
                Sql.query(snapshot, "SELECT " + micros(now())).get(0).get(0));
        Map<Integer, Integer> ready = ready(snapshot);
        Set<String> held = new HashSet<>();
        for (List<String> row : Sql.query(
                snapshot,
                "SELECT limits, queue, type, count(*), min(parked_under), max(priority) FROM job WHERE status = 'pending' AND limits IS NOT NULL"
                        + " AND coalesce(due_at, run_at) <= " + now() + firstOfSequence()
                        + " GROUP BY limits, queue, type")) {
            List<JobLimit> limits = limits(row.get(0), row.get(2));
            int before = before(ready, Integer.parseInt(row.get(5)));
            boolean hasTurn = row.get(4) != null || before < MOST_BEFORE;
            boolean isFree = hasTurn
                    && limits.stream()
                            .noneMatch(limit -> started.contains(limit.key())
                                    || isHeldUp(limit, keys.get(limit.key()), running, nowMicros));
            if (isFree) {
                String jobs = row.get(0) + " of " + row.get(1) + " and " + row.get(2);
                held.add(jobs);
                waited(
                        snapshot,
                        jobs,
                        row.get(3) + " jobs, of priority " + row.get(5) + " at most, parked under " + row.get(4) + ", "
                                + before + " jobs are ready that may come before");
            }
        }
        waitingSince.keySet().retainAll(held);
    }

    /** What a person looks at who wants to know why these jobs wait. */
    private static String state(Connection snapshot, String jobs) throws SQLException {
        return "; jobs "
                + Sql.query(
                        snapshot,
                        "SELECT id, priority, run_at, due_at, parked_under, attempt, lost_workers, updated_at, xmax FROM job"
                                + " WHERE status = 'pending' AND limits = '" + jobs.split(" ", 2)[0] + "' LIMIT 3")
                + ", notes " + Sql.query(snapshot, "SELECT count(*), min(due_at), count(due_at) FROM job_limit_note")
                + ", workers "
                + Sql.query(snapshot, "SELECT name, started_at, lease_until, running FROM job_worker ORDER BY name")
                + ", at " + Sql.query(snapshot, "SELECT clock_timestamp()")
                + ", sessions "
                + Sql.query(
                        snapshot,
                        "SELECT state, wait_event, clock_timestamp() - xact_start, left(query, 60) FROM pg_stat_activity"
                                + " WHERE datname = current_database() AND xact_start < clock_timestamp() - interval '300 ms'");
    }

    /** How many jobs of each priority wait for workers alone. */
    private Map<Integer, Integer> ready(Connection snapshot) throws SQLException {
        Map<Integer, Integer> ready = new HashMap<>();
        for (List<String> row : Sql.query(
                snapshot,
                "SELECT priority, count(*) FROM job WHERE status = 'pending' AND run_at <= " + now()
                        + " GROUP BY priority")) {
            ready.put(Integer.valueOf(row.get(0)), Integer.valueOf(row.get(1)));
        }
        mostReady = Math.max(mostReady, before(ready, 0));
        return ready;
    }

    private static int before(Map<Integer, Integer> ready, int priority) {
        return ready.entrySet().stream()
                .filter(of -> of.getKey() >= priority)
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    private static List<JobLimit> limits(String text, String type) {
        List<JobLimit> limits = new ArrayList<>(JobLimit.parse(text));
        LimitKey ofType = LimitKey.ofType(type);
        if (type.equals(LimitChaosWorker.LIMITED_TYPE.name())
                && limits.stream().noneMatch(limit -> limit.key().equals(ofType))) {
            limits.add(new JobLimit(ofType, 1));
        }
        return limits;
    }

    private boolean isHeldUp(JobLimit under, KeyRow key, Map<LimitKey, List<Long>> running, long nowMicros) {
        if (key == null) {
            return false;
        }
        Limit limit = declared.get(under.key().limitName());
        Duration interval = limit.interval();
        boolean isRateUsed = interval != null
                && key.usedMicros + interval.toNanos() / 1_000 * (under.cost() - limit.burst()) > nowMicros;
        return key.isPaused
                || isRateUsed
                || running.getOrDefault(under.key(), List.of()).size() >= key.concurrency;
    }

    private void waited(Connection snapshot, String jobs, String how) throws SQLException {
        long now = System.nanoTime();
        long since = waitingSince.computeIfAbsent(jobs, key -> now);
        long millis = TimeUnit.NANOSECONDS.toMillis(now - since);
        if (millis > longest.millis) {
            longest = new Wait(
                    millis, jobs + ": " + how + (millis > LONG_MILLIS && !isMariaDb ? state(snapshot, jobs) : ""));
        }
        long calm = calmSince == Long.MAX_VALUE
                ? 0
                : TimeUnit.NANOSECONDS.toMillis(now - (since - calmSince > 0 ? since : calmSince));
        if (calm > longestInCalm.millis) {
            longestInCalm = new Wait(calm, jobs + ": " + how);
        }
    }
}
