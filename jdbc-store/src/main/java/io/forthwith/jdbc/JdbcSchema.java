package io.forthwith.jdbc;

import io.forthwith.JobStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The tables a {@link JdbcJobStore} needs: numbered scripts, each applied once and recorded in {@code job_schema}.
 * Thread-safe.
 *
 * <p>Either call {@link #migrate} before the store is first used, in as many processes at a time as you like; or take
 * {@link #ddl} into the migration tool you have, and give the library's own role no right to change the schema.
 */
public final class JdbcSchema {
    /** The scripts of every database, in order; a later version appends to it and changes none. */
    private static final List<String> SCRIPTS =
            List.of("001_jobs.sql", "002_steps.sql", "003_families.sql", "004_backends.sql");

    private static final Pattern END = Pattern.compile(";[ ]*(?:\n|$)");
    private static final Pattern COMMENTS = Pattern.compile("(?:\\s|--[^\n]*)*");

    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private static final String CREATE = """
            CREATE TABLE IF NOT EXISTS {job_schema} (
              version    integer PRIMARY KEY,
              applied_at {timestamp}
            )""";

    private final Dialect dialect;

    private JdbcSchema(Dialect dialect) {
        this.dialect = dialect;
    }

    /**
     * Makes the tables, or brings them up to date, in the schema that connections look in. An SQLite file is put into WAL mode if it is not
     * in it already, and remembers that.
     *
     * @throws IllegalStateException if the schema is that of a newer version of the library; nothing is touched
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
     * @throws IllegalStateException if the schema is that of a newer version of the library; nothing is touched
     */
    public static void migrate(DataSource dataSource, @Nullable String schema, String tablePrefix) {
        migrate(dataSource, new TableNames(schema, tablePrefix));
    }

    private static void migrate(DataSource dataSource, TableNames tables) {
        Dialect dialect = dialectOf(dataSource, tables);
        JdbcSchema schema = new JdbcSchema(dialect);
        new Database(dataSource, dialect, true, TIMEOUT).transaction("migrate the schema", session -> {
            dialect.migrate(session, schema::apply);
            return true;
        });
    }

    private static Dialect dialectOf(DataSource dataSource, TableNames tables) {
        try (Connection connection = dataSource.getConnection()) {
            return Dialect.of(connection, tables);
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
        Dialect dialect = Dialect.named(databaseName, TableNames.STANDARD);
        JdbcSchema schema = new JdbcSchema(dialect);
        StringBuilder text = new StringBuilder(dialect.sql(CREATE)).append(";\n\n");
        for (int version = 1; version <= SCRIPTS.size(); version++) {
            text.append(schema.script(version))
                    .append('\n')
                    .append(schema.record(version))
                    .append(";\n");
        }
        return text.toString();
    }

    /**
     * Where the tables differ from those that this version of the library makes: tables, columns and indexes that are missing or were
     * changed. Each is a sentence for a person, with the statement that mends it. What a host has added is not told.
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
        Dialect dialect = dialectOf(dataSource, tables);
        return new Database(dataSource, dialect, true, TIMEOUT)
                .read(
                        "compare the schema",
                        session -> drift(dialect, tables).find(session.connection()).stream()
                                .map(SchemaDiff.Difference::text)
                                .toList());
    }

    private static SchemaDiff drift(Dialect dialect, TableNames tables) {
        JdbcSchema schema = new JdbcSchema(dialect);
        List<String> statements = IntStream.rangeClosed(1, SCRIPTS.size())
                .mapToObj(schema::text)
                .flatMap(END::splitAsStream)
                .toList();
        return new SchemaDiff(dialect, tables, new SchemaModel(statements));
    }

    /** What a worker that starts looks for. */
    static SchemaCheck check(Dialect dialect, TableNames tables) {
        return new SchemaCheck(SCRIPTS.size(), drift(dialect, tables));
    }

    private @Nullable Void apply(Session session) throws SQLException {
        int current = version(session);
        if (current > SCRIPTS.size()) {
            throw new IllegalStateException(
                    "The schema is of version " + current + ", and this version of the library knows " + SCRIPTS.size()
                            + " at the most: update the library. Nothing was changed.");
        }
        for (int version = current + 1; version <= SCRIPTS.size(); version++) {
            execute(session, script(version));
            execute(session, record(version));
        }
        return null;
    }

    /** The version applied last; 0 if there is none. Looks before it creates: a role without DDL rights may look. */
    private int version(Session session) throws SQLException {
        Savepoint before = session.connection().setSavepoint();
        try {
            return session.first(
                            dialect.sql("SELECT coalesce(max(version), 0) FROM {job_schema}"),
                            Binder.NONE,
                            row -> row.getInt(1))
                    .orElse(0);
        } catch (SQLException failed) {
            if (!dialect.isMissingTable(failed)) {
                throw failed;
            }
            session.connection().rollback(before);
            execute(session, dialect.sql(CREATE));
            return 0;
        }
    }

    private static void execute(Session session, String statements) throws SQLException {
        try (Statement statement = session.connection().createStatement()) {
            // Not every driver takes more than one at a time.
            for (String each : END.splitAsStream(statements).toList()) {
                if (!COMMENTS.matcher(each).matches()) {
                    statement.execute(each);
                }
            }
        }
    }

    private String record(int version) {
        return dialect.sql("INSERT INTO {job_schema} (version) VALUES (" + version + ")");
    }

    private String script(int version) {
        return dialect.sql(text(version));
    }

    private String text(int version) {
        String path = dialect.name() + "/" + SCRIPTS.get(version - 1);
        try (InputStream script =
                Objects.requireNonNull(JdbcSchema.class.getResourceAsStream(path), "script " + path + " in the jar")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
