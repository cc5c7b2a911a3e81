package io.forthwith.jdbc.faults;

import io.forthwith.ActResult;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.Sql;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.SequencePlace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * Adds jobs to sequences, and lets operators retry and skip what has failed. Some sequences belong to one thread, so that it is known in which order they were added, and to the
 * others all threads of all processes add at once. Thread-safe.
 */
final class SequenceLoad {
    /** How many threads have sequences of their own. */
    static final int THREADS = 2;

    private static final int OWN = 10;
    private static final int SHARED = 10;
    private static final int MOST_WAITING = 15;
    private static final int JOBS_OF_A_CALL = 4;

    private final DataSource database;
    private final JobClient client;
    private final Consumer<String> count;
    private final Set<UUID> accepted = ConcurrentHashMap.newKeySet();
    private final Map<String, List<UUID>> inOrder = new ConcurrentHashMap<>();

    /** @param count hears what has been done */
    SequenceLoad(DataSource database, JobClient client, Consumer<String> count) {
        this.database = database;
        this.client = client;
        this.count = count;
    }

    private static String own(int thread, Random random) {
        return "own" + thread + "-" + random.nextInt(OWN);
    }

    /** Any of the sequences that one thread adds to. */
    static String key(Random random) {
        return own(random.nextInt(THREADS), random);
    }

    /** Says to all processes whether jobs are to be added. */
    static void let(DataSource database, boolean isOn) {
        Sql.run(database, "DELETE FROM sequence_load");
        if (isOn) {
            Sql.run(database, "INSERT INTO sequence_load VALUES (1)");
        }
    }

    static void install(DataSource database) {
        Sql.run(database, "CREATE TABLE sequence_load (is_on INT)");
    }

    Set<UUID> accepted() {
        return accepted;
    }

    /** The jobs of each sequence of one thread, in the order in which it has added them. */
    Map<String, List<UUID>> inOrder() {
        Map<String, List<UUID>> copy = new HashMap<>();
        inOrder.forEach((key, jobs) -> copy.put(key, List.copyOf(jobs)));
        return copy;
    }

    /** What the thread of this number does again and again; in a thread that has no sequences of its own, any other number. */
    Adder adder(int thread) {
        return new Adder(thread);
    }

    /** Of a process that may be killed: it adds as long as it lives. */
    void addForever(Random random) {
        Adder adder = adder(THREADS);
        CountDownLatch never = new CountDownLatch(1);
        Thread thread = new Thread(
                () -> {
                    try {
                        while (!never.await(50 + random.nextInt(400), TimeUnit.MILLISECONDS)) {
                            tryToAdd(adder, random);
                        }
                    } catch (InterruptedException end) {
                        Thread.currentThread().interrupt();
                    }
                },
                "adds to sequences");
        thread.setDaemon(true);
        thread.start();
    }

    private void tryToAdd(Adder adder, Random random) {
        try {
            if (!Sql.query(database, "SELECT is_on FROM sequence_load").isEmpty()) {
                adder.add(random);
            }
        } catch (JobStoreException | IllegalStateException away) {
            count.accept("calls that failed");
        }
    }

    /** Not thread-safe. */
    final class Adder {
        private final int thread;
        private Map<String, Integer> waiting = Map.of();
        private int calls;

        private Adder(int thread) {
            this.thread = thread;
        }

        void add(Random random) {
            if (calls++ % 10 == 0) {
                look();
            }
            List<NewJob> jobs = new ArrayList<>();
            String same = key(random);
            boolean isOneSequence = random.nextBoolean();
            for (int i = 1 + random.nextInt(JOBS_OF_A_CALL); i > 0; i--) {
                String key = isOneSequence ? same : key(random);
                if (waiting.getOrDefault(key, 0) < MOST_WAITING) {
                    jobs.addAll(jobs(key, random));
                }
            }
            if (jobs.isEmpty()) {
                look();
                return;
            }
            client.enqueueAll(jobs);
            List<UUID> added = new ArrayList<>();
            for (NewJob job : jobs) {
                accepted.add(job.id());
                SequencePlace sequence = job.sequence();
                if (sequence != null) {
                    added.add(job.id());
                    count.accept("jobs of sequences");
                    if (sequence.key().startsWith("own") && job.predecessors().isEmpty()) {
                        inOrder.computeIfAbsent(sequence.key(), key -> new CopyOnWriteArrayList<>())
                                .add(job.id());
                    }
                }
            }
            SequenceTrace.returned(database, SequenceTrace.ADDED, added);
        }

        private String key(Random random) {
            return thread < THREADS && random.nextInt(3) > 0 ? own(thread, random) : "shared-" + random.nextInt(SHARED);
        }

        private void look() {
            Map<String, Integer> counted = new HashMap<>();
            for (List<String> row : Sql.query(
                    database,
                    "SELECT sequence_key, count(*) FROM job WHERE status IN ('pending', 'waiting') AND sequence_key IS NOT NULL"
                            + " GROUP BY sequence_key")) {
                counted.put(row.get(0), Integer.valueOf(row.get(1)));
            }
            waiting = counted;
        }
    }

    /** A job, perhaps with one that it waits for. */
    private static List<NewJob> jobs(String key, Random random) {
        SequenceFailurePolicy[] policies = SequenceFailurePolicy.values();
        NewJob job = NewJob.of(
                        random.nextInt(40) == 0 ? LimitChaosWorker.LIMITED_TYPE : LimitChaosWorker.SEQUENCED,
                        random.nextInt(10_000))
                .maxAttempts(LimitChaosWorker.ATTEMPTS)
                .priority(3 + random.nextInt(7))
                .sequence(key, policies[random.nextInt(policies.length)]);
        if (random.nextInt(4) == 0) {
            job = job.limit(LimitChaosWorker.LIMITS.get(random.nextInt(3)).name(), "s" + random.nextInt(3));
        }
        if (random.nextInt(20) == 0) {
            job = job.delay(Duration.ofMillis(random.nextInt(500)));
        }
        if (random.nextInt(5) == 0) {
            job = job.queue(LimitChaosWorker.OTHER_QUEUE);
        }
        if (random.nextInt(40) == 0) {
            job = job.expiresAfter(Duration.ofMillis(1 + random.nextInt(2_000)));
        }
        if (random.nextInt(40) == 0) {
            NewJob before = NewJob.of(LimitChaosWorker.TYPE, random.nextInt(10_000));
            return List.of(before, job.after(before));
        }
        return List.of(job);
    }

    void operate(Random random) {
        switch (random.nextInt(4)) {
            case 0 -> cancel(random);
            case 1 -> retryPassed(random);
            default -> {
                for (BlockedSequence blocked : client.limits().blocked(null, 50)) {
                    if (random.nextInt(3) == 0) {
                        retry(blocked.jobId());
                    } else if (random.nextBoolean()) {
                        skip(blocked.jobId());
                    }
                }
            }
        }
    }

    /** Skips all that block their sequences. */
    void skipAll() {
        client.limits().blocked(null, 1_000).forEach(blocked -> skip(blocked.jobId()));
    }

    private void skip(UUID job) {
        if (client.limits().skip(job)) {
            count.accept("skipped jobs");
        }
    }

    private void retry(UUID job) {
        if (client.retry(job).outcome() == ActResult.Outcome.DONE) {
            SequenceTrace.returned(database, SequenceTrace.RETRIED, List.of(job));
            count.accept("retried jobs");
        }
    }

    /** Jobs that others have already passed. */
    private void retryPassed(Random random) {
        some("status = 'failed' AND sequence_failure <> 'block'", random).forEach(this::retry);
    }

    private void cancel(Random random) {
        for (UUID job : some("status IN ('pending', 'processing')", random)) {
            client.cancel(job);
            count.accept("cancelled jobs of sequences");
        }
    }

    private List<UUID> some(String condition, Random random) {
        List<UUID> jobs = Sql.query(
                        database, "SELECT id FROM job WHERE sequence_key IS NOT NULL AND " + condition + " LIMIT 200")
                .stream()
                .map(row -> UUID.fromString(row.get(0)))
                .toList();
        return jobs.isEmpty()
                ? List.of()
                : List.of(jobs.get(random.nextInt(jobs.size())), jobs.get(random.nextInt(jobs.size())));
    }
}
