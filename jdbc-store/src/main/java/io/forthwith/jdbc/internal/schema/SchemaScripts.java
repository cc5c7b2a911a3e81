package io.forthwith.jdbc.internal.schema;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.SavepointScope;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The numbered scripts of one database, each applied once and recorded in {@code job_schema}. Immutable and thread-safe. */
public final class SchemaScripts {
    /** The scripts of every database, in order; a later version appends to it and changes none. */
    private static final List<String> SCRIPTS = List.of(
            "001_jobs.sql",
            "002_steps.sql",
            "003_families.sql",
            "004_backends.sql",
            "005_sessions_of_heartbeats.sql",
            "006_schedules.sql",
            "007_insight_and_keys.sql",
            "008_limits.sql");

    private static final String FOLDER = "/io/forthwith/jdbc/";

    private static final Pattern END = Pattern.compile(";[ ]*(?:\n|$)");
    private static final Pattern COMMENTS = Pattern.compile("(?:\\s|--[^\n]*)*");

    private static final StoreLogger LOG = StoreLogger.INSTANCE;

    private static final String CREATE = """
            CREATE TABLE IF NOT EXISTS {job_schema} (
              version    integer PRIMARY KEY,
              applied_at {timestamp}
            )""";

    private final SqlDialect dialect;
    private final StatementText lastApplied;

    public SchemaScripts(SqlDialect dialect) {
        this.dialect = dialect;
        this.lastApplied = dialect.sql("SELECT coalesce(max(version), 0) FROM {job_schema}");
    }

    /** The latest version that this library knows. */
    static int latestVersion() {
        return SCRIPTS.size();
    }

    /**
     * The statements after {@code fromVersion}, and those that record that they were run.
     *
     * @throws IllegalArgumentException if there is no such version
     */
    public String ddl(int fromVersion) {
        if (fromVersion < 0 || fromVersion > SCRIPTS.size()) {
            throw new IllegalArgumentException(
                    "Version " + fromVersion + " of the schema is not known: 0, for no tables," + " to "
                            + SCRIPTS.size() + ", the version of this library; job_schema says which one you have");
        }
        StringBuilder text = new StringBuilder();
        if (fromVersion == 0) {
            text.append(dialect.text(CREATE)).append(";\n\n");
        }
        for (int version = fromVersion + 1; version <= SCRIPTS.size(); version++) {
            text.append(script(version)).append('\n').append(record(version)).append(";\n");
        }
        return text.toString();
    }

    /** What the tables look like once all scripts are applied. */
    public SchemaModel model() {
        return new SchemaModel(IntStream.rangeClosed(1, SCRIPTS.size())
                .mapToObj(this::template)
                .flatMap(END::splitAsStream)
                .toList());
    }

    /**
     * Applies what is not applied yet.
     *
     * @throws IllegalStateException if the schema is newer than this library; nothing is touched
     */
    @Nullable
    public Void apply(Session session) throws SQLException {
        int current = lastAppliedOrNone(session);
        if (current > SCRIPTS.size()) {
            throw new IllegalStateException(
                    "The schema is of version " + current + ", and this version of the library knows " + SCRIPTS.size()
                            + " at the most: update the library. Nothing was changed.");
        }
        for (int version = current + 1; version <= SCRIPTS.size(); version++) {
            execute(session, script(version));
            execute(session, record(version));
        }
        if (current < SCRIPTS.size()) {
            LOG.info(
                    "{} the tables of jobs: {}, version {}",
                    current == 0 ? "Made" : "Upgraded",
                    dialect.text("{job}, {job_worker}, {job_schema} …"),
                    SCRIPTS.size());
        }
        return null;
    }

    /** The version applied last. */
    int lastApplied(Session session) throws SQLException {
        return session.first(lastApplied, Binder.NONE, row -> row.getInt(1)).orElse(0);
    }

    /** The same; 0 if there is none. Looks before it creates: a role without DDL rights may look. */
    private int lastAppliedOrNone(Session session) throws SQLException {
        try (SavepointScope scope = session.savepoint()) {
            try {
                return lastApplied(session);
            } catch (SQLException failed) {
                if (!dialect.isMissingTable(failed)) {
                    throw failed;
                }
                scope.rollBack();
            }
        }
        execute(session, dialect.text(CREATE));
        return 0;
    }

    private void execute(Session session, String statements) throws SQLException {
        try (Statement statement = session.connection().createStatement()) {
            // Not every driver takes more than one at a time.
            for (String each : END.splitAsStream(statements).toList()) {
                if (!COMMENTS.matcher(each).matches()) {
                    execute(statement, each);
                }
            }
        }
    }

    private void execute(Statement statement, String text) throws SQLException {
        try {
            statement.execute(text);
        } catch (SQLException refused) {
            if (!dialect.isColumnThere(refused)) {
                throw refused;
            }
            LOG.debug("A process that applied the same script before has ended half-way: {}", refused.getMessage());
        }
    }

    private String record(int version) {
        return dialect.text("INSERT INTO {job_schema} (version) VALUES (" + version + ")");
    }

    private String script(int version) {
        return dialect.text(template(version));
    }

    private String template(int version) {
        String path = FOLDER + dialect.name() + "/" + SCRIPTS.get(version - 1);
        try (InputStream script = Objects.requireNonNull(
                SchemaScripts.class.getResourceAsStream(path), "script " + path + " in the jar")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
