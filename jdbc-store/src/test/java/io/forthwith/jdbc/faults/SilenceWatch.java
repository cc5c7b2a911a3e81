package io.forthwith.jdbc.faults;

import io.forthwith.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * Asks ten times a second by plain SQL which jobs could start, and since when: due jobs without a limit whose rows nobody has locked, and keys with a due job, a free permit, and
 * no lock on their row. It looks by SKIP LOCKED, so what is missing is locked. Its own lag is added to the bound.
 */
final class SilenceWatch {
    private static final long PAUSE_MILLIS = 100;
    private static final int PERMITS = 2;

    private final DataSource database;
    private final String now;
    private final Map<String, Long> waitingSince = new HashMap<>();
    private final Map<String, Long> heldSince = new HashMap<>();
    private final Set<String> heldByHost = ConcurrentHashMap.newKeySet();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::watch, "silence watch");
    private volatile Duration longest = Duration.ZERO;
    private volatile String longestOf = "";
    private volatile String silent = "";
    private volatile Duration lag = Duration.ZERO;
    private volatile Duration longestHeld = Duration.ZERO;
    private long looks;

    SilenceWatch(DataSource database, boolean isMariaDb) {
        this.database = database;
        this.now = isMariaDb ? "UTC_TIMESTAMP(6)" : "clock_timestamp()";
    }

    void start() {
        thread.start();
    }

    void close() throws InterruptedException {
        stopped.countDown();
        thread.join();
    }

    void complain(String what) {
        complaints.add(what);
    }

    List<String> complaints() {
        return complaints;
    }

    /** Somebody who is no worker keeps it locked for a while. */
    void isHeldByHost(UUID job) {
        heldByHost.add(job.toString());
    }

    /** These processes are silent from now on, and no others. */
    void areSilent(Set<String> processes) {
        silent = String.join(", ", processes);
    }

    /** The longest time in which something could start and did not. */
    Duration longest() {
        return longest;
    }

    /** How much later than it should a look has come. */
    Duration lag() {
        return lag;
    }

    /** How long a worker whose lease had ended has kept a job. */
    Duration longestHeld() {
        return longestHeld;
    }

    private void watch() {
        long before = System.nanoTime();
        while (stopped.getCount() > 0) {
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                while (stopped.getCount() > 0) {
                    look(connection);
                    looks++;
                    stopped.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
                    long at = System.nanoTime();
                    Duration late = Duration.ofNanos(at - before).minusMillis(PAUSE_MILLIS);
                    lag = late.compareTo(lag) > 0 ? late : lag;
                    before = at;
                }
            } catch (SQLException failed) {
                complain("the watch has failed: " + failed);
                return;
            } catch (InterruptedException never) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void look(Connection connection) throws SQLException {
        Set<String> could = new HashSet<>();
        Sql.query(
                        connection,
                        "SELECT id FROM job WHERE status = 'pending' AND limits IS NULL AND run_at <= " + now
                                + " FOR UPDATE SKIP LOCKED")
                .forEach(row -> could.add("job " + row.get(0)));
        connection.rollback();
        Set<String> freeKeys = new HashSet<>();
        Sql.query(connection, "SELECT limit_key FROM job_limit_key FOR UPDATE SKIP LOCKED")
                .forEach(row -> freeKeys.add(row.get(0)));
        connection.rollback();
        Map<String, Integer> running = new HashMap<>();
        Map<String, String> lastStart = new HashMap<>();
        Sql.query(
                        connection,
                        "SELECT limits, sum(CASE WHEN status = 'processing' THEN 1 ELSE 0 END), max(started_at) FROM job"
                                + " WHERE limits IS NOT NULL GROUP BY limits")
                .forEach(row -> {
                    running.put(row.get(0), Integer.parseInt(row.get(1)));
                    lastStart.put(row.get(0), row.get(2));
                });
        Map<String, String> due = new HashMap<>();
        Sql.query(
                        connection,
                        "SELECT limits, id FROM job WHERE status = 'pending' AND limits IS NOT NULL AND coalesce(due_at, run_at) <= "
                                + now + " FOR UPDATE SKIP LOCKED")
                .forEach(row -> due.put(row.get(0), row.get(1)));
        connection.rollback();
        // After a start of the key its wait begins anew.
        due.forEach((key, job) -> {
            if (freeKeys.contains(key) && running.getOrDefault(key, 0) < PERMITS) {
                could.add("key " + key + " after " + lastStart.get(key));
            }
        });
        Set<String> held = new HashSet<>();
        Sql.query(
                        connection,
                        "SELECT j.id FROM job j LEFT JOIN job_worker w ON w.id = j.worker_id WHERE j.status = 'processing' AND (w.id IS NULL OR w.lease_until < "
                                + now + ")")
                .forEach(row -> held.add(row.get(0)));
        held.removeAll(heldByHost);
        connection.rollback();
        long at = System.nanoTime();
        waitingSince.keySet().retainAll(could);
        heldSince.keySet().retainAll(held);
        for (String each : could) {
            Duration wait = Duration.ofNanos(at - waitingSince.computeIfAbsent(each, what -> at));
            if (wait.compareTo(longest) > 0) {
                longest = wait;
                longestOf = each + (silent.isEmpty() ? "" : ", beside " + silent);
            }
        }
        for (String each : held) {
            Duration kept = Duration.ofNanos(at - heldSince.computeIfAbsent(each, what -> at));
            longestHeld = kept.compareTo(longestHeld) > 0 ? kept : longestHeld;
        }
    }

    @Override
    public String toString() {
        return "longest wait " + longest.toMillis() + " ms (" + longestOf + "), own lag " + lag.toMillis()
                + " ms, longest held after the end of a lease " + longestHeld.toMillis() + " ms, " + looks + " looks";
    }
}
