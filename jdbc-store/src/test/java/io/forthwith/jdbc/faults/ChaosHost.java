package io.forthwith.jdbc.faults;

import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.GroupClosedException;
import io.forthwith.client.JobClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * The application around the workers of {@link Chaos}: its transactions hold locks on jobs, successors and groups for seconds, and its
 * operators delete jobs by hand and use their ids again. Thread-safe.
 */
final class ChaosHost {
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(5);
    private static final int THREADS = 2;
    private static final String ALONE = "parent_id IS NULL AND sealed IS NULL AND on_predecessor_failure IS NULL"
            + " AND has_successors = FALSE AND type = '" + ChaosWorker.TYPE.name() + "'";

    private final DataSource database;
    private final JdbcJobStore store;
    private final JobClient client;
    private final Set<UUID> accepted;
    private final Set<UUID> attempted;
    private final Set<UUID> groups = ConcurrentHashMap.newKeySet();
    private final Set<UUID> usedAgain = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> counts = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile CountDownLatch stopped = new CountDownLatch(1);

    /**
     * @param accepted the jobs that must be there
     * @param attempted the jobs that may be there
     */
    ChaosHost(DataSource database, JdbcJobStore store, Set<UUID> accepted, Set<UUID> attempted) {
        this.database = database;
        this.store = store;
        this.client = JobClient.of(store);
        this.accepted = accepted;
        this.attempted = attempted;
    }

    void start(Random seeds) {
        stopped = new CountDownLatch(1);
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seeds.nextLong());
            Thread thread = new Thread(() -> live(random), "host " + i);
            thread.start();
            threads.add(thread);
        }
    }

    /** Waits until its transactions have ended. */
    void stop() throws InterruptedException {
        stopped.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
    }

    /** Seals what is open, so that everything can end. */
    void sealAll() {
        groups.forEach(client::seal);
    }

    Map<String, Long> counts() {
        return Map.copyOf(counts);
    }

    /** The ids that belonged to another job before. */
    Set<UUID> usedAgain() {
        return usedAgain;
    }

    private void live(Random random) {
        while (stopped.getCount() > 0) {
            try {
                switch (random.nextInt(8)) {
                    case 0 -> hold("jobs locked", "status IN ('pending', 'processing')", 5, random);
                    case 1 -> hold("waiting jobs locked", "status = 'waiting'", 3, random);
                    case 2, 3 -> succeed(random);
                    case 4 -> openGroup();
                    case 5 -> fillGroup(random);
                    case 6 -> seal(random);
                    default -> delete(random);
                }
            } catch (SQLException | JobStoreException | IllegalStateException away) {
                count("calls of the host that failed");
            } catch (IllegalArgumentException | GroupClosedException gone) {
                count("jobs of the host that were refused");
            }
            rest(Duration.ofMillis(random.nextInt(300)));
        }
    }

    private void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    private void rest(Duration time) {
        try {
            stopped.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException never) {
            Thread.currentThread().interrupt();
        }
    }

    private void holdLocks(Random random) {
        rest(Duration.ofMillis(500 + random.nextInt((int) LONGEST_HOLD.toMillis() - 500)));
    }

    private List<String> some(String condition, int most, Random random) {
        List<String> ids = new ArrayList<>(
                Sql.query(database, "SELECT id FROM job WHERE " + condition + " ORDER BY id DESC LIMIT 100").stream()
                        .map(row -> row.get(0))
                        .toList());
        Collections.shuffle(ids, random);
        return ids.subList(0, Math.min(ids.size(), 1 + random.nextInt(most)));
    }

    private static String list(List<String> ids) {
        return ids.stream().map(id -> "'" + id + "'").collect(Collectors.joining(", ", "(", ")"));
    }

    private void hold(String what, String condition, int most, Random random) throws SQLException {
        List<String> ids = some(condition, most, random);
        if (!ids.isEmpty()) {
            inTransaction(random, connection -> {
                Sql.query(connection, "SELECT id FROM job WHERE id IN " + list(ids) + " ORDER BY id FOR UPDATE");
                count(what);
                holdLocks(random);
            });
        }
    }

    private void succeed(Random random) throws SQLException {
        List<String> predecessors = some(
                "status IN ('pending', 'processing', 'waiting') AND type = '" + ChaosWorker.TYPE.name() + "'",
                3,
                random);
        if (!predecessors.isEmpty()) {
            NewJob job = job(random);
            for (String predecessor : predecessors) {
                job = job.after(UUID.fromString(predecessor));
            }
            enqueue("successors enqueued", List.of(job), random);
        }
    }

    private void openGroup() {
        NewJob group = NewJob.of(ChaosWorker.GROUP, 0).maxAttempts(1).unsealed();
        attempted.add(group.id());
        groups.add(group.id());
        client.enqueue(group);
        accepted.add(group.id());
        count("groups opened");
    }

    private void fillGroup(Random random) throws SQLException {
        List<String> open = some("status = 'waiting' AND sealed = FALSE", 1, random);
        if (!open.isEmpty()) {
            UUID group = UUID.fromString(open.get(0));
            enqueue(
                    "children enqueued",
                    Stream.generate(() -> job(random).parent(group))
                            .limit(1 + random.nextInt(5))
                            .toList(),
                    random);
        }
    }

    private void seal(Random random) {
        for (String group : some("status = 'waiting' AND sealed = FALSE", 2, random)) {
            client.seal(UUID.fromString(group));
            count("groups sealed");
        }
    }

    private static NewJob job(Random random) {
        return NewJob.of(ChaosWorker.TYPE, random.nextInt(100))
                .maxAttempts(ChaosWorker.ATTEMPTS)
                .priority(random.nextInt(10));
    }

    /** In one transaction, which ends later. */
    private void enqueue(String what, List<NewJob> jobs, Random random) throws SQLException {
        List<UUID> ids = jobs.stream().map(NewJob::id).toList();
        attempted.addAll(ids);
        boolean isCommitted = inTransaction(random, connection -> {
            TransactionJobs joined = TransactionJobs.of(store.joining(connection));
            jobs.forEach(joined::enqueue);
            holdLocks(random);
        });
        if (isCommitted) {
            accepted.addAll(ids);
            counts.merge(what, (long) ids.size(), Long::sum);
        }
    }

    /** Ended jobs and others; what belongs to them stays. The ids of some that had ended are used again. */
    private void delete(Random random) throws SQLException {
        boolean haveEnded = random.nextInt(3) > 0;
        String condition =
                ALONE + (haveEnded ? " AND status IN ('completed', 'failed')" : " AND status = 'processing'");
        List<String> texts = some(condition, 5, random);
        if (texts.isEmpty()) {
            return;
        }
        List<UUID> ids = texts.stream().map(UUID::fromString).toList();
        ids.forEach(accepted::remove);
        Sql.run(database, "DELETE FROM job WHERE id IN " + list(texts) + " AND " + condition);
        counts.merge("jobs deleted by hand", (long) ids.size(), Long::sum);
        if (haveEnded && random.nextBoolean()) {
            usedAgain.addAll(ids);
            // A step that began less than a second before its job passes for its own: clocks may differ by as much.
            rest(Duration.ofMillis(1_200));
            if (stopped.getCount() == 0) {
                return;
            }
            // Their steps must run, whatever the jobs before them have left behind.
            client.enqueueAll(ids.stream()
                    .map(id -> NewJob.of(ChaosWorker.TYPE, 0)
                            .maxAttempts(ChaosWorker.ATTEMPTS)
                            .id(id))
                    .toList());
            accepted.addAll(ids);
            counts.merge("ids used again", (long) ids.size(), Long::sum);
        }
    }

    private interface Work {
        void on(Connection connection) throws SQLException;
    }

    /** Whether it was committed for sure. */
    private boolean inTransaction(Random random, Work work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            work.on(connection);
            if (random.nextInt(4) == 0) {
                connection.rollback();
                count("transactions of the host rolled back");
                return false;
            }
            connection.commit();
            count("transactions of the host committed");
            return true;
        }
    }
}
