package io.forthwith.jdbc.internal;

import io.forthwith.jdbc.internal.driver.PostgresOpenTransaction;
import io.forthwith.jdbc.internal.h2.H2Dialect;
import io.forthwith.jdbc.internal.mariadb.MariaDbDialect;
import io.forthwith.jdbc.internal.mariadb.MariaDbOperations;
import io.forthwith.jdbc.internal.operations.JobOperations;
import io.forthwith.jdbc.internal.operations.StandardOperations;
import io.forthwith.jdbc.internal.postgresql.PostgresDialect;
import io.forthwith.jdbc.internal.postgresql.PostgresLookalikes;
import io.forthwith.jdbc.internal.postgresql.PostgresOperations;
import io.forthwith.jdbc.internal.rows.JobUpdates;
import io.forthwith.jdbc.internal.rows.RowByRowInserts;
import io.forthwith.jdbc.internal.sql.DatabaseVersion;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sqlite.SqliteDialect;
import io.forthwith.jdbc.internal.sqlite.SqliteInserts;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;

/** The databases that the store supports. This is the only place where one of them is chosen by its name. */
public final class SupportedDatabases {
    private static final List<String> NAMES = List.of(
            PostgresDialect.NAME, MariaDbDialect.MARIADB, MariaDbDialect.MYSQL, H2Dialect.NAME, SqliteDialect.NAME);

    /** Data sources that hand out the connection of the transaction under way, and how to get at what is behind. */
    private static final Map<String, String> CONTEXTUAL = Map.of(
            "org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy",
            "getTargetDataSource(), and enqueue within a transaction by joining(DataSourceUtils.getConnection(dataSource))",
            "io.micronaut.data.connection.jdbc.advice.ContextualAwareDataSource$DataSourceProxy",
            "DelegatingDataSource.unwrapDataSource(dataSource), and enqueue within a transaction by joining(connection), with the"
                    + " Connection that Micronaut injects",
            "io.micronaut.transaction.jdbc.TransactionAwareDataSource$DataSourceProxy",
            "DelegatingDataSource.unwrapDataSource(dataSource), and enqueue within a transaction by joining(connection), with the"
                    + " Connection that Micronaut injects");

    private SupportedDatabases() {}

    /**
     * The operations of the database that a connection leads to. Without auto-commit, the connection may be in a transaction afterwards.
     *
     * @throws IllegalArgumentException if it is none of those, or too old, or only speaks the protocol of one
     */
    public static JobOperations of(Connection connection, TableNames tables) throws SQLException {
        DatabaseMetaData database = connection.getMetaData();
        String product = database.getDatabaseProductName();
        String version = database.getDatabaseProductVersion();
        return switch (product) {
            case "PostgreSQL" -> {
                String server = PostgresLookalikes.version(connection);
                DatabaseVersion.require(product, version, PostgresDialect.OLDEST);
                yield new PostgresOperations(PostgresDialect.of(server, tables));
            }
            case "H2" -> {
                DatabaseVersion.require(product, version, H2Dialect.OLDEST);
                yield h2(H2Dialect.of(connection, tables));
            }
            case "MariaDB", "MySQL" ->
                new MariaDbOperations(MariaDbDialect.of(database, tables).on(connection));
            case "SQLite" -> sqlite(SqliteDialect.of(connection, tables));
            default ->
                throw new IllegalArgumentException(
                        "Database \"" + product + "\" is not supported: this store knows"
                                + " PostgreSQL, MariaDB, MySQL, H2 and SQLite. Plug in a JobStore of your own for another one.");
        };
    }

    /**
     * Refuses a data source that hands out the connection of a transaction of the host. By name: the library depends on no framework.
     *
     * @throws IllegalArgumentException saying what to give instead
     */
    public static void requireOwnTransactions(DataSource dataSource) {
        for (Class<?> type = dataSource.getClass(); type != null; type = type.getSuperclass()) {
            String instead = CONTEXTUAL.get(type.getName());
            if (instead != null) {
                throw new IllegalArgumentException(
                        "A " + type.getName().substring(type.getName().lastIndexOf('.') + 1)
                                + " hands out the connection of the transaction under way, which the store would commit: give it the data"
                                + " source behind, " + instead);
            }
        }
    }

    /**
     * Refuses a connection that is in a transaction already, if it is one of PostgreSQL.
     *
     * @throws io.forthwith.JobStoreException permanent, if it is
     */
    public static void requireNoTransaction(Connection connection) throws SQLException {
        PostgresOpenTransaction.refuse(connection);
    }

    /** The operations of the database called {@code name}, as if no connection had been asked. */
    public static JobOperations named(String name, TableNames tables) {
        Objects.requireNonNull(name, "databaseName must not be null: there are " + String.join(", ", NAMES));
        return switch (name) {
            case PostgresDialect.NAME -> new PostgresOperations(new PostgresDialect(tables));
            case H2Dialect.NAME -> h2(H2Dialect.inUpperCase(tables));
            case MariaDbDialect.MARIADB, MariaDbDialect.MYSQL ->
                new MariaDbOperations(MariaDbDialect.named(name, tables));
            case SqliteDialect.NAME -> sqlite(SqliteDialect.anywhere(tables));
            default ->
                throw new IllegalArgumentException(
                        "No schema for a database called \"" + name + "\": there are " + String.join(", ", NAMES));
        };
    }

    private static JobOperations h2(SqlDialect dialect) {
        return new StandardOperations(dialect, new JobUpdates(dialect), new RowByRowInserts(dialect));
    }

    private static JobOperations sqlite(SqlDialect dialect) {
        return new StandardOperations(dialect, new JobUpdates(dialect), new SqliteInserts(dialect));
    }
}
