package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobQuery;
import io.forthwith.JobStoreException;
import io.forthwith.client.JobClient;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.dynamic.scaffold.subclass.ConstructorStrategy;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * Data sources that hand out the connection of the transaction under way, as frameworks have them. A store would take that
 * transaction for its own, and commit it.
 */
@DisplayName("A connection that is in a transaction of the host")
class ContextualDataSourcesTest {
    /** What a host may do with a store in its transaction. */
    static Stream<Arguments> everyUse() {
        return Stream.of(
                use("adds a job", store -> store.add(Jobs.encoded(Jobs.job()))),
                use("adds many", store -> store.add(Jobs.many(300))),
                use("enqueues", store -> JobClient.of(store).enqueue(Jobs.job())),
                use("counts", store -> store.countByScan(JobQuery.all())),
                use("registers a worker", Jobs::worker),
                use("makes another store", store -> store.tablePrefix("other_")));
    }

    private static Arguments use(String name, Consumer<JdbcJobStore> use) {
        return Arguments.of(Named.of(name, use));
    }

    private static DataSource withOrders() {
        DataSource database = TestDatabase.POSTGRESQL.migrated();
        Sql.run(database, "DROP TABLE IF EXISTS customer_order");
        Sql.run(database, "CREATE TABLE customer_order (id INTEGER PRIMARY KEY)");
        return database;
    }

    /** Hands out one connection to all, and does not close it, as long as a transaction is under way. */
    private static final class Contextual extends DelegatingDataSource {
        private Connection ofTransaction;

        Contextual(DataSource pool) {
            super(pool);
        }

        @Override
        public Connection getConnection() throws SQLException {
            return ofTransaction == null
                    ? super.getConnection()
                    : new SingleConnectionDataSource(ofTransaction, true).getConnection();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("everyUse")
    @DisplayName("is refused on PostgreSQL, and the host rolls its work back as a whole")
    void refused(Consumer<JdbcJobStore> use) throws SQLException {
        DataSource database = withOrders();
        Contextual contextual = new Contextual(database);
        JdbcJobStore store = JdbcJobStore.of(contextual);
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("INSERT INTO customer_order VALUES (1)");
            contextual.ofTransaction = host;

            assertThatThrownBy(() -> use.accept(store))
                    .isInstanceOfSatisfying(
                            JobStoreException.class,
                            refused -> assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.PERMANENT))
                    .hasMessageContaining("in a transaction already, which the store would commit")
                    .hasMessageContaining("joining(connection)");

            assertThat(host.getAutoCommit()).isFalse();
            statement.executeUpdate("INSERT INTO customer_order VALUES (2)");
            host.rollback();
        }
        assertThat(Sql.query(database, "SELECT id FROM customer_order")).isEmpty();
        assertThat(Sql.query(database, "SELECT id FROM job")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT id FROM customer_order",
                "SELECT 1 FROM customer_order FOR UPDATE",
                "LOCK TABLE customer_order",
                "SELECT pg_advisory_xact_lock(42)",
                "UPDATE customer_order SET id = 2 WHERE id = 7"
            })
    @DisplayName("is refused if it has only read a table, or locked something")
    void read(String sql) throws SQLException {
        DataSource database = withOrders();
        Contextual contextual = new Contextual(database);
        JdbcJobStore store = JdbcJobStore.of(contextual);
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.execute(sql);
            contextual.ofTransaction = host;

            assertThatThrownBy(() -> store.countByScan(JobQuery.all()))
                    .hasMessageContaining("in a transaction already");
            host.rollback();
        }
    }

    @Test
    @DisplayName("is refused if the transaction has failed, or was begun by a statement")
    void failed() throws SQLException {
        DataSource database = withOrders();
        Contextual contextual = new Contextual(database);
        JdbcJobStore store = JdbcJobStore.of(contextual);
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            contextual.ofTransaction = host;
            statement.execute("BEGIN");
            assertThatThrownBy(() -> store.countByScan(JobQuery.all()))
                    .hasMessageContaining("in a transaction already");
            statement.execute("ROLLBACK");
            assertThat(store.countByScan(JobQuery.all())).isZero();

            host.setAutoCommit(false);
            assertThatThrownBy(() -> statement.execute("SELECT 1 / 0"));
            assertThatThrownBy(() -> store.countByScan(JobQuery.all()))
                    .hasMessageContaining("in a transaction already");
            host.rollback();
        }
    }

    @Test
    @DisplayName("is refused when a store or the tables are made on it")
    void at_the_start() throws SQLException {
        DataSource database = withOrders();
        Contextual contextual = new Contextual(database);
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("INSERT INTO customer_order VALUES (1)");
            contextual.ofTransaction = host;

            assertThatThrownBy(() -> JdbcJobStore.of(contextual)).hasMessageContaining("in a transaction already");
            assertThatThrownBy(() -> JdbcSchema.migrate(contextual)).hasMessageContaining("in a transaction already");
            host.commit();
        }
        assertThat(Sql.query(database, "SELECT id FROM customer_order")).isEqualTo(List.of(List.of("1")));
    }

    @ParameterizedTest
    @CsvSource({"true, ", "false, ", "false, SELECT 1", "true, SELECT 1"})
    @DisplayName("is none if a pool has only tested it, with auto-commit on or off")
    void tested_by_a_pool(boolean autoCommit, String query) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(TestDatabase.POSTGRESQL.migrated());
        config.setAutoCommit(autoCommit);
        config.setMaximumPoolSize(1);
        config.setConnectionTestQuery(query);
        String window = "com.zaxxer.hikari.aliveBypassWindowMs";
        System.setProperty(window, "0");
        try (HikariDataSource pool = new HikariDataSource(config)) {
            JdbcJobStore store = JdbcJobStore.of(pool);
            store.add(Jobs.encoded(Jobs.job()));
            store.add(Jobs.many(300));
            assertThat(store.countByScan(JobQuery.all())).isEqualTo(301);
            assertThat(Jobs.claimAll(store)).isNotEmpty();
        } finally {
            System.clearProperty(window);
        }
    }

    @Test
    @DisplayName("is none if it is fresh, or was only tested, and has auto-commit off")
    void tested() throws SQLException {
        DataSource database = TestDatabase.POSTGRESQL.migrated();
        JdbcJobStore store = JdbcJobStore.of(new DelegatingDataSource(database) {
            private int times;

            @Override
            public Connection getConnection() throws SQLException {
                Connection connection = super.getConnection();
                connection.setAutoCommit(false);
                if (times++ % 2 == 1) {
                    connection.isValid(1);
                }
                return connection;
            }
        });
        for (int i = 0; i < 4; i++) {
            store.add(Jobs.encoded(Jobs.job()));
            store.add(Jobs.many(2));
        }

        assertThat(store.countByScan(JobQuery.all())).isEqualTo(12);
    }

    /** The name says it before the store asks for a connection, so the kind of database is of no account. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.micronaut.data.connection.jdbc.advice.ContextualAwareDataSource$DataSourceProxy",
                "io.micronaut.transaction.jdbc.TransactionAwareDataSource$DataSourceProxy"
            })
    @DisplayName("is never handed out by a data source of Micronaut, which is refused by its name")
    void known_by_name(String name) throws ReflectiveOperationException {
        DataSource contextual = new ByteBuddy()
                .subclass(DelegatingDataSource.class, ConstructorStrategy.Default.IMITATE_SUPER_CLASS)
                .name(name)
                .make()
                .load(getClass().getClassLoader())
                .getLoaded()
                .getConstructor(DataSource.class)
                .newInstance(TestDatabase.H2.empty());

        assertThatThrownBy(() -> JdbcJobStore.of(contextual))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "A " + name.substring(name.lastIndexOf('.') + 1) + " hands out the connection of the")
                .hasMessageContaining("DelegatingDataSource.unwrapDataSource(dataSource)")
                .hasMessageContaining("joining");
    }
}
