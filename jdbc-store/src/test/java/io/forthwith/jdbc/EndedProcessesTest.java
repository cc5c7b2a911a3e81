package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.jdbc.internal.operations.JobOperations;
import io.forthwith.jdbc.internal.operations.ListenTimeouts;
import io.forthwith.jdbc.internal.postgresql.PostgresDialect;
import io.forthwith.jdbc.internal.postgresql.PostgresOperations;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.StoreHints;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The looker has connected just now, each time that it looks. */
@DisplayName("To a worker that has just started")
class EndedProcessesTest {
    private static final Duration LEASE = Duration.ofMinutes(10);
    private static final Duration SOON = Patience.LONG;
    private static final String DATABASE = "ended_processes";
    private static final String GONE = "2000000000";
    private static final String IS_SIGNED =
            "backend_pid IS NOT NULL AND beat_pid IS NOT NULL AND server_epoch IS NOT NULL";

    private final DataSource database = TestPostgres.newDatabase(DATABASE);
    private final UUID worker = UUID.randomUUID();
    private AnswerSwallowingProxy proxy;
    private HikariDataSource pool;
    private JdbcJobStore victim;
    private StoreHints.Subscription listening;

    @BeforeEach
    void a_worker_holds_a_job() throws IOException {
        JdbcSchema.migrate(database);
        proxy = AnswerSwallowingProxy.to(TestPostgres.port());
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + DATABASE + "?user=postgres");
        config.setMaximumPoolSize(3);
        config.setConnectionTimeout(Patience.LONG.toMillis());
        config.setValidationTimeout(250);
        pool = new HikariDataSource(config);
        victim = JdbcJobStore.of(pool).listenTimeouts(new ListenTimeouts(Duration.ofMinutes(1), Duration.ofSeconds(2)));
        listening = victim.onAdded(() -> {});
        victim.register(ReadModelFactory.workerInfo(worker, "victim", "localhost", 1), LEASE);
        JobClient.of(victim).enqueue(NewJob.of(JobType.of("hold", String.class), ""));
        assertThat(victim.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(), 3)))
                .hasSize(1);
        await().atMost(SOON).until(() -> beats() && is(IS_SIGNED));
    }

    @AfterEach
    void close() throws IOException {
        listening.close();
        pool.close();
        proxy.close();
    }

    private boolean beats() {
        return victim.beat(worker, LEASE, WorkerLoad.NONE).alive();
    }

    private boolean is(String condition) {
        return Sql.query(database, "SELECT id FROM job_worker WHERE " + condition)
                        .size()
                == 1;
    }

    private void set(String columns) {
        Sql.run(database, "UPDATE job_worker SET " + columns);
    }

    private List<TakenOver> takeOverEnded() {
        return takeOverEnded(JdbcJobStore.of(database));
    }

    private static List<TakenOver> takeOverEnded(JdbcJobStore looker) {
        return looker.takeOverEnded(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));
    }

    private void endBothSessions() {
        set("backend_pid = " + GONE + ", beat_pid = " + GONE);
    }

    @Test
    @DisplayName("a worker is lost whose process has ended")
    void process_has_ended() {
        pool.close();

        assertThat(takeOverEnded()).extracting(TakenOver::lostWorker).containsExactly(worker);
        assertThat(is("TRUE")).isFalse();
    }

    @Test
    @DisplayName("so is one whose lease has lapsed as well")
    void lapsed() {
        set("lease_until = now() - interval '1 hour'");
        assertThat(takeOverEnded()).as("its sessions are there").isEmpty();

        endBothSessions();
        assertThat(takeOverEnded()).hasSize(1);
    }

    @Test
    @DisplayName(
            "a worker lives whose listening session is gone, as after a reset, as long as that of its last heartbeat is there")
    void beats_session_is_there() {
        set("backend_pid = " + GONE);
        assertThat(takeOverEnded()).isEmpty();

        endBothSessions();
        assertThat(takeOverEnded()).hasSize(1);
    }

    @Test
    @DisplayName("a worker lives while it listens, whatever became of the session of its last heartbeat")
    void listens() {
        set("beat_pid = " + GONE);
        assertThat(takeOverEnded()).isEmpty();
    }

    @Test
    @DisplayName("a worker lives whose sessions were terminated, and that its full pool keeps from saying so")
    void terminated_with_a_full_pool() throws Exception {
        try (Connection one = pool.getConnection();
                Connection two = pool.getConnection()) {
            assertThat(one).isNotSameAs(two);
            assertThat(Sql.query(
                            database,
                            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                                    + " WHERE datname = current_database() AND pid <> pg_backend_pid()"))
                    .hasSizeGreaterThanOrEqualTo(3);
            // As if nothing in the pool came free.
            set("backend_pid = " + GONE);
            assertThat(takeOverEnded()).isEmpty();
        }
        await().atMost(SOON).until(() -> beats() && is(IS_SIGNED));
        endBothSessions();
        assertThat(takeOverEnded()).as("once it has beaten since").hasSize(1);
    }

    @Test
    @DisplayName("a worker lives that named a server of another epoch")
    void another_epoch() {
        endBothSessions();
        set("server_epoch = server_epoch || '0'");
        assertThat(takeOverEnded()).isEmpty();
        set("server_epoch = NULL");
        assertThat(takeOverEnded()).isEmpty();
    }

    /** A clock says what "just" is. */
    @BestOfThree.Test
    @Tag("slow")
    @DisplayName(
            "all live as long as it has itself just lost its connections: those of others may have been cut with them")
    void lost_its_own_connections() throws Exception {
        await().atMost(SOON).until(victim::hearsOthers);
        proxy.cut();
        await().atMost(SOON).until(() -> !victim.hearsOthers());
        endBothSessions();

        BestOfThree.inTime(() -> assertThat(takeOverEnded(victim)).isEmpty());
        await().atMost(SOON).until(victim::hearsOthers);
        endBothSessions();
        BestOfThree.inTime(() -> assertThat(takeOverEnded(victim))
                .as("listens again, but not for long")
                .isEmpty());

        assertThat(takeOverEnded()).as("another one knows").hasSize(1);
    }

    @Test
    @DisplayName("a worker that beats in between lives")
    void beats_in_between() {
        endBothSessions();
        AtomicInteger borrowed = new AtomicInteger();
        JdbcJobStore looker = JdbcJobStore.of(new WatchedDataSource(database, connection -> {
            if (borrowed.incrementAndGet() == 3) {
                beats();
                endBothSessions();
            }
        }));
        assertThat(takeOverEnded(looker)).isEmpty();
        assertThat(borrowed).as("once to make the store, and two looks").hasValue(3);
    }

    @Test
    @DisplayName(
            "a heartbeat does not name a listening session that the server has ended, even if its process does not know that")
    void ended_by_the_server() {
        JobOperations operations = new PostgresOperations(new PostgresDialect(TableNames.STANDARD));
        ServerSessionId ended = new ServerSessionId(Integer.parseInt(GONE), Instant.now());

        new Database(database, operations.dialect(), true, SOON)
                .once("beat", session -> operations.workers().beat(session, worker, LEASE, WorkerLoad.NONE, ended));

        assertThat(is("backend_pid IS NULL AND beat_pid IS NOT NULL")).isTrue();
    }

    @Test
    @DisplayName(
            "nobody is lost on a server that only speaks the protocol of PostgreSQL, and no heartbeat names a session there")
    void other_server() {
        endBothSessions();
        Sql.run(
                database,
                "CREATE FUNCTION public.version() RETURNS text LANGUAGE sql AS"
                        + " 'SELECT ''NovelDB 3.1, which speaks the protocol of PostgreSQL 15'''");
        PGSimpleDataSource other = new PGSimpleDataSource();
        other.setURL("jdbc:postgresql://127.0.0.1:" + TestPostgres.port() + "/" + DATABASE
                + "?user=postgres&options=-c%20search_path=public,pg_catalog");
        JdbcJobStore store = JdbcJobStore.of(other);
        assertThat(takeOverEnded(store)).isEmpty();
        try (StoreHints.Subscription hints = store.onAdded(() -> {})) {
            assertThat(hints).isNotNull();
            await().atMost(SOON).until(store::hearsOthers);
            assertThat(store.beat(worker, LEASE, WorkerLoad.NONE).alive()).isTrue();
            assertThat(is("backend_pid IS NULL")).isTrue();
        }
    }
}
