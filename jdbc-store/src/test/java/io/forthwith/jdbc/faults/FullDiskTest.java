package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.jdbc.BestOfThree;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.Sql;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("When the disk of the database is full,")
@Tag("slow")
class FullDiskTest extends FaultTest {
    private static final Duration LEASE = Duration.ofSeconds(6);
    private static final int JOBS = 4;

    private final EngineLog log = new EngineLog();
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger starts = new AtomicInteger();
    private final AtomicInteger returns = new AtomicInteger();
    private final List<Worker> workers = new ArrayList<>();
    private HikariDataSource pool;
    private SmallDisk disk;

    @BeforeEach
    void move() throws Exception {
        disk = SmallDisk.mount();
        disk.take(database());
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url());
        config.setMaximumPoolSize(10);
        pool = new HikariDataSource(config);
    }

    @AfterEach
    void stop() throws Exception {
        log.close();
        released.countDown();
        if (disk != null) {
            disk.makeRoom();
            workers.forEach(Worker::close);
            pool.close();
            Sql.run(DurableServer.at(url().replaceFirst("/[^/?]*(\\?|$)", "/postgres$1")), "DROP DATABASE " + name());
            disk.close();
        }
    }

    private String name() {
        return url().replaceFirst(".*/", "").replaceFirst("\\?.*", "");
    }

    @BestOfThree.Test
    @DisplayName(
            "workers go on, say so, hold their results and write them once there is room; nothing is lost and nothing runs twice")
    void full() throws Exception {
        List<UUID> jobs = enqueue(ChildWorker.HOLD, JOBS);
        Worker first = start("first");
        Worker second = start("second");
        await().atMost(Patience.LONG).until(() -> starts.get() == JOBS);

        disk.fill();
        released.countDown();
        BestOfThree.within(Duration.ofSeconds(5), () -> await().until(() -> returns.get() == JOBS));
        BestOfThree.within(
                Duration.ofSeconds(5),
                () -> await().until(() ->
                        !log.lines("The store does not do its part").isEmpty()));
        long full = System.nanoTime();
        assertThatThrownBy(() -> jobs().enqueue(NewJob.of(ChildWorker.HOLD, large())))
                .isInstanceOf(JobStoreException.class)
                .extracting(thrown -> ((JobStoreException) thrown).kind())
                .isEqualTo(JobStoreException.Kind.TRANSIENT);
        await().atMost(LEASE.plus(Patience.LONG))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> System.nanoTime() - full
                        >= LEASE.multipliedBy(3).dividedBy(2).toNanos());
        assertThat(List.of(first, second))
                .extracting(worker -> worker.health().status())
                .contains(WorkerHealth.Status.DEGRADED);
        assertThat(jobs().scan(JobQuery.all())).extracting(Job::status).containsOnly(JobStatus.PROCESSING);

        disk.makeRoom();
        BestOfThree.within(Duration.ofSeconds(15), () -> awaitCompleted(JOBS, Patience.LONG));
        BestOfThree.within(
                Duration.ofSeconds(10),
                () -> await().until(() ->
                        workers.stream().allMatch(each -> each.health().status() == WorkerHealth.Status.UP)));
        history().assertEachEndedOnce(jobs, JobStatus.COMPLETED);
        assertThat(history().takeOvers()).as("jobs taken from the living").isZero();
        assertThat(starts).as("each ran once").hasValue(JOBS);
        assertThat(log.lines("declared dead")).isEmpty();
        assertThat(jobs().find(jobs().enqueue(NewJob.of(ChildWorker.HOLD, large()))
                        .id()))
                .isPresent();
    }

    private Worker start(String name) {
        Worker worker = Worker.of(JdbcJobStore.of(pool), ProcessorRegistry.of().with(ChildWorker.HOLD, this::hold))
                .name(name)
                .concurrency(JOBS / 2)
                .lease(LEASE)
                .start();
        workers.add(worker);
        return worker;
    }

    /** Its result does not fit into the pages that the tables have. */
    private Object hold(JobContext job) throws InterruptedException {
        starts.incrementAndGet();
        if (!released.await(2 * Patience.SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("never released");
        }
        returns.incrementAndGet();
        return large();
    }

    /** Text that cannot be compressed. */
    private static String large() {
        byte[] noise = new byte[100_000];
        new Random(1).nextBytes(noise);
        return Base64.getEncoder().encodeToString(noise);
    }
}
