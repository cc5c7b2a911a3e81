package io.forthwith.jdbc;

import static io.forthwith.JobStoreException.Kind.PERMANENT;
import static io.forthwith.JobStoreException.Kind.TRANSIENT;
import static io.forthwith.JobStoreException.Kind.UNKNOWN_OUTCOME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.h2.H2Dialect;
import io.forthwith.jdbc.internal.postgresql.PostgresDialect;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sqlite.SqliteDialect;
import io.forthwith.limit.Limit;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

@DisplayName("What goes wrong with the database")
class FailuresTest {
    private static JobStoreException failure(ThrowingCallable call) {
        return catchThrowableOfType(JobStoreException.class, call);
    }

    @Test
    @DisplayName("an unknown database is refused by name")
    void unknown_database() throws SQLException {
        assertThatThrownBy(() -> JdbcJobStore.of(claimingToBe("Oracle", 23)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Oracle")
                .hasMessageContaining("PostgreSQL, MariaDB, MySQL, H2 and SQLite");
    }

    @ParameterizedTest
    @CsvSource({"PostgreSQL, 13", "H2, 1", "SQLite, 3"})
    @DisplayName("a version that is too old is refused with both numbers")
    void old_version(String product, int version) throws SQLException {
        assertThatThrownBy(() -> JdbcJobStore.of(claimingToBe(product, version)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(product + " " + version)
                .hasMessageContaining("or newer");
    }

    private static DataSource claimingToBe(String product, int version) throws SQLException {
        DataSource database = mock();
        Connection connection = mock();
        DatabaseMetaData metaData = mock();
        when(database.getConnection()).thenReturn(connection);
        when(connection.getMetaData()).thenReturn(metaData);
        when(metaData.getDatabaseProductName()).thenReturn(product);
        when(metaData.getDatabaseMajorVersion()).thenReturn(version);
        when(metaData.getDatabaseProductVersion()).thenReturn(version + ".37.2");
        Statement statement = mock();
        ResultSet answer = mock();
        when(connection.createStatement()).thenReturn(statement);
        when(statement.executeQuery("SELECT version()")).thenReturn(answer);
        when(answer.next()).thenReturn(true);
        when(answer.getString(1)).thenReturn(product + " " + version + ".37.2 on x86_64-pc-linux-gnu");
        return database;
    }

    @Test
    @DisplayName("no server listens: transient")
    void unreachable() {
        PGSimpleDataSource nowhere = new PGSimpleDataSource();
        nowhere.setURL("jdbc:postgresql://127.0.0.1:1/none?connectTimeout=2");
        assertThat(failure(() -> JdbcJobStore.of(nowhere)).kind()).isEqualTo(TRANSIENT);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("missing tables: transient, since a person mends it, with advice")
    void missing_tables(TestDatabase kind) {
        JdbcJobStore store = JdbcJobStore.of(kind.empty());
        JobStoreException failure = failure(() -> store.add(Jobs.encoded(Jobs.job())));
        assertThat(failure.kind()).isEqualTo(TRANSIENT);
        assertThat(failure).hasMessageContaining("JdbcSchema.migrate");
    }

    @Test
    @DisplayName("a result that PostgreSQL cannot store: permanent, and the job is still held")
    void unstorable() {
        JdbcJobStore store = JdbcJobStore.of(TestPostgres.empty());
        store.add(Jobs.many(2));
        List<Job> jobs = Jobs.claimAll(store);
        Settlement bad = Settlement.complete(Claim.of(jobs.get(0)), "{\"a\":\"\\u0000\"}");
        Settlement good = Settlement.complete(Claim.of(jobs.get(1)), "{}");
        assertThat(failure(() -> store.settle(List.of(good, bad))).kind()).isEqualTo(PERMANENT);
        assertThat(store.held(jobs.get(0).workerId())).hasSize(2);
        assertThat(store.settle(List.of(good))).containsExactly(Settled.APPLIED);
    }

    @Test
    @DisplayName("a row that another transaction locks for longer than the time-out: transient")
    void locked_for_long() throws SQLException {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob job = Jobs.job();
        store.add(Jobs.encoded(job));
        try (Connection locker = database.getConnection()) {
            lockRow(locker, job.id());
            JobStoreException slow = failure(() -> store.queryTimeout(Duration.ofSeconds(1))
                    .change(job.id(), JobChange.of().priority(1)));
            assertThat(slow.kind()).isEqualTo(TRANSIENT);
            assertThat(slow).hasMessageContaining("57014");
            JdbcJobStore impatient = JdbcJobStore.of(TestPostgres.with("options=-c%20lock_timeout=50"));
            JobStoreException refused =
                    failure(() -> impatient.change(job.id(), JobChange.of().priority(1)));
            assertThat(refused.kind()).isEqualTo(TRANSIENT);
            assertThat(refused).hasMessageContaining("55P03");
            locker.rollback();
        }
    }

    @Test
    @DisplayName(
            "a row locked by somebody else in H2: transient after seven tries, of which the earlier six are attached")
    void locked_in_h2() throws SQLException {
        DataSource database = TestH2.at("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=20");
        JdbcSchema.migrate(database);
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob job = Jobs.job();
        store.add(Jobs.encoded(job));
        try (Connection locker = database.getConnection()) {
            lockRow(locker, job.id());
            JobStoreException failure =
                    failure(() -> store.change(job.id(), JobChange.of().priority(1)));
            assertThat(failure.kind()).isEqualTo(TRANSIENT);
            assertThat(failure.getCause().getSuppressed()).hasSize(6);
            locker.rollback();
        }
    }

    private static void lockRow(Connection locker, UUID id) throws SQLException {
        locker.setAutoCommit(false);
        try (Statement statement = locker.createStatement()) {
            statement.executeUpdate("UPDATE job SET updated_at = updated_at WHERE id = '" + id + "'");
        }
    }

    @Test
    @DisplayName("a server that has become read-only: transient, and the connection is not used again")
    void read_only() throws SQLException {
        TestPostgres.empty();
        WatchedDataSource watched = new WatchedDataSource(
                TestPostgres.with("options=-c%20default_transaction_read_only=on"), connection -> {});
        JobStoreException failure = failure(() -> JdbcJobStore.of(watched).add(Jobs.encoded(Jobs.job())));
        assertThat(failure.kind()).isEqualTo(TRANSIENT);
        assertThat(failure).hasMessageContaining("25006");
    }

    @Test
    @DisplayName(
            "a session ended by the server: transient before the commit, unknown where the statement is the commit")
    void terminated() throws SQLException {
        DataSource pool = TestPostgres.empty();
        Database database = new Database(
                TestPostgres.unpooled(), new PostgresDialect(TableNames.STANDARD), true, Duration.ofSeconds(5));
        Session.Work<Integer> suicide = session -> {
            int pid = session.first(StatementText.of("SELECT pg_backend_pid()"), Binder.NONE, row -> row.getInt(1))
                    .orElseThrow();
            Sql.query(pool, "SELECT pg_terminate_backend(" + pid + ", 5000)");
            return session.update(StatementText.of("DELETE FROM job"), Binder.NONE);
        };
        assertThat(failure(() -> database.transaction("try", suicide)).kind()).isEqualTo(TRANSIENT);
        assertThat(failure(() -> database.once("try", suicide)).kind()).isEqualTo(UNKNOWN_OUTCOME);
        assertThat(failure(() -> database.read("try", suicide)).kind()).isEqualTo(TRANSIENT);
    }

    @ParameterizedTest
    // SQLite has no network to lose an answer on, and is committed by a statement.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("the answer to a COMMIT is lost: unknown, and repeating adds nothing twice")
    void commit_answer_lost(TestDatabase kind) {
        WatchedDataSource watched = new WatchedDataSource(kind.migrated(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched);
        // With keys, or one statement would do, which commits by itself.
        NewJob first = Jobs.job().uniqueKey("first");
        NewJob second = Jobs.job().uniqueKey("second");
        watched.loseAnswerTo("commit");
        assertThat(failure(() -> store.add(Jobs.encoded(first, second))).kind()).isEqualTo(UNKNOWN_OUTCOME);
        assertThat(store.add(Jobs.encoded(first, second)))
                .extracting(Added::outcome)
                .containsOnly(Added.Outcome.ID_EXISTS);
    }

    @Test
    @DisplayName("the answer to a claim is lost: unknown, and what is held can be given back")
    void claim_answer_lost() {
        WatchedDataSource watched = new WatchedDataSource(TestPostgres.empty(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched);
        store.add(Jobs.many(3));
        UUID worker = Jobs.worker(store);
        watched.loseAnswerTo("executeQuery");
        assertThat(failure(() -> Jobs.claim(store, worker, 10)).kind()).isEqualTo(UNKNOWN_OUTCOME);
        List<Claim> held = store.held(worker);
        assertThat(held).hasSize(3);
        assertThat(store.settle(held.stream().map(Settlement::giveBack).toList()))
                .containsOnly(Settled.APPLIED);
        assertThat(Jobs.claim(store, worker, 10)).hasSize(3).allMatch(job -> job.attempt() == 1);
    }

    @ParameterizedTest
    @CsvSource({"parked_rank = NULL, UNKNOWN_OUTCOME, 3", "execute, TRANSIENT, 0"})
    @DisplayName(
            "the answer to a statement of a claim under a limit is lost: unknown if it commits, otherwise nothing is claimed")
    void limited_claim_answer_lost(String lost, JobStoreException.Kind kind, int held) {
        WatchedDataSource watched = new WatchedDataSource(TestPostgres.empty(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched);
        store.limits().orElseThrow().put(Limit.of("api").concurrency(3));
        store.add(Jobs.encoded(
                Jobs.job().limit("api", "key"),
                Jobs.job().limit("api", "key"),
                Jobs.job().limit("api", "key")));
        UUID worker = Jobs.worker(store);
        watched.loseAnswerTo(lost);
        assertThat(failure(() -> Jobs.claim(store, worker, 10)).kind()).isEqualTo(kind);
        assertThat(store.held(worker)).hasSize(held);
        store.settle(store.held(worker).stream().map(Settlement::giveBack).toList());
        assertThat(Jobs.claim(store, worker, 10)).hasSize(3).allMatch(job -> job.attempt() == 1);
    }

    @Test
    @DisplayName("the answer to a settlement is lost: unknown, and the repeated one says that it was applied")
    void settle_answer_lost() {
        WatchedDataSource watched = new WatchedDataSource(TestPostgres.empty(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched);
        store.add(Jobs.many(2));
        List<Settlement> completed = Jobs.completed(Jobs.claimAll(store));
        watched.loseAnswerTo("executeQuery");
        assertThat(failure(() -> store.settle(completed)).kind()).isEqualTo(UNKNOWN_OUTCOME);
        assertThat(store.settle(completed)).containsOnly(Settled.ALREADY_APPLIED);
    }

    @Test
    @DisplayName("half a batch is settled when the other half, with parents, fails: unknown")
    void half_settled() {
        DataSource database = TestPostgres.empty();
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched);
        NewJob parent = Jobs.job();
        store.add(Jobs.encoded(parent, Jobs.job().parent(parent)));
        store.add(Jobs.many(1));
        List<Settlement> completed = Jobs.completed(Jobs.claimAll(store));
        watched.loseAnswerTo("executeBatch");
        assertThat(failure(() -> store.settle(completed)).kind()).isEqualTo(UNKNOWN_OUTCOME);
        assertThat(store.settle(completed)).containsExactlyInAnyOrder(Settled.ALREADY_APPLIED, Settled.APPLIED);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isEqualTo(3);
    }

    @ParameterizedTest
    // SQLite has one writer, so a writer waits for no row locks.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("a deadlock: the transaction is done again")
    void deadlock(TestDatabase kind) throws Exception {
        DataSource dataSource = kind.migrated();
        NewJob one = Jobs.job();
        NewJob other = Jobs.job();
        JdbcJobStore.of(dataSource).add(Jobs.encoded(one, other));
        SqlDialect dialect = SupportedDatabases.named(kind.databaseName(), TableNames.STANDARD)
                .dialect();
        Database database = new Database(dataSource, dialect, true, Duration.ofSeconds(30));
        Crossing crossing = new Crossing(database);
        crossing.run(one.id(), other.id());
        assertThat(Sql.query(dataSource, "SELECT sum(attempt) FROM job")).containsExactly(List.of("4"));
        assertThat(crossing.tries()).isGreaterThan(2);
    }

    @ParameterizedTest
    @CsvSource({
        "40001, CONFLICT",
        "40P01, CONFLICT",
        "23505, DUPLICATE",
        "55P03, TRANSIENT",
        "57014, TRANSIENT",
        "57P03, TRANSIENT",
        "25006, TRANSIENT",
        "53100, TRANSIENT",
        "53300, TRANSIENT",
        "58030, TRANSIENT",
        "0A000, TRANSIENT",
        "26000, TRANSIENT",
        "42P05, TRANSIENT",
        "08006, DISCONNECTED",
        "08003, DISCONNECTED",
        "57P01, DISCONNECTED",
        "57P02, DISCONNECTED",
        "40003, DISCONNECTED",
        "22021, PERMANENT",
        "22P02, PERMANENT",
        "22001, PERMANENT",
        "23514, PERMANENT",
        "42P01, NOT_SET_UP",
        "42501, NOT_SET_UP",
        "XX000, UNCLEAR",
        "99999, UNCLEAR",
        ", UNCLEAR"
    })
    @DisplayName("is told apart by SQLState on PostgreSQL")
    void postgres_states(String state, SqlFailureKind failure) {
        assertThat(new PostgresDialect(TableNames.STANDARD).failureOf(new SQLException("", state)))
                .isEqualTo(failure);
    }

    @ParameterizedTest
    @CsvSource({
        "40001, 40001, CONFLICT", "90131, 90131, CONFLICT", "HYT00, 50200, CONFLICT", "23505, 23505, DUPLICATE",
        "57014, 57014, TRANSIENT", "90098, 90098, DISCONNECTED", "08000, 90067, DISCONNECTED",
                "22001, 22001, PERMANENT",
        "23513, 23513, PERMANENT", "42S02, 42102, NOT_SET_UP", "HY000, 50000, UNCLEAR"
    })
    @DisplayName("is told apart by vendor code and SQLState on H2")
    void h2_codes(String state, int code, SqlFailureKind failure) {
        assertThat(H2Dialect.inUpperCase(TableNames.STANDARD).failureOf(new SQLException("", state, code)))
                .isEqualTo(failure);
    }

    @Test
    @DisplayName(
            "is a conflict on H2 also if another transaction has made this one the victim of a deadlock, which H2 calls a general error")
    void h2_victim() {
        SQLException victim = new SQLException(
                "General error: \"Transaction 2 has status ROLLING_BACK, not OPEN [2.4.240/103]\"; SQL statement: ...",
                "HY000",
                50000);
        assertThat(H2Dialect.inUpperCase(TableNames.STANDARD).failureOf(victim)).isEqualTo(SqlFailureKind.CONFLICT);
    }

    @ParameterizedTest
    @CsvSource({
        "1, NOT_SET_UP",
        "5, TRANSIENT",
        "6, CONFLICT",
        "8, TRANSIENT",
        "11, TRANSIENT",
        "13, TRANSIENT",
        "14, TRANSIENT",
        "18, PERMANENT",
        "19, PERMANENT",
        "20, PERMANENT",
        "10, UNCLEAR",
        "0, UNCLEAR"
    })
    @DisplayName("is told apart by vendor code on SQLite")
    void sqlite_codes(int code, SqlFailureKind failure) {
        assertThat(SqliteDialect.anywhere(TableNames.STANDARD).failureOf(new SQLException("", null, code)))
                .isEqualTo(failure);
    }

    @Test
    @DisplayName("a connection that does not work at all is given back")
    void broken_connection() throws SQLException {
        DataSource database = mock();
        Connection connection = mock();
        when(database.getConnection()).thenReturn(connection);
        when(connection.prepareStatement(any())).thenThrow(new SQLException("gone", "08006"));
        Database broken = new Database(database, new PostgresDialect(TableNames.STANDARD), true, Duration.ofSeconds(1));
        assertThat(failure(() -> broken.transaction(
                                "try", session -> session.update(StatementText.of("x"), Binder.NONE)))
                        .kind())
                .isEqualTo(TRANSIENT);
        verify(connection).abort(any());
        verify(connection).close();
    }
}
