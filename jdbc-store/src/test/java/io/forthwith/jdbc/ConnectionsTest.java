package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.limit.Limit;
import io.forthwith.store.Claim;
import io.forthwith.store.JobStore;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.StoreHints;
import io.forthwith.store.TakeOverRequest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;

@DisplayName("Borrowed connections")
class ConnectionsTest {
    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, true, false, 2", "POSTGRESQL, false, false, 2", "POSTGRESQL, true, true, 8",
                "POSTGRESQL, false, true, 4",
        "MARIADB, true, false, 4", "MARIADB, false, false, 2", "MARIADB, true, true, 8", "MARIADB, false, true, 4",
        "H2, true, false, 2", "H2, false, false, 2", "H2, true, true, 8", "H2, false, true, 2",
        "SQLITE, true, false, 8", "SQLITE, false, false, 1"
    })
    @DisplayName("come back as they were, one at a time, and each operation works on them")
    void come_back(TestDatabase kind, boolean autoCommit, boolean readOnly, int isolation) {
        DataSource database = unpooled(kind);
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {
            connection.setTransactionIsolation(isolation);
            connection.setReadOnly(readOnly);
            connection.setAutoCommit(autoCommit);
            connection.setNetworkTimeout(Runnable::run, 54_321);
        });
        JdbcJobStore store = JdbcJobStore.of(watched);
        try (StoreHints.Subscription subscription = store.onAdded(() -> {})) {
            assertThat(subscription).isNotNull();
            Awaitility.await().until(() -> !kind.tellsOthers() || store.hearsOthers());
            doEverything(store);
        }
        // What tells others goes on for a moment.
        Awaitility.await().until(() -> watched.open() == 0);
        assertThat(watched.complaints()).isEmpty();
        assertThat(watched.lent()).isGreaterThan(20);
    }

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, true",
        "POSTGRESQL, false",
        "MARIADB, true",
        "MARIADB, false",
        "H2, true",
        "H2, false",
        "SQLITE, true",
        "SQLITE, false"
    })
    @DisplayName("may come from a HikariCP pool of one")
    void pooled(TestDatabase kind, boolean autoCommit) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(unpooled(kind));
        config.setAutoCommit(autoCommit);
        config.setMaximumPoolSize(1);
        config.setConnectionTimeout(2_000);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            doEverything(JdbcJobStore.of(pool));
            Awaitility.await().until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
        }
    }

    @Test
    @DisplayName(
            "of PostgreSQL that fetch few rows at a time bring all jobs of a claim under a limit, which commits with its last query")
    void few_rows_at_a_time() {
        WatchedDataSource watched = new WatchedDataSource(
                TestPostgres.empty(),
                connection -> connection.unwrap(PGConnection.class).setDefaultFetchSize(2));
        JdbcJobStore store = JdbcJobStore.of(watched);
        store.limits().orElseThrow().put(Limit.of("api").concurrency(5));
        store.add(Jobs.encoded(
                Stream.generate(() -> Jobs.job().limit("api", "key")).limit(5).toArray(NewJob[]::new)));
        assertThat(Jobs.claim(store, Jobs.worker(store), 10)).hasSize(5);
    }

    private static DataSource unpooled(TestDatabase kind) {
        DataSource database = kind.migrated();
        return switch (kind) {
            case POSTGRESQL -> TestPostgres.unpooled();
            case MARIADB -> TestMariaDb.with("");
            case SQLITE -> ((HikariDataSource) database).getDataSource();
            default -> database;
        };
    }

    private static void doEverything(JobStore store) {
        NewJob one = Jobs.job().uniqueKey("one");
        NewJob parent = Jobs.job();
        NewJob child = Jobs.job().parent(parent);
        NewJob failing = Jobs.job().priority(0);
        store.add(Jobs.encoded(one));
        store.add(Jobs.encoded(Jobs.job().uniqueKey("one"), Jobs.job().uniqueKey("one")));
        store.add(Jobs.encoded(parent, child));
        store.add(Jobs.encoded(failing));
        UUID worker = Jobs.worker(store);
        List<Job> claimed = Jobs.claim(store, worker, 10);
        assertThat(claimed).extracting(Job::id).containsExactly(one.id(), child.id(), failing.id());
        assertThat(store.held(worker)).hasSize(3);
        store.report(List.of(
                new ProgressReport(Claim.of(claimed.get(0)), ReadModelFactory.jobProgress(50, 0, null, "half"))));
        store.settle(Jobs.completed(claimed.subList(0, 2)));
        store.settle(List.of(
                Settlement.fail(Claim.of(claimed.get(2)), JobError.permanent("broken", "It broke"), Locale.ENGLISH)));
        assertThat(store.find(parent.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(store.failures(failing.id())).hasSize(1);
        store.retry(failing.id());
        store.cancel(failing.id(), Locale.ENGLISH);
        assertThat(store.beat(worker, Duration.ofMillis(-1), WorkerLoad.NONE).alive())
                .isTrue();
        store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));
        assertThat(store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE).alive())
                .isFalse();
        store.deregister(worker);
        assertThat(store.scan(JobQuery.all())).hasSize(4);
        assertThat(store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 100)
                        .jobs())
                .isEqualTo(4);
        assertThat(store.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("to PostgreSQL run every transaction as READ COMMITTED, with every default")
    void read_committed() throws SQLException {
        DataSource strict = TestPostgres.with("options=-c%20default_transaction_isolation=serializable");
        TestPostgres.empty();
        doEverything(JdbcJobStore.of(strict));
        Database database = database(strict);
        assertThat(database.transaction("look", ConnectionsTest::isolation)).isEqualTo("read committed");
        assertThat(database.once("look", ConnectionsTest::isolation)).isEqualTo("read committed");
    }

    private static Database database(DataSource dataSource) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            SqlDialect dialect =
                    SupportedDatabases.of(connection, TableNames.STANDARD).dialect();
            return new Database(
                    dataSource, dialect, dialect.startsReadCommitted(connection), JdbcJobStore.DEFAULT_QUERY_TIMEOUT);
        }
    }

    private static String isolation(Session session) throws SQLException {
        return session.first(StatementText.of("SHOW transaction_isolation"), Binder.NONE, row -> row.getString(1))
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of a host that joins come back without our query time-out")
    void joined(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            JdbcJobStore.of(database).joining(connection).add(Jobs.encoded(Jobs.job()));
            try (var statement = connection.createStatement()) {
                assertThat(statement.getQueryTimeout()).isZero();
            }
            connection.rollback();
        }
    }

    @Test
    @Timeout(value = Patience.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("to MariaDB that have gone deaf are not waited for, not even while they are made ready")
    void deaf() throws Exception {
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.toMariaDb(TestMariaDb.port());
                SingleConnection single = new SingleConnection(DriverManager.getConnection(
                        "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/forthwith?user=root"))) {
            single.connection().setAutoCommit(false);
            Database database = database(single).withQueryTimeout(Patience.FOREVER);
            proxy.deafen();
            assertThatThrownBy(() -> database.lendAtOnce(Duration.ofMillis(200)))
                    .isInstanceOf(SQLException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are not given back with what could not be rolled back: in auto-commit mode it would be committed")
    void not_rolled_back(TestDatabase kind) throws SQLException {
        DataSource sound = kind.migrated();
        JdbcJobStore.of(sound).add(Jobs.encoded(Jobs.job()));
        Database database = database(Lending.notRollingBack(sound));
        assertThatThrownBy(() -> database.transaction("stop halfway", session -> {
                    session.update(StatementText.of("UPDATE job SET user_id = 'halfway'"), Binder.NONE);
                    throw new SQLException("no further", "HY000");
                }))
                .isInstanceOf(JobStoreException.class);
        assertThat(Sql.query(sound, "SELECT id FROM job WHERE user_id = 'halfway'"))
                .isEmpty();
    }

    @Test
    @DisplayName("are not waited for longer than a sensible time")
    void query_timeout() {
        JdbcJobStore store = JdbcJobStore.of(TestH2.migrated());
        assertThat(store.queryTimeout(Duration.ofSeconds(1))).isNotNull();
        assertThatThrownBy(() -> store.queryTimeout(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.queryTimeout(Duration.ofDays(1))).isInstanceOf(IllegalArgumentException.class);
    }
}
