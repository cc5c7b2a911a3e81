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
    private static final List<Script> SCRIPTS = List.of(
            new Script("001_jobs.sql", 1),
            new Script("002_steps.sql", 2),
            new Script("003_families.sql", 3),
            new Script("004_backends.sql", 4),
            new Script("005_sessions_of_heartbeats.sql", 5),
            new Script("006_schedules.sql", 6),
            new Script("007_insight_and_keys.sql", 7),
            new Script("008_limits.sql", 8),
            new Script("009_way_back.sql", 9),
            // These only add tables, indexes and columns that may be null.
            new Script("010_changes_of_keys.sql", 9),
            new Script("011_counts.sql", 9),
            new Script("012_causes_and_pauses.sql", 9),
            new Script("013_types_of_workers.sql", 9),
            new Script("014_acts_and_audit.sql", 9),
            new Script("015_labels.sql", 9));

    /** The script that adds {@code open_from}: the rows of those before it say nothing about a way back. */
    private static final int WAY_BACK = 9;

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
    private final StatementText openFrom;

    /**
     * A script.
     *
     * @param openFrom the oldest version of the library that may work on the schema once the script is applied: an
     *     earlier one, if the script only adds; otherwise the script's own
     */
    private record Script(String file, int openFrom) {}

    public SchemaScripts(SqlDialect dialect) {
        this.dialect = dialect;
        this.lastApplied = dialect.sql("SELECT coalesce(max(version), 0) FROM {job_schema}");
        this.openFrom = dialect.sql("SELECT max(coalesce(open_from, version)) FROM {job_schema}");
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
     * @throws IllegalStateException if the schema is newer than this library and not open to it; nothing is touched
     */
    @Nullable
    public Void apply(Session session) throws SQLException {
        int current = lastAppliedOrNone(session);
        String refusal = refusal(session, current);
        if (refusal != null) {
            throw new IllegalStateException(refusal);
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

    /** Why this library may not work on the schema; null if it may. */
    @Nullable
    String refusal(Session session) throws SQLException {
        return refusal(session, lastApplied(session));
    }

    @Nullable
    private String refusal(Session session, int current) throws SQLException {
        if (current <= SCRIPTS.size()) {
            return null;
        }
        int oldest = session.first(openFrom, Binder.NONE, row -> row.getInt(1)).orElse(current);
        if (oldest <= SCRIPTS.size()) {
            LOG.info(
                    "A newer version of this library made the schema, version {}; it is open to this one, version {}",
                    current,
                    SCRIPTS.size());
            return null;
        }
        return "The schema is of version " + current + " and open to libraries that know version " + oldest
                + " or a later one; this library knows " + SCRIPTS.size()
                + ": update the library before starting a worker. Nothing was changed.";
    }

    /** The version applied last. */
    private int lastApplied(Session session) throws SQLException {
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
        return dialect.text(
                version < WAY_BACK
                        ? "INSERT INTO {job_schema} (version) VALUES (" + version + ")"
                        : "INSERT INTO {job_schema} (version, open_from) VALUES (" + version + ", "
                                + SCRIPTS.get(version - 1).openFrom() + ")");
    }

    private String script(int version) {
        return dialect.text(template(version));
    }

    private String template(int version) {
        String path = FOLDER + dialect.name() + "/" + SCRIPTS.get(version - 1).file();
        try (InputStream script = Objects.requireNonNull(
                SchemaScripts.class.getResourceAsStream(path), "script " + path + " in the jar")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
