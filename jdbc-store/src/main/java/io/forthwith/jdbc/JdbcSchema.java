package io.forthwith.jdbc;

import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.SupportedDatabases;
import io.forthwith.jdbc.internal.schema.SchemaDiff;
import io.forthwith.jdbc.internal.schema.SchemaScripts;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Makes and checks the tables of {@link JdbcJobStore}. They come from numbered scripts; each is applied once and
 * recorded in {@code job_schema}. Thread-safe.
 *
 * <p>Either call {@link #migrate} before the store is first used; any number of processes may call it at the same
 * time. Or copy {@link #ddl} into a migration tool, and give the role of the library no right to change the schema.
 *
 * <p>A script that only adds leaves the schema open to the version before: {@code job_schema.open_from} says from which
 * version on a library may start workers on it. So a deployment can be taken back. On a schema that is open to it, an older
 * library runs no script.
 */
public final class JdbcSchema {
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private JdbcSchema() {}

    /**
     * Makes the tables, or brings them up to date, in the default schema of the connection. An SQLite file is put
     * into WAL mode as well, which it remembers.
     *
     * @throws IllegalStateException if the schema is that of a newer version of the library, and not open to this one;
     *     nothing is touched
     * @throws IllegalArgumentException if the database is not supported
     * @throws JobStoreException if it did not work; it may be repeated
     */
    public static void migrate(DataSource dataSource) {
        migrate(dataSource, TableNames.STANDARD);
    }

    /**
     * The same for tables elsewhere; see {@link JdbcJobStore#schema} and {@link JdbcJobStore#tablePrefix}. The schema must
     * exist.
     *
     * @param schema null for the one that connections look in
     * @param tablePrefix may be empty
     * @throws IllegalStateException if the schema is that of a newer version of the library, and not open to this one;
     *     nothing is touched
     */
    public static void migrate(DataSource dataSource, @Nullable String schema, String tablePrefix) {
        migrate(dataSource, new TableNames(schema, tablePrefix));
    }

    private static void migrate(DataSource dataSource, TableNames tables) {
        SqlDialect dialect = dialectOf(dataSource, tables);
        SchemaScripts scripts = new SchemaScripts(dialect);
        new Database(dataSource, dialect, true, TIMEOUT).transaction("migrate the schema", session -> {
            dialect.migrate(session, scripts::apply);
            return true;
        });
    }

    private static SqlDialect dialectOf(DataSource dataSource, TableNames tables) {
        Objects.requireNonNull(dataSource, JdbcJobStore.NO_DATA_SOURCE);
        try (Connection connection = dataSource.getConnection()) {
            SupportedDatabases.requireNoTransaction(connection);
            return SupportedDatabases.of(connection, tables).dialect();
        } catch (SQLException failed) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT, "Could not ask the database what it is", failed);
        }
    }

    /**
     * All statements that make the tables of this version, and record that they were run.
     *
     * @param databaseName {@code postgresql}, {@code mariadb}, {@code mysql}, {@code h2} or {@code sqlite}
     * @throws IllegalArgumentException if it is none of these
     */
    public static String ddl(String databaseName) {
        return ddl(databaseName, 0);
    }

    /**
     * The statements that bring the tables from an older version to this one, and record that they were run. For a
     * migration tool that has applied the statements of the older version.
     *
     * @param databaseName as in {@link #ddl(String)}
     * @param fromVersion the version of the tables, the highest number in {@code job_schema}; 0 if there are none
     * @return the statements; empty if the tables are of this version
     * @throws IllegalArgumentException if the database is not known, or this library knows no such version
     */
    public static String ddl(String databaseName, int fromVersion) {
        return new SchemaScripts(SupportedDatabases.named(databaseName, TableNames.STANDARD)
                        .dialect())
                .ddl(fromVersion);
    }

    /**
     * Compares the tables with those of this version of the library. Lists missing and changed tables, columns and
     * indexes, each as a sentence for a person, with the statement that repairs it. What a host has added is not
     * listed.
     *
     * @return nothing if they are as they should be
     * @throws IllegalArgumentException if the database is not supported
     * @throws JobStoreException if it could not be asked
     */
    public static List<String> drift(DataSource dataSource) {
        return drift(dataSource, TableNames.STANDARD);
    }

    /**
     * The same for tables elsewhere; see {@link #migrate(DataSource, String, String)}.
     *
     * @param schema null for the one that connections look in
     * @param tablePrefix may be empty
     */
    public static List<String> drift(DataSource dataSource, @Nullable String schema, String tablePrefix) {
        return drift(dataSource, new TableNames(schema, tablePrefix));
    }

    private static List<String> drift(DataSource dataSource, TableNames tables) {
        SqlDialect dialect = dialectOf(dataSource, tables);
        SchemaDiff diff = new SchemaDiff(dialect, tables, new SchemaScripts(dialect).model());
        return new Database(dataSource, dialect, true, TIMEOUT)
                .read(
                        "compare the schema",
                        session -> diff.find(session.connection()).stream()
                                .map(SchemaDiff.Difference::text)
                                .toList());
    }
}
