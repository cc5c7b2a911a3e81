package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.BestOfThree;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("A worker that lives and has lost the session with which it signs")
@Tag("slow")
class LostSessionsTest extends FaultTest {
    /** A quarter of it, from beat to beat, is longer than it takes to look twice. */
    private static final Duration LONG = Duration.ofSeconds(12);

    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final int TIMES = 2;
    /** Twice as many as the pool has connections. */
    private static final int HOSTS = 12;

    private static final String SIGNED = "name = 'holder' AND backend_pid IS NOT NULL";

    private final EngineLog log = new EngineLog();
    private final List<ReachableStore> stores = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void stop() throws Exception {
        log.close();
        released.countDown();
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private HikariDataSource worker(String name, Duration lease, ProcessorRegistry processors) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setMaximumPoolSize(6);
        HikariDataSource pool = new HikariDataSource(config);
        ReachableStore store = new ReachableStore(JdbcJobStore.of(pool));
        stores.add(store);
        Worker worker =
                Worker.of(store.store(), processors).name(name).lease(lease).start();
        open.add(worker);
        open.add(pool);
        return pool;
    }

    private void awaitRow(String condition) {
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> Sql.query(database(), "SELECT id FROM job_worker WHERE " + condition)
                                .size()
                        == 1);
    }

    /** How often the two have looked whether there is anything to take over. */
    private int takeOvers() {
        return stores.stream()
                .mapToInt(store -> store.calls("takeOver") + store.calls("takeOverEnded"))
                .sum();
    }

    @BestOfThree.Test
    @DisplayName("keeps its jobs while its pool is full and others wait for a connection too")
    void terminated_with_a_full_pool() throws Exception {
        HikariDataSource pool = worker("holder", LONG, ProcessorRegistry.of().with(ChildWorker.HOLD, job -> {
            released.await();
            return "done";
        }));
        UUID job = enqueue(ChildWorker.HOLD, 1).get(0);
        worker("observer", SHORT, ProcessorRegistry.of().with(ChildWorker.QUICK, done -> "done"));
        awaitRow("name = 'observer' AND started_at < now() - interval '" + SHORT.toSeconds() + " seconds'");
        awaitRow(SIGNED);
        for (int host = 0; host < HOSTS; host++) {
            Thread thread = new Thread(() -> borrowAgainAndAgain(pool), "host-" + host);
            thread.setDaemon(true);
            thread.start();
        }
        await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() > HOSTS / 2);

        assertThat(Sql.query(database(), "SELECT pg_terminate_backend(backend_pid) FROM job_worker WHERE " + SIGNED))
                .containsExactly(List.of("t"));

        int looks = takeOvers();
        await().until(() -> takeOvers() >= looks + 12);
        assertThat(jobs().find(job).orElseThrow().lostWorkers()).isZero();
        released.countDown();
        BestOfThree.within(Duration.ofSeconds(20), () -> awaitCompleted(1, Patience.LONG));
        assertThat(history().takeOvers()).isZero();
        assertThat(log.lines("declared dead")).isEmpty();
    }

    /** As an application does whose transactions take long. */
    private void borrowAgainAndAgain(HikariDataSource pool) {
        try {
            while (released.getCount() > 0) {
                try (Connection connection = pool.getConnection()) {
                    if (released.await(2, TimeUnit.SECONDS)) {
                        return;
                    }
                    assertThat(connection).isNotNull();
                }
            }
        } catch (SQLException | InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @BestOfThree.Test
    @DisplayName("keeps its jobs, as often as that happens, and signs with the next one")
    void terminated() throws Exception {
        worker("holder", LONG, ProcessorRegistry.of().with(ChildWorker.HOLD, job -> {
            released.await();
            return "done";
        }));
        UUID job = enqueue(ChildWorker.HOLD, 1).get(0);
        await().until(() -> jobs().find(job).orElseThrow().status() == JobStatus.PROCESSING);
        worker("observer", SHORT, ProcessorRegistry.of().with(ChildWorker.QUICK, done -> "done"));
        // It takes over once its own lease has been good for so long.
        awaitRow("name = 'observer' AND started_at < now() - interval '" + SHORT.toSeconds() + " seconds'");
        for (int time = 0; time < TIMES; time++) {
            awaitRow(SIGNED);
            assertThat(Sql.query(
                            database(), "SELECT pg_terminate_backend(backend_pid) FROM job_worker WHERE " + SIGNED))
                    .containsExactly(List.of("t"));
            int looks = takeOvers();
            await().until(() -> takeOvers() >= looks + 4);
        }
        assertThat(jobs().find(job).orElseThrow().lostWorkers()).isZero();
        released.countDown();
        BestOfThree.within(Duration.ofSeconds(10), () -> awaitCompleted(1, Patience.LONG));
        History history = history();
        history.assertEachEndedOnce(List.of(job), JobStatus.COMPLETED);
        assertThat(history.takeOvers()).isZero();
        assertThat(log.lines("declared dead")).isEmpty();
    }
}
