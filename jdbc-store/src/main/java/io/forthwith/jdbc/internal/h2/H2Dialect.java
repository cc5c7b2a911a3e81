package io.forthwith.jdbc.internal.h2;

import io.forthwith.jdbc.internal.family.FamilyPhrases;
import io.forthwith.jdbc.internal.limits.LimitPhrases;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementTemplates;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sql.TextIdDialect;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** H2 2.2.220 and newer, in memory, in a file or as a server. */
public final class H2Dialect extends TextIdDialect {
    public static final String NAME = "h2";
    /** The first version that can skip locked rows. */
    public static final String OLDEST = "2.2.220";

    private static final Object MIGRATION = new Object();

    private static final Map<String, String> WORDS = Map.of(
            "now", "CURRENT_TIMESTAMP",
            "after", "DATEADD(MICROSECOND, ?, CURRENT_TIMESTAMP)",
            "json", "?",
            "put", "MERGE INTO",
            "by_claim", "KEY (job_id, claim)",
            "open_key", "open_key",
            "suspicion", "suspicion",
            "timestamp", "TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL",
            "ids", "UNNEST(CAST(? AS CHARACTER VARYING ARRAY)) AS p (id)",
            "good_id", "REGEXP_LIKE(id, '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')");

    private static Map<String, String> words(boolean isCollated) {
        Map<String, String> words = new HashMap<>(FamilyPhrases.STANDARD);
        words.putAll(LimitPhrases.STANDARD);
        words.putAll(WORDS);
        words.put("after_or_null", words.get("after"));
        words.put("instead", "");
        words.put("open_start_key", "open_start_key");
        words.put("unless_there", "");
        words.put("open_expiry", "open_expiry");
        // An index that is read up to a time without a lower bound begins with the rows that have none.
        words.put("has_expiry", "open_expiry > TIMESTAMP WITH TIME ZONE '1000-01-01 00:00:00+00:00'");
        // H2 begins to read at all that equals the parameter, and passes over it.
        words.put("above", isCollated ? "> ?" : ">= CONCAT(?, CHAR(0))");
        // Where an index of another column is the better one: H2 would take that of the status, because it is compared
        // for equality.
        words.put("status", "COALESCE(status)");
        words.put("far", "TIMESTAMP WITH TIME ZONE '8000-01-01 00:00:00+00:00'");
        words.put("after_never", "TIMESTAMP WITH TIME ZONE '9000-01-01 00:00:01+00:00'");
        words.put("draw_number", "SELECT n FROM FINAL TABLE (INSERT INTO {job_number} DEFAULT VALUES)");
        words.put("open_sequence", "open_sequence");
        words.put("type_limit", "'type:' || type");
        words.put("holding", "held_limits");
        return words;
    }

    private H2Dialect(TableNames tables, UnaryOperator<String> fold, boolean isCollated) {
        super(new StatementTemplates(tables, name -> '"' + fold.apply(name) + '"', true, words(isCollated)));
    }

    /** Names are quoted in the case in which the database stores them, so that people need not quote them. */
    public static H2Dialect of(Connection connection, TableNames tables) throws SQLException {
        DatabaseMetaData database = connection.getMetaData();
        boolean isCollated = isCollated(connection);
        if (database.storesUpperCaseIdentifiers()) {
            return new H2Dialect(tables, H2Dialect::upper, isCollated);
        }
        return new H2Dialect(
                tables,
                database.storesLowerCaseIdentifiers() ? name -> name.toLowerCase(Locale.ROOT) : name -> name,
                isCollated);
    }

    /** For a database with default settings. */
    public static H2Dialect inUpperCase(TableNames tables) {
        return new H2Dialect(tables, H2Dialect::upper, false);
    }

    private static String upper(String name) {
        return name.toUpperCase(Locale.ROOT);
    }

    /** Whether texts are compared by the rules of a language: then some differ and are equal all the same. */
    private static boolean isCollated(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(
                        "SELECT 1 FROM INFORMATION_SCHEMA.SETTINGS WHERE SETTING_NAME = 'COLLATION'")) {
            return found.next();
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Restore enter(Connection connection) throws SQLException {
        int isolation = connection.getTransactionIsolation();
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
        Restore timeout = join(connection);
        return () -> {
            timeout.run();
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(isolation);
            }
        };
    }

    /** A query time-out of H2 belongs to the connection and not to the statement on which it is set. */
    @Override
    public Restore join(Connection connection) throws SQLException {
        int timeout = queryTimeout(connection);
        return () -> setQueryTimeout(connection, timeout);
    }

    private static int queryTimeout(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.getQueryTimeout();
        }
    }

    private static void setQueryTimeout(Connection connection, int seconds) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(seconds);
        }
    }

    /** It finds rows by the index, and then compares each with the list, value by value: for 500 ids that takes most of the time. */
    @Override
    protected int mostIds() {
        return 50;
    }

    @Override
    public void begin(Session session) {}

    @Override
    public boolean startsReadCommitted(Connection connection) {
        return true;
    }

    @Override
    public int bindIds(PreparedStatement statement, int last, Collection<UUID> ids) throws SQLException {
        Object[] texts = ids.stream().map(UUID::toString).toArray();
        statement.setArray(last + 1, statement.getConnection().createArrayOf("VARCHAR", texts));
        return last + 1;
    }

    @Override
    public SqlFailureKind failureOf(SQLException thrown) {
        return switch (thrown.getErrorCode()) {
            // Deadlock, changed by another connection, lock time-out.
            case 40001, 90131, 50200 -> SqlFailureKind.CONFLICT;
            case 23505 -> SqlFailureKind.DUPLICATE;
            // Query time-out, closing, out of memory, in use elsewhere, read-only, cannot write the file.
            case 57014, 90135, 90108, 90020, 90097, 90031, 90028 -> SqlFailureKind.TRANSIENT;
            // Connection broken, session or database closed.
            case 90067, 90098, 90121, 90007 -> SqlFailureKind.DISCONNECTED;
            default -> ofClass(Objects.requireNonNullElse(thrown.getSQLState(), ""));
        };
    }

    private static SqlFailureKind ofClass(String state) {
        return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
            case "08" -> SqlFailureKind.DISCONNECTED;
            case "42" -> SqlFailureKind.NOT_SET_UP;
            case "21", "22", "23" -> SqlFailureKind.PERMANENT;
            default -> SqlFailureKind.UNCLEAR;
        };
    }

    @Override
    public String changeColumn(String table, String column, String type, String definition, boolean isNullable) {
        String alter = text("ALTER TABLE {" + table + "}") + " ALTER COLUMN " + column + " SET ";
        return alter + "DATA TYPE " + type + "; " + alter + (isNullable ? "NULL" : "NOT NULL");
    }

    @Override
    public void migrate(Session session, Session.Work<@Nullable Void> work) throws SQLException {
        // Every statement of a script commits, so no lock of the database holds throughout, and IF NOT EXISTS of H2
        // is not safe against another one at the same time. Most H2 databases belong to one process; two processes
        // that use one H2 server may fail here, and succeed when they try again.
        synchronized (MIGRATION) {
            work.on(session);
        }
    }
}
