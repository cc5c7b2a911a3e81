package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A worker whose lease has not lapsed")
class DeadWorkersTest {
    private static final Duration LEASE = Duration.ofMinutes(10);
    private static final String NO_SESSION = "backend_pid = 2000000000, backend_start = now() - interval '1 day'";

    private final DataSource unpooled = TestPostgres.newDatabase("roll_call");
    private final HikariDataSource observers = pool(unpooled);
    private final UUID worker = UUID.randomUUID();
    private JdbcJobStore store;

    private static HikariDataSource pool(DataSource database) {
        HikariDataSource pool = new HikariDataSource();
        pool.setDataSource(database);
        // One connection: the worker that looks has been connected since the start.
        pool.setMaximumPoolSize(1);
        return pool;
    }

    @BeforeEach
    void runs_a_job() {
        JdbcSchema.migrate(observers);
        store = JdbcJobStore.of(observers);
        store.register(ReadModelFactory.workerInfo(worker, "victim", "localhost", 1), LEASE);
        // Not by the store of the only connection: a thread of it would borrow that, some time later, to tell others of
        // the job.
        JobClient.of(JdbcJobStore.of(unpooled))
                .enqueue(NewJob.of(JobType.of("hold", String.class), ""))
                .id();
        assertThat(store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(), 3)))
                .hasSize(1);
        store.beat(worker, LEASE, WorkerLoad.NONE);
    }

    @AfterEach
    void close() {
        observers.close();
    }

    private void set(String columns) {
        Sql.run(unpooled, "UPDATE job_worker SET " + columns);
    }

    private List<TakenOver> takeOver() {
        return store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));
    }

    @Test
    @DisplayName("and who signs with no session keeps what it holds")
    void unsigned() {
        assertThat(takeOver()).isEmpty();
    }

    @Test
    @DisplayName("and whose session is gone is lost, and its row with it")
    void gone() {
        set(NO_SESSION);
        assertThat(takeOver()).extracting(TakenOver::lostWorker).containsExactly(worker);
        assertThat(store.beat(worker, LEASE, WorkerLoad.NONE).alive()).isFalse();
    }

    @Test
    @DisplayName("and whose session is there keeps what it holds")
    void there() throws Exception {
        try (Connection session = unpooled.getConnection()) {
            set(sessionOf(session));
            assertThat(takeOver()).isEmpty();
        }
    }

    @Test
    @DisplayName("and whose process id belongs to a later session by now is lost")
    void number_used_again() throws Exception {
        try (Connection session = unpooled.getConnection()) {
            set(sessionOf(session));
            set("backend_start = backend_start - interval '1 microsecond'");
            assertThat(takeOver()).hasSize(1);
        }
    }

    private static String sessionOf(Connection session) throws Exception {
        return "(backend_pid, backend_start) = (SELECT pid, backend_start FROM pg_stat_activity WHERE pid = "
                + Sql.query(session, "SELECT pg_backend_pid()").get(0).get(0) + ")";
    }

    @Test
    @DisplayName(
            "keeps what it holds if the worker that looks has connected since it beat: the server may have been restarted")
    void observer_is_newer() {
        set(NO_SESSION);
        observers.getHikariPoolMXBean().softEvictConnections();
        assertThat(takeOver()).isEmpty();
        store.beat(worker, LEASE, WorkerLoad.NONE);
        set(NO_SESSION);
        assertThat(takeOver()).as("once it has beaten since").hasSize(1);
    }

    @Test
    @DisplayName("and beats before it is looked at again keeps what it holds")
    void beats_in_between() {
        set(NO_SESSION);
        JdbcJobStore own = JdbcJobStore.of(unpooled);
        assertThat(takeOverWhile(() -> {
                    own.beat(worker, LEASE, WorkerLoad.NONE);
                    set(NO_SESSION);
                }))
                .isEmpty();
        assertThat(own.beat(worker, LEASE, WorkerLoad.NONE).alive()).isTrue();
    }

    @Test
    @DisplayName("and takes back its signature before it is looked at again keeps what it holds")
    void takes_back() {
        set(NO_SESSION);
        assertThat(takeOverWhile(() -> set("backend_pid = NULL, backend_start = NULL")))
                .isEmpty();
    }

    /** Between the first look and the second. */
    private List<TakenOver> takeOverWhile(Runnable happens) {
        AtomicInteger borrowed = new AtomicInteger();
        store = JdbcJobStore.of(new WatchedDataSource(observers, connection -> {
            if (borrowed.incrementAndGet() == 3) {
                happens.run();
            }
        }));
        List<TakenOver> taken = takeOver();
        assertThat(borrowed).as("once to make the store, and two looks").hasValue(3);
        return taken;
    }

    @Test
    @DisplayName("is not looked at again by a thread that is to end")
    void interrupted() {
        set(NO_SESSION);
        Thread.currentThread().interrupt();
        assertThat(takeOver()).isEmpty();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    @DisplayName("is left alone where the database hides its sessions, and one whose lease has lapsed is still found")
    void blind() {
        String role = "roll_call_blind";
        Sql.run(unpooled, "DROP ROLE IF EXISTS " + role);
        Sql.run(unpooled, "CREATE ROLE " + role + " LOGIN");
        Sql.run(unpooled, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role);
        Sql.run(unpooled, "REVOKE EXECUTE ON FUNCTION pg_stat_get_activity(integer) FROM PUBLIC");
        set(NO_SESSION);
        try (HikariDataSource blind = pool(TestPostgres.as(role, "roll_call"))) {
            store = JdbcJobStore.of(blind);
            store.beat(worker, LEASE, WorkerLoad.NONE);
            set(NO_SESSION);
            assertThat(takeOver()).isEmpty();
            assertThat(takeOver()).isEmpty();
            set("lease_until = now()");
            assertThat(takeOver()).hasSize(1);
        }
        Sql.run(unpooled, "DROP OWNED BY " + role);
        Sql.run(unpooled, "DROP ROLE " + role);
    }

    @Test
    @DisplayName("and whose session belongs to a role that the worker that looks may not see keeps what it holds")
    void of_another_role() throws Exception {
        String role = "roll_call_other";
        Sql.run(unpooled, "DROP ROLE IF EXISTS " + role);
        Sql.run(unpooled, "CREATE ROLE " + role + " LOGIN");
        Sql.run(unpooled, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role);
        try (HikariDataSource other = pool(TestPostgres.as(role, "roll_call"));
                Connection session = unpooled.getConnection()) {
            store = JdbcJobStore.of(other);
            store.beat(worker, LEASE, WorkerLoad.NONE);
            set(sessionOf(session));
            assertThat(takeOver()).isEmpty();
            set(NO_SESSION);
            assertThat(takeOver())
                    .as("one that is not there is not there for anybody")
                    .hasSize(1);
        }
        Sql.run(unpooled, "DROP OWNED BY " + role);
        Sql.run(unpooled, "DROP ROLE " + role);
    }
}
