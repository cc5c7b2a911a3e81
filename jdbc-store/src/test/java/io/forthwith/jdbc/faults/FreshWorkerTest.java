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
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** All sessions of all workers end at once. That looks as if all workers had died. */
@Tag("slow")
@DisplayName("A worker that has just started takes nothing from eight busy ones")
class FreshWorkerTest extends FaultTest {
    private static final int WORKERS = 8;
    private static final int BATCH = 40;
    private static final int LOOKS = 6;
    private static final Duration LONG = Patience.LONG;

    private final EngineLog log = new EngineLog();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final CountDownLatch enough = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private Standby standby;
    private Thread client;
    private int fresh;

    @AfterEach
    void stop() throws Exception {
        enough.countDown();
        released.countDown();
        client.join();
        server().restart();
        for (AutoCloseable each : open) {
            each.close();
        }
        log.close();
        if (standby != null) {
            standby.close();
        }
    }

    @Test
    @DisplayName("when one session is killed, and the server restarts them all")
    void one_session_is_killed() throws Exception {
        eightAreBusy(url());
        List<String> sessions = Sql.query(
                        database(),
                        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                                + " ORDER BY pid LIMIT 1")
                .get(0);
        ReachableStore looker = startFresh(url());
        assertThat(new ProcessBuilder("kill", "-KILL", sessions.get(0)).start().waitFor())
                .isZero();
        startFresh(url());
        assertNobodyIsLost(url(), looker);
    }

    @Test
    @DisplayName("when the server is killed and started again")
    void server_is_restarted() throws Exception {
        eightAreBusy(url());
        ReachableStore looker = startFresh(url());
        server().kill();
        server().restart();
        startFresh(url());
        assertNobodyIsLost(url(), looker);
    }

    @Test
    @DisplayName("when a standby is promoted in place of its server")
    void standby_is_promoted() throws Exception {
        standby = Standby.start();
        eightAreBusy(standby.url());
        ReachableStore looker = startFresh(standby.url());
        standby.takesOver();
        startFresh(standby.url());
        assertNobodyIsLost(standby.url(), looker);
    }

    private void eightAreBusy(String url) {
        for (int number = 1; number <= WORKERS; number++) {
            open.add(0, start("w" + number, JdbcJobStore.of(pool(url))));
        }
        JobClient jobs = JobClient.of(JdbcJobStore.of(pool(url)));
        // These do not end, so that there is something to take all the time.
        jobs.enqueueAll(Stream.generate(() -> NewJob.of(ChildWorker.HOLD, ""))
                .limit(WORKERS)
                .toList());
        client = new Thread(() -> enqueueUntilEnough(jobs), "client");
        client.start();
        await().atMost(LONG)
                .until(() -> Sql.query(
                                        DurableServer.at(url),
                                        "SELECT id FROM job_worker WHERE backend_pid IS NOT NULL AND server_epoch IS NOT NULL")
                                .size()
                        == WORKERS);
        assertThat(jobs.countByScan(JobQuery.all().status(JobStatus.PROCESSING)))
                .isGreaterThanOrEqualTo(WORKERS);
    }

    private Worker start(String name, JobStore store) {
        return Worker.of(
                        store,
                        ProcessorRegistry.of()
                                .with(ChildWorker.QUICK, job -> {
                                    new CountDownLatch(1).await(10, TimeUnit.MILLISECONDS);
                                    return "done";
                                })
                                .with(ChildWorker.HOLD, job -> {
                                    released.await();
                                    return "done";
                                }))
                .name(name)
                .concurrency(4)
                .start();
    }

    /** It may not get in at once. */
    private ReachableStore startFresh(String url) {
        HikariDataSource pool = pool(url);
        String name = "fresh" + ++fresh;
        AtomicReference<ReachableStore> store = new AtomicReference<>();
        await().atMost(LONG).ignoreExceptionsInstanceOf(JobStoreException.class).until(() -> {
            store.set(new ReachableStore(JdbcJobStore.of(pool)));
            open.add(0, start(name, store.get().store()));
            return true;
        });
        return store.get();
    }

    private HikariDataSource pool(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(5);
        config.setConnectionTimeout(1_000);
        config.setInitializationFailTimeout(-1);
        HikariDataSource pool = new HikariDataSource(config);
        open.add(pool);
        return pool;
    }

    private void enqueueUntilEnough(JobClient jobs) {
        try {
            while (!enough.await(50, TimeUnit.MILLISECONDS)) {
                try {
                    jobs.enqueueAll(Stream.generate(() -> NewJob.of(ChildWorker.QUICK, ""))
                            .limit(BATCH)
                            .toList());
                } catch (JobStoreException away) {
                    // The next ones will be accepted.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void assertNobodyIsLost(String url, ReachableStore looker) {
        DataSource database = DurableServer.at(url);
        int looks = looker.calls("takeOverEnded") + looker.calls("takeOver");
        await().atMost(LONG).until(() -> looker.calls("takeOverEnded") + looker.calls("takeOver") >= looks + LOOKS);
        await().atMost(LONG)
                .ignoreExceptions()
                .until(() -> Sql.query(
                                        database,
                                        "SELECT id FROM job_worker WHERE lease_until > now() + interval '10 seconds'"
                                                + " AND backend_pid IN (SELECT pid FROM pg_stat_activity)")
                                .size()
                        == WORKERS + fresh);
        assertThat(Sql.query(database, "SELECT id FROM job WHERE lost_workers > 0"))
                .isEmpty();
        assertThat(log.lines("declared dead")).isEmpty();
        assertThat(log.lines("taken over")).isEmpty();
    }
}
