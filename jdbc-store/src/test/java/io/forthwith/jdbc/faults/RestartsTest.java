package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.BestOfThree;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Where {@link ChaosTest} runs; with {@code -Pchaos} twenty restarts instead of three. */
@EnabledIfSystemProperty(named = "chaos.seconds", matches = "\\d+", disabledReason = "takes half a minute, or minutes")
@DisplayName("When the database is killed and restarted again and again under eight busy workers,")
class RestartsTest extends FaultTest {
    private static final int WORKERS = 8;
    private static final int RESTARTS = Boolean.getBoolean("chaos") ? 20 : 3;
    private static final Duration AWAY = Duration.ofSeconds(3);
    private static final int BATCH = 40;
    /** No more wait than a slow machine works off within a minute. */
    private static final int MOST_WAITING = 1_000;

    private final EngineLog log = new EngineLog();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private final AtomicInteger attempts = new AtomicInteger();
    private final Set<UUID> accepted = ConcurrentHashMap.newKeySet();
    private final CountDownLatch enough = new CountDownLatch(1);

    @AfterEach
    void stop() throws Exception {
        log.close();
        enough.countDown();
        server().restart();
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    @DisplayName(
            "no worker loses its jobs, no worker floods the database with calls, nothing is lost, and all workers recover by themselves")
    void restarts() throws Exception {
        for (int number = 1; number <= WORKERS; number++) {
            startWorker("w" + number);
        }
        Thread client = new Thread(this::enqueueUntilEnough, "client");
        client.start();
        List<Double> rates = new ArrayList<>();
        for (int restart = 0; restart < RESTARTS; restart++) {
            rates.add(attemptsWhileAway());
        }
        awaitUp();
        enough.countDown();
        client.join();
        await().atMost(Patience.LONG)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> Sql.query(database(), "SELECT id FROM job WHERE status <> 'completed' LIMIT 1")
                        .isEmpty());

        System.out.printf(
                Locale.ROOT,
                "%d restarts under %d workers: %d jobs accepted; attempts to connect, of each worker a second: %s%n",
                RESTARTS,
                WORKERS,
                accepted.size(),
                rates);
        History history = history();
        history.assertEachEndedOnce(accepted, JobStatus.COMPLETED);
        assertThat(history.takeOvers()).as("jobs taken from the living").isZero();
        assertThat(Sql.query(database(), "SELECT id FROM job WHERE lost_workers > 0"))
                .isEmpty();
        assertThat(log.lines("declared dead")).isEmpty();
        assertThat(rates)
                .as("attempts to connect, of each worker a second; the best of three restarts; %s", BestOfThree.load())
                .allMatch(rate -> rate <= mostAttempts());
    }

    /** To connect, of each worker a second. */
    double mostAttempts() {
        return 4;
    }

    private void startWorker(String name) {
        HikariDataSource pool = pool(5);
        Worker worker = Worker.of(JdbcJobStore.of(pool), ProcessorRegistry.of().with(ChildWorker.QUICK, job -> {
                    new CountDownLatch(1).await(10, TimeUnit.MILLISECONDS);
                    return "done";
                }))
                .name(name)
                .concurrency(4)
                .start();
        workers.add(worker);
        open.add(worker);
        open.add(pool);
    }

    private HikariDataSource pool(int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setMaximumPoolSize(connections);
        // The shortest there is: the sooner an attempt fails, the more there can be.
        config.setConnectionTimeout(250);
        return new HikariDataSource(config) {
            @Override
            public Connection getConnection() throws SQLException {
                attempts.incrementAndGet();
                return super.getConnection();
            }
        };
    }

    private void enqueueUntilEnough() {
        JobClient client = jobs();
        try {
            while (!enough.await(50, TimeUnit.MILLISECONDS)) {
                List<NewJob> batch = Stream.generate(() -> NewJob.of(ChildWorker.QUICK, ""))
                        .limit(BATCH)
                        .toList();
                try {
                    if (client.countUpTo(JobQuery.all().status(JobStatus.PENDING), MOST_WAITING)
                                    .jobs()
                            < MOST_WAITING) {
                        client.enqueueAll(batch);
                        accepted.addAll(batch.stream().map(NewJob::id).toList());
                    }
                } catch (JobStoreException away) {
                    // Not accepted, as far as it knows; the next ones will be.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitUp() {
        await().atMost(Patience.LONG)
                .until(() -> workers.stream().allMatch(worker -> worker.health().status() == WorkerHealth.Status.UP));
    }

    private void awaitProgress() {
        long before = completed();
        await().atMost(Patience.LONG)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> completed() >= before + 10 * BATCH);
    }

    private long completed() {
        return jobs().countByScan(JobQuery.all().status(JobStatus.COMPLETED));
    }

    /** Of another restart if a busy machine has spoilt one. */
    private double attemptsWhileAway() throws Exception {
        double fewest = Double.MAX_VALUE;
        for (int tried = 0; tried < BestOfThree.TRIES && fewest > mostAttempts(); tried++) {
            awaitUp();
            awaitProgress();
            fewest = Math.min(fewest, attemptsWhileAwayOnce());
        }
        return fewest;
    }

    private double attemptsWhileAwayOnce() throws Exception {
        server().kill();
        long killed = System.nanoTime();
        int before = attempts.get();
        await().atMost(AWAY.plus(Patience.LONG))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> System.nanoTime() - killed >= AWAY.toNanos());
        double seconds = (System.nanoTime() - killed) / 1e9;
        double rate = (attempts.get() - before) / seconds / WORKERS;
        server().restart();
        return rate;
    }
}
