package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.internal.operations.ListenTimeouts;
import io.forthwith.store.Added;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

@DisplayName("A hint between processes is only a hint:")
class WakeUpFaultsTest {
    private static final Duration SOON = Patience.LONG;
    private static final ListenTimeouts QUICK = new ListenTimeouts(Duration.ofMillis(200), Duration.ofMillis(500));

    private DataSource database;
    private WatchedDataSource elsewhere;
    private JobClient jobs;

    @BeforeEach
    void open() {
        TestPostgres.empty();
        database = TestPostgres.unpooled();
        elsewhere = new WatchedDataSource(database, connection -> {});
        jobs = JobClient.of(JdbcJobStore.of(elsewhere));
    }

    @Test
    @DisplayName(
            "when the listening session is ended, it listens again and finds what was added in between, without a word")
    void terminated() throws InterruptedException {
        AtomicReference<CountDownLatch> barrier = new AtomicReference<>(new CountDownLatch(0));
        JdbcJobStore store = JdbcJobStore.of(Lending.of(database, () -> {
            if (isListener()) {
                await(barrier.get());
            }
        }));
        try (StoreLog log = new StoreLog();
                Worker worker = worker(store, Duration.ofHours(1))) {
            assertThat(worker.health().reasons()).isEmpty();
            Awaitility.await().atMost(SOON).until(store::hearsOthers);
            barrier.set(new CountDownLatch(1));
            Sql.query(
                    database,
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'LISTEN forthwith%'");
            Awaitility.await().atMost(SOON).until(() -> !store.hearsOthers());
            NewJob missed = Jobs.job();
            jobs.enqueue(missed);
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> elsewhere.statements("pg_notify") == 1 && elsewhere.open() == 0);
            assertThat(jobs.find(missed.id()).orElseThrow().status()).isEqualTo(JobStatus.PENDING);

            barrier.get().countDown();

            assertCompletes(missed.id());
            Awaitility.await().atMost(SOON).until(store::hearsOthers);
            assertCompletes(jobs.enqueue(Jobs.job()).id());
            assertThat(log.lines()).isEmpty();
        }
    }

    @Test
    @DisplayName("whatever the pool or the log throws, it goes on listening")
    void errors() throws InterruptedException {
        AtomicInteger refusals = new AtomicInteger();
        JdbcJobStore store = JdbcJobStore.of(Lending.of(database, () -> {
            if (isListener() && refusals.incrementAndGet() <= 2) {
                throw new OutOfMemoryError("of the pool");
            }
        }));
        try (BrokenLog log = new BrokenLog();
                Worker worker = worker(store, Duration.ofHours(1))) {
            assertThat(worker.health().reasons()).isEmpty();
            Awaitility.await().atMost(SOON).until(store::hearsOthers);
            assertThat(log.refused()).isPositive();
            assertCompletes(jobs.enqueue(Jobs.job()).id());
        }
    }

    @Test
    @DisplayName("a connection that has become deaf without closing is noticed and replaced")
    void half_open() throws IOException, InterruptedException {
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port())) {
            PGSimpleDataSource through = new PGSimpleDataSource();
            through.setURL("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
            JdbcJobStore store = JdbcJobStore.of(through).listenTimeouts(QUICK);
            try (Worker worker = worker(store, Duration.ofHours(1))) {
                assertThat(worker.health().reasons()).isEmpty();
                Awaitility.await().atMost(SOON).until(store::hearsOthers);

                proxy.deafenListeners();
                UUID id = jobs.enqueue(Jobs.job()).id();

                assertCompletes(id);
            }
        }
    }

    @Test
    @DisplayName("when all connections of the pool have become deaf without closing, others are soon heard again")
    void all_half_open() throws IOException {
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port())) {
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
            config.setValidationTimeout(250);
            config.setMaximumPoolSize(4);
            try (HikariDataSource pool = new HikariDataSource(config)) {
                JdbcJobStore store = JdbcJobStore.of(pool).listenTimeouts(QUICK);
                AtomicInteger told = new AtomicInteger();
                try (StoreHints.Subscription subscription = store.onAdded(told::incrementAndGet)) {
                    assertThat(subscription).isNotNull();
                    Awaitility.await().atMost(SOON).until(store::hearsOthers);
                    // A connection that became deaf while it is made would hold up the pool, and not us.
                    Awaitility.await()
                            .atMost(SOON)
                            .until(() -> pool.getHikariPoolMXBean().getTotalConnections() == 4);

                    proxy.deafen();

                    Awaitility.await().atMost(SOON).until(() -> !store.hearsOthers());
                    Awaitility.await().atMost(SOON).until(store::hearsOthers);
                    int before = told.get();
                    jobs.enqueue(Jobs.job());
                    Awaitility.await().atMost(SOON).until(() -> told.get() > before);
                }
            }
        }
    }

    @Test
    @DisplayName("a database that is still starting up is listened to as soon as it is up")
    void starting_up() {
        AtomicInteger refused = new AtomicInteger();
        JdbcJobStore store = JdbcJobStore.of(Lending.of(database, () -> {
            if (isListener() && refused.incrementAndGet() <= 3) {
                throw new SQLException("the database system is starting up", "57P03");
            }
        }));
        try (StoreHints.Subscription subscription = store.onAdded(() -> {})) {
            assertThat(subscription).isNotNull();
            Awaitility.await().atMost(SOON).until(store::hearsOthers);
        }
        assertThat(refused.get()).isEqualTo(4);
    }

    @Test
    @DisplayName(
            "behind a pooler that gives every transaction another session it polls, says so once and holds no connection")
    void pooled_transactions() throws InterruptedException, SQLException {
        List<Connection> sessions = new CopyOnWriteArrayList<>();
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        JdbcJobStore store = JdbcJobStore.of(Lending.perStatement(watched, WakeUpFaultsTest::isListener, sessions))
                .listenTimeouts(QUICK);
        try (StoreLog log = new StoreLog();
                Worker worker = worker(store, Duration.ofMillis(50))) {
            assertThat(worker.health().reasons()).isEmpty();
            Awaitility.await().atMost(SOON).until(() -> !log.lines().isEmpty());
            assertThat(store.hearsOthers()).isFalse();
            assertCompletes(jobs.enqueue(Jobs.job()).id());
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .contains("found by polling only")
                    .contains("pooler in transaction mode");
        }
        for (Connection session : sessions) {
            assertThat(Sql.query(session, "SELECT pg_listening_channels()"))
                    .as("channels that a session still listens to without a listener")
                    .noneMatch(channel -> channel.get(0).matches("forthwith_\\d+"));
            session.close();
        }
        Awaitility.await().atMost(SOON).until(() -> watched.open() == 0);
    }

    @Test
    @DisplayName("a pool that is too small for a listener gets its connection back")
    void pool_of_one() throws InterruptedException {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database);
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config);
                StoreLog log = new StoreLog()) {
            JdbcJobStore store = JdbcJobStore.of(pool).listenTimeouts(QUICK);
            try (Worker worker = worker(store, Duration.ofMillis(50))) {
                assertThat(worker.health().reasons()).isEmpty();
                assertCompletes(jobs.enqueue(Jobs.job()).id());
                Awaitility.await().atMost(SOON).until(() -> log.lines().size() == 1);
                assertCompletes(jobs.enqueue(Jobs.job()).id());
            }
        }
    }

    @Test
    @DisplayName("a data source that does not show its driver leaves it at polling, said once")
    void not_unwrappable() throws InterruptedException {
        JdbcJobStore store = JdbcJobStore.of(Lending.opaque(database));
        try (StoreLog log = new StoreLog();
                Worker worker = worker(store, Duration.ofMillis(50))) {
            assertThat(worker.health().reasons()).isEmpty();
            assertCompletes(jobs.enqueue(Jobs.job()).id());
            Awaitility.await().atMost(SOON).until(() -> !log.lines().isEmpty());
            assertThat(log.lines()).singleElement().asString().contains("do not unwrap");
            assertThat(store.hearsOthers()).isFalse();
        }
    }

    @Test
    @DisplayName(
            "a server that refuses to LISTEN leaves it at polling, said once, and the connection goes back as it came")
    void refused() throws InterruptedException {
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        JdbcJobStore store = JdbcJobStore.of(Lending.mute(watched));
        try (StoreLog log = new StoreLog();
                Worker worker = worker(store, Duration.ofMillis(50))) {
            assertThat(worker.health().reasons()).isEmpty();
            Awaitility.await().atMost(SOON).until(() -> !log.lines().isEmpty());
            assertCompletes(jobs.enqueue(Jobs.job()).id());
            assertThat(log.lines()).singleElement().asString().contains("during recovery");
            assertThat(store.hearsOthers()).isFalse();
        }
        Awaitility.await().atMost(SOON).until(() -> watched.open() == 0);
        assertThat(watched.aborted()).isZero();
    }

    @Test
    @DisplayName("a library that does not see the driver leaves it at polling, said once")
    void driver_missing() throws Exception {
        ClassLoader without = new DriverlessLoader();
        JobStore store = (JobStore) without.loadClass(JdbcJobStore.class.getName())
                .getMethod("of", DataSource.class)
                .invoke(null, database);
        assertThat(store).isNotInstanceOf(JdbcJobStore.class);
        try (StoreLog log = new StoreLog();
                Worker worker = worker(store, Duration.ofMillis(50))) {
            assertThat(worker.health().reasons()).isEmpty();
            assertCompletes(jobs.enqueue(Jobs.job()).id());
            Awaitility.await().atMost(SOON).until(() -> !log.lines().isEmpty());
            assertThat(log.lines()).singleElement().asString().contains("its driver is not");
        }
    }

    @Test
    @DisplayName("a NOTIFY that fails, also for want of a connection, fails no call and fills no log")
    void cannot_tell() {
        AtomicInteger refused = new AtomicInteger();
        JdbcJobStore store = JdbcJobStore.of(Lending.of(database, () -> {
            if (Thread.currentThread().getName().equals("forthwith-notify")) {
                refused.incrementAndGet();
                throw new SQLException("the pool is closed", "08003");
            }
        }));
        AtomicInteger told = new AtomicInteger();
        try (StoreLog log = new StoreLog();
                StoreHints.Subscription subscription = store.onAdded(told::incrementAndGet)) {
            assertThat(subscription).isNotNull();
            for (int i = 1; i <= 3; i++) {
                int attempts = i;
                // One soon after another is not announced by its own commit.
                Awaitility.await().atMost(SOON).until(() -> {
                    store.add(Jobs.encoded(Jobs.job()));
                    store.add(Jobs.encoded(Jobs.job()));
                    return refused.get() >= attempts;
                });
            }
            assertThat(told.get()).as("this process is notified nevertheless").isGreaterThanOrEqualTo(3);
            assertThat(log.at(Level.DEBUG))
                    .filteredOn(line -> line.contains("Could not tell"))
                    .hasSize(1);
            assertThat(log.lines()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC",
                "SELECT refuse('55P03')",
                "SELECT refuse('54000')",
                "SELECT refuse('58030')"
            })
    @DisplayName(
            "a job whose commit cannot announce it is added without that, and announced afterwards, as are others for a while")
    void commit_cannot_tell(String obstacle) {
        DataSource owner = TestPostgres.newDatabase("silent");
        JdbcSchema.migrate(owner);
        Sql.run(owner, "DROP ROLE IF EXISTS silent");
        Sql.run(owner, "CREATE ROLE silent LOGIN");
        Sql.run(owner, "GRANT INSERT ON job TO silent");
        Sql.run(owner, """
                CREATE FUNCTION refuse(state text) RETURNS void LANGUAGE plpgsql AS $$
                BEGIN
                  EXECUTE format('CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $f$
                    BEGIN
                      IF current_setting(''lock_timeout'') = ''20ms'' THEN RAISE ''in the way'' USING ERRCODE = %L; END IF;
                      RETURN NULL;
                    END $f$', state);
                  CREATE CONSTRAINT TRIGGER refused AFTER INSERT ON job DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refused();
                END $$""");
        Sql.run(owner, obstacle);
        WatchedDataSource limited = new WatchedDataSource(TestPostgres.as("silent", "silent"), connection -> {});
        JobStore store = JdbcJobStore.of(limited);

        for (int i = 0; i < 3; i++) {
            assertThat(store.add(Jobs.encoded(Jobs.job())))
                    .extracting(Added::outcome)
                    .containsExactly(Added.Outcome.ADDED);
        }

        assertThat(Sql.query(owner, "SELECT count(*) FROM job").get(0).get(0)).isEqualTo("3");
        assertThat(limited.statements("RETURNING")).isOne();
        assertThat(limited.statements("INSERT INTO")).isEqualTo(4);
        Awaitility.await().atMost(SOON).until(() -> limited.statements("SELECT set_config('synchronous_commit'") > 0);
    }

    private static Worker worker(JobStore store, Duration poll) {
        return Worker.of(store, ProcessorRegistry.of().with(Jobs.TYPE, job -> null))
                .pollInterval(poll)
                .start();
    }

    private void assertCompletes(UUID id) throws InterruptedException {
        assertThat(jobs.await(id, SOON)).get().extracting(job -> job.status()).isEqualTo(JobStatus.COMPLETED);
    }

    private static boolean isListener() {
        return Thread.currentThread().getName().equals("forthwith-listen");
    }

    private static void await(CountDownLatch latch) throws SQLException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new SQLException("interrupted", e);
        }
    }

    /** Loads the store again, and hides the driver from it. */
    private static final class DriverlessLoader extends ClassLoader {
        DriverlessLoader() {
            super(JdbcJobStore.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("org.postgresql.")) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith("io.forthwith.jdbc.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (var in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException failed) {
                throw new ClassNotFoundException(name, failed);
            }
        }
    }
}
