package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.client.JobClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.jdbc.internal.operations.ListenTimeouts;
import io.forthwith.store.Added;
import io.forthwith.store.StoreHints;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Two stores on data sources of their own stand for two processes; no worker polls before the test is long over. */
@DisplayName("What one process adds on PostgreSQL")
class WakeUpsTest {
    private static final Duration SOON = Patience.LONG;

    private HikariDataSource workersPool;
    private HikariDataSource clientsPool;
    private JdbcJobStore workers;
    private WatchedDataSource watched;
    private JdbcJobStore client;
    private JobClient jobs;

    @BeforeEach
    void open() {
        TestPostgres.empty();
        workersPool = TestPostgres.pool(TestPostgres.unpooled());
        workers = JdbcJobStore.of(workersPool);
        clientsPool = TestPostgres.pool(TestPostgres.unpooled());
        watched = new WatchedDataSource(clientsPool, connection -> {});
        client = JdbcJobStore.of(watched);
        jobs = JobClient.of(client);
    }

    @AfterEach
    void close() {
        workersPool.close();
        clientsPool.close();
    }

    @Test
    @DisplayName("a worker of another starts at once, also what is released by other means")
    void starts_at_once() throws InterruptedException {
        try (Worker worker = worker()) {
            assertThat(worker.health().reasons()).isEmpty();
            NewJob job = Jobs.job();
            jobs.enqueue(job);
            assertCompletes(job.id());

            Sql.run(clientsPool, "UPDATE job SET status = 'failed'");
            jobs.retry(job.id());
            assertCompletes(job.id());

            NewJob first = NewJob.of(Jobs.TYPE, "").queue("not_served");
            NewJob after = Jobs.job().after(first).onPredecessorFailure(PredecessorFailurePolicy.RUN);
            jobs.enqueueAll(List.of(first, after));
            jobs.cancel(first.id());
            assertCompletes(after.id());
        }
    }

    @Test
    @DisplayName(
            "is announced by the commit of the job itself after a pause, and otherwise by a statement that follows")
    void within_the_commit() {
        AtomicInteger told = new AtomicInteger();
        try (StoreHints.Subscription subscription = workers.onAdded(told::incrementAndGet)) {
            assertThat(subscription).isNotNull();
            Awaitility.await().atMost(SOON).until(workers::hearsOthers);
            NewJob job = Jobs.job();

            // Once more if another program has kept the lock of notifications for 20 ms.
            Awaitility.await().atMost(SOON).until(() -> {
                watched.statements().clear();
                told.set(0);
                JdbcJobStore.of(watched).add(Jobs.encoded(Jobs.job()));
                Awaitility.await().atMost(SOON).until(() -> told.get() > 0);
                return watched.statements("RETURNING") == 1 && watched.statements("pg_notify") == 1;
            });
            client.add(Jobs.encoded(job));
            assertThat(client.add(Jobs.encoded(job)))
                    .as("the same job again")
                    .extracting(Added::outcome)
                    .containsExactly(Added.Outcome.ID_EXISTS);
            watched.statements().clear();
            // Of two jobs at once, one finds no pause.
            Awaitility.await().atMost(SOON).until(() -> {
                client.add(Jobs.encoded(Jobs.job()));
                client.add(Jobs.encoded(Jobs.job()));
                return watched.statements("SELECT set_config") > 0;
            });
        }
    }

    @Test
    @DisplayName("inside a transaction of the host's is not told of before the host says so, after its commit")
    void joined() throws SQLException, InterruptedException {
        AtomicInteger told = new AtomicInteger();
        try (Worker worker = worker();
                StoreHints.Subscription subscription = workers.onAdded(told::incrementAndGet);
                Connection connection = clientsPool.getConnection()) {
            assertThat(worker.health().reasons()).isEmpty();
            assertThat(subscription).isNotNull();
            told.set(0);
            connection.setAutoCommit(false);
            NewJob job = Jobs.job();
            TransactionJobs.of(client.joining(connection)).enqueue(job);
            connection.commit();
            assertThat(watched.statements("pg_notify")).isZero();
            assertThat(told).hasValue(0);

            jobs.wake();

            assertCompletes(job.id());
        }
    }

    @Test
    @DisplayName("by hand is announced by hand")
    void stranger() throws InterruptedException {
        UUID id = UUID.randomUUID();
        try (Worker worker = worker()) {
            assertThat(worker.health().reasons()).isEmpty();
            Sql.run(clientsPool, "INSERT INTO job (id, type) VALUES ('" + id + "', '" + Jobs.TYPE.name() + "')");

            Sql.run(clientsPool, "SELECT pg_notify('forthwith_' || 'job'::regclass::oid, '')");

            assertCompletes(id);
        }
    }

    @Test
    @DisplayName("in a burst of 1,000 calls is announced at most 50 times a second, and no job is missed")
    void coalesced() throws InterruptedException {
        try (Worker worker = worker()) {
            assertThat(worker.health().reasons()).isEmpty();
            long start = System.nanoTime();
            ExecutorService threads = Executors.newFixedThreadPool(4);
            for (int i = 0; i < 1_000; i++) {
                threads.execute(() -> jobs.enqueue(Jobs.job()));
            }
            threads.shutdown();
            assertThat(threads.awaitTermination(Patience.SECONDS, TimeUnit.SECONDS))
                    .isTrue();

            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> jobs.countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == 1_000);
            // Counted before the time is taken: a pause in between allows more, and finds no more.
            long announced = watched.statements("pg_notify");
            long windows = Duration.ofNanos(System.nanoTime() - start).toMillis() / 20;
            assertThat(announced).isBetween(1L, windows + 1);
        }
    }

    @Test
    @DisplayName("does not wake that process a second time")
    void own_signals() {
        AtomicInteger told = new AtomicInteger();
        try (StoreHints.Subscription subscription = client.onAdded(told::incrementAndGet)) {
            assertThat(subscription).isNotNull();
            Awaitility.await().atMost(SOON).until(client::hearsOthers);
            told.set(0);
            client.add(Jobs.encoded(Jobs.job()));
            Awaitility.await().atMost(SOON).until(() -> watched.statements("pg_notify") >= 2);

            // What others say comes after what we have said.
            workers.add(Jobs.encoded(Jobs.job()));

            Awaitility.await().atMost(SOON).until(() -> told.get() > 1);
            assertThat(told)
                    .as("the hint of the process itself, and that of the other")
                    .hasValue(2);
        }
    }

    @Test
    @DisplayName(
            "in one schema or under one prefix wakes no worker of another, even where the tables have the same names")
    void channels() {
        DataSource database = TestPostgres.newDatabase("channels");
        JdbcSchema.migrate(database);
        Sql.run(database, "CREATE SCHEMA \"Other\"");
        JdbcSchema.migrate(database, "Other", "");
        JdbcSchema.migrate(database, null, "x_");
        JdbcJobStore plain = JdbcJobStore.of(database);
        JdbcJobStore samePlain = JdbcJobStore.of(database).schema("public");
        JdbcJobStore otherSchema = JdbcJobStore.of(database).schema("Other");
        JdbcJobStore otherPrefix = JdbcJobStore.of(database).tablePrefix("x_");
        AtomicInteger told = new AtomicInteger();
        try (StoreHints.Subscription subscription = plain.onAdded(told::incrementAndGet)) {
            assertThat(subscription).isNotNull();
            Awaitility.await().atMost(SOON).until(plain::hearsOthers);
            told.set(0);
            for (JdbcJobStore other : List.of(otherSchema, otherPrefix)) {
                AtomicInteger arrived = new AtomicInteger();
                StoreHints.Subscription theirs = JdbcJobStore.of(database)
                        .schema(other == otherSchema ? "Other" : "public")
                        .tablePrefix(other == otherPrefix ? "x_" : "")
                        .onAdded(arrived::incrementAndGet);
                Awaitility.await().atMost(SOON).until(() -> arrived.get() == 1);
                other.add(Jobs.encoded(Jobs.job()));
                Awaitility.await().atMost(SOON).until(() -> arrived.get() == 2);
                theirs.close();
            }

            samePlain.add(Jobs.encoded(Jobs.job()));

            Awaitility.await().atMost(SOON).until(() -> told.get() > 0);
            assertThat(told).hasValue(1);
        }
    }

    @Test
    @DisplayName(
            "is listened for on one connection, which goes back when the last worker of the store has closed, with its thread")
    void ends() throws SQLException {
        // Unless it is told to end, it listens for an hour before it does something else.
        workers = JdbcJobStore.of(workersPool).listenTimeouts(new ListenTimeouts(Patience.FOREVER, SOON));
        long threadsBefore = threads("forthwith-listen");
        Worker first = worker();
        Worker second = worker();
        assertThat(threads("forthwith-listen")).isEqualTo(threadsBefore + 1);
        assertThat(listening()).isEqualTo(1);
        String session = Sql.query(clientsPool, "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
                .get(0)
                .get(0);
        first.close();
        assertThat(workers.hearsOthers()).isTrue();

        second.close();

        Awaitility.await()
                .atMost(SOON)
                .until(() -> !workers.hearsOthers() && threads("forthwith-listen") == threadsBefore);
        Awaitility.await()
                .atMost(SOON)
                .until(() -> workersPool.getHikariPoolMXBean().getActiveConnections() == 0);
        assertThat(listeningByConnection())
                .as("the connection is still in the pool, and none listens")
                .containsKey(session)
                .containsValue(0)
                .doesNotContainValue(1);
        Awaitility.await().atMost(SOON).until(() -> threads("forthwith-notify") == 0);
    }

    @Test
    @DisplayName("is waited for in silence, broken once in ten seconds or so to see whether anything would be heard")
    void silence() {
        Duration silence = Duration.ofMillis(200);
        JdbcJobStore asking = client.listenTimeouts(new ListenTimeouts(silence, SOON));
        AtomicInteger told = new AtomicInteger();
        try (StoreHints.Subscription other = workers.onAdded(told::incrementAndGet);
                StoreHints.Subscription subscription = asking.onAdded(() -> {})) {
            assertThat(List.of(other, subscription)).doesNotContainNull();
            Awaitility.await().atMost(SOON).until(() -> workers.hearsOthers() && asking.hearsOthers());
            told.set(0);
            long start = System.nanoTime();
            long before = watched.statements().size();

            Awaitility.await().atMost(SOON).until(() -> watched.statements().size() >= before + 6);

            // Counted before the time is taken: a pause in between allows more, and finds no more.
            long asked = watched.statements().size() - before;
            assertThat(asked - 1)
                    .as("silences between the statements")
                    .isLessThanOrEqualTo(
                            Duration.ofNanos(System.nanoTime() - start).dividedBy(silence));
            assertThat(asking.hearsOthers()).isTrue();
            assertThat(ListenTimeouts.STANDARD.silence()).isEqualTo(Duration.ofSeconds(10));
            asking.wake();
            Awaitility.await().atMost(SOON).until(() -> told.get() > 0);
            assertThat(told).as("by the jobs alone, not by the asking").hasValue(1);
        }
    }

    private Worker worker() {
        Worker worker = Worker.of(workers, ProcessorRegistry.of().with(Jobs.TYPE, job -> null))
                .pollInterval(Duration.ofHours(1))
                .start();
        Awaitility.await().atMost(SOON).until(workers::hearsOthers);
        return worker;
    }

    private void assertCompletes(UUID id) throws InterruptedException {
        assertThat(jobs.await(id, SOON)).get().extracting(job -> job.status()).isEqualTo(JobStatus.COMPLETED);
    }

    /** How many channels each connection of the pool listens to. */
    private Map<String, Integer> listeningByConnection() throws SQLException {
        Map<String, Integer> channels = new HashMap<>();
        List<Connection> borrowed = new ArrayList<>();
        try {
            for (int left = workersPool.getHikariPoolMXBean().getTotalConnections(); left > 0; left--) {
                Connection connection = workersPool.getConnection();
                borrowed.add(connection);
                List<String> row = Sql.query(
                                connection, "SELECT pg_backend_pid(), (SELECT count(*) FROM pg_listening_channels())")
                        .get(0);
                channels.put(row.get(0), Integer.valueOf(row.get(1)));
            }
        } finally {
            for (Connection connection : borrowed) {
                connection.close();
            }
        }
        return channels;
    }

    private long listening() {
        return Long.parseLong(Sql.query(clientsPool, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
                .get(0)
                .get(0));
    }

    private static long threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .count();
    }
}
