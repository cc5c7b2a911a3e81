package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.postgresql.PostgresCopy;
import io.forthwith.jdbc.internal.postgresql.PostgresDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

@DisplayName("Jobs that are copied when something goes wrong")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("section")
@Tag("slow")
class CopyingFaultsTest {
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofMinutes(10);

    private final DataSource direct = TestPostgres.empty();
    private AnswerSwallowingProxy proxy;
    private HikariDataSource pool;
    private Connection other;

    @BeforeEach
    void open() throws IOException, SQLException {
        proxy = AnswerSwallowingProxy.to(TestPostgres.port());
        PGSimpleDataSource through = new PGSimpleDataSource();
        through.setURL("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
        pool = TestPostgres.pool(through);
        other = TestPostgres.unpooled().getConnection();
    }

    @AfterEach
    void close() throws IOException, SQLException {
        // This comes first: a transaction that waits for its locks would otherwise block the end of the test.
        other.close();
        pool.close();
        proxy.close();
        Sql.run(direct, "DROP FUNCTION IF EXISTS mishap CASCADE");
    }

    @Test
    @DisplayName("outcome unknown if the answer to the COMMIT is lost, and there already when repeated")
    void lost_answer() {
        JdbcJobStore store = CopyingTest.copying(pool);
        List<EncodedJob> jobs = Jobs.many(6_000);
        // With its end: READ COMMITTED would be found first.
        proxy.swallowAnswerTo("COMMIT\0");

        assertThat(failure(store, jobs).kind()).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
        assertThat(count()).isEqualTo(6_000);
        assertThat(store.add(jobs)).extracting(Added::outcome).containsOnly(Added.Outcome.ID_EXISTS);
        assertThat(count()).isEqualTo(6_000);
    }

    @Test
    @DisplayName("nothing is there if the answer to the data is lost, and everything when repeated")
    void lost_before_commit() {
        JdbcJobStore store = CopyingTest.copying(pool);
        List<EncodedJob> jobs = Jobs.many(6_000);
        proxy.swallowAnswerTo("PGCOPY\n");

        assertThat(failure(store, jobs).kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(count()).isZero();
        assertThat(store.add(jobs)).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);
        assertThat(count()).isEqualTo(6_000);
    }

    @Test
    @DisplayName("nothing is there if the server ends the session in the middle, and everything when repeated")
    void session_ends() {
        JdbcJobStore store = CopyingTest.copying(pool);
        List<EncodedJob> jobs = Jobs.many(6_000);
        mishap("PERFORM pg_terminate_backend(pg_backend_pid())", jobs.get(3_000));

        assertThat(failure(store, jobs).kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(count()).isZero();
        Sql.run(direct, "DROP FUNCTION mishap CASCADE");
        assertThat(store.add(jobs)).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);
    }

    @Test
    @DisplayName("a trigger of the host's that refuses one refuses the call, with its own words")
    void refused_by_trigger() {
        WatchedDataSource watched = new WatchedDataSource(direct, connection -> {});
        JdbcJobStore store = CopyingTest.copying(watched);
        List<EncodedJob> jobs = Jobs.many(6_000);
        mishap("RAISE 'not this one' USING ERRCODE = '23514'", jobs.get(3_000));

        JobStoreException failed = failure(store, jobs);

        assertThat(failed.kind()).isEqualTo(JobStoreException.Kind.PERMANENT);
        assertThat(failed.getCause()).hasMessageContaining("not this one");
        assertThat(count()).isZero();
        assertThat(watched.complaints()).isEmpty();
        assertThat(store.add(Jobs.many(10))).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);
    }

    @Test
    @DisplayName("what the client itself cannot write ends the copying, and the connection serves the next call")
    void unwritable() throws SQLException {
        WatchedDataSource watched = new WatchedDataSource(direct, connection -> {});
        try (Connection connection = watched.getConnection()) {
            connection.setAutoCommit(false);
            PostgresCopy copying = PostgresCopy.of(connection, new PostgresDialect(TableNames.STANDARD))
                    .orElseThrow();
            List<UUID> ids = List.of(UUID.randomUUID(), UUID.randomUUID());

            assertThat(catchThrowableOfType(
                            IllegalStateException.class,
                            () -> copying.copy("COPY job (id, type) FROM STDIN (FORMAT binary)", ids, (rows, id) -> {
                                if (id.equals(ids.get(1))) {
                                    throw new IllegalStateException("no words");
                                }
                                rows.row(2).uuid(id).text("t");
                            })))
                    .hasMessage("no words");

            connection.rollback();
            assertThat(Sql.query(connection, "SELECT 1")).hasSize(1);
            connection.setAutoCommit(true);
        }
        assertThat(count()).isZero();
        assertThat(watched.aborted()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a lock is waited for no longer than the query time-out, or a shorter one of the host's")
    void waits_for_a_lock(boolean isOurs) throws SQLException {
        DataSource database = isOurs ? direct : TestPostgres.with("options=-c%20statement_timeout=1s");
        JdbcJobStore store = CopyingTest.copying(database, isOurs ? SHORT : LONG);
        // More than the network takes in: the client is held up in the middle of writing.
        List<EncodedJob> jobs = Stream.generate(() -> new EncodedJob(Jobs.job(), '"' + "x".repeat(20_000) + '"'))
                .limit(1_000)
                .toList();
        other.setAutoCommit(false);
        try (Statement insert = other.createStatement()) {
            insert.execute(
                    "INSERT INTO job (id, type) VALUES ('" + jobs.get(0).job().id() + "', 't')");
        }

        JobStoreException failed = failure(store, jobs);

        assertThat(failed.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(((SQLException) failed.getCause()).getSQLState()).isEqualTo("57014");
        other.rollback();
        assertThat(CopyingTest.copying(direct).add(jobs))
                .extracting(Added::outcome)
                .containsOnly(Added.Outcome.ADDED);
    }

    @ParameterizedTest
    @MethodSource("silentMoments")
    @DisplayName("a server that falls silent is waited for once, not again by what cleans up")
    void silence(String at) throws Exception {
        JdbcJobStore store = CopyingTest.copying(pool, SHORT);
        List<EncodedJob> jobs = Jobs.many(6_000);
        BestOfThree.of(() -> {
            proxy.deafenAt(at);
            long start = System.nanoTime();

            assertThat(failure(store, jobs).kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);

            Duration took = Duration.ofNanos(System.nanoTime() - start);
            BestOfThree.inTime(() -> assertThat(took).isBetween(Duration.ofSeconds(6), Duration.ofSeconds(11)));
        });
        assertThat(count()).isZero();
        assertThat(store.add(jobs)).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);
    }

    private static Stream<String> silentMoments() {
        return Boolean.getBoolean("thorough") ? Stream.of("PGCOPY\n", "FROM STDIN") : Stream.of("PGCOPY\n");
    }

    @Test
    @DisplayName("the limits of a transaction end with it")
    void leaves_no_trace() throws SQLException {
        try (SingleConnection single =
                new SingleConnection(TestPostgres.unpooled().getConnection())) {
            CopyingTest.copying(single).add(Jobs.many(10));
            assertThat(Sql.query(single.connection(), "SHOW statement_timeout")).containsExactly(List.of("0"));
            assertThat(single.connection().getAutoCommit()).isTrue();
        }
    }

    private static JobStoreException failure(JobStore store, List<EncodedJob> jobs) {
        return catchThrowableOfType(JobStoreException.class, () -> store.add(jobs));
    }

    private long count() {
        return JdbcJobStore.of(direct).countByScan(JobQuery.all());
    }

    /** What happens to the thread that inserts this job. */
    private void mishap(String what, EncodedJob job) {
        Sql.run(
                direct,
                "CREATE FUNCTION mishap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN " + what.replace("'", "''")
                        + "; RETURN NEW; END'");
        Sql.run(
                direct,
                "CREATE TRIGGER mishap BEFORE INSERT ON job FOR EACH ROW WHEN (NEW.id = '"
                        + job.job().id() + "') EXECUTE FUNCTION mishap()");
    }
}
