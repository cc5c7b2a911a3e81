package io.forthwith.jdbc.internal.h2;

import io.forthwith.jdbc.internal.family.FamilyPhrases;
import io.forthwith.jdbc.internal.limits.LimitPhrases;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementTemplates;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sql.TextIdDialect;
import io.forthwith.jdbc.internal.sql.TransactionEnd;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
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
    private static final String FOR_UPDATE = "FOR UPDATE";
    private static final int LOCK_TIMEOUT = 50200;
    private static final Duration SHORT_WAIT = Duration.ofMillis(20);
    private static final int GENERAL_ERROR = 50000;

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

    private static Map<String, String> words() {
        Map<String, String> words = new HashMap<>(FamilyPhrases.STANDARD);
        words.putAll(LimitPhrases.STANDARD);
        words.putAll(WORDS);
        words.put("after_or_null", words.get("after"));
        words.put("instead", "");
        words.put("by_name", "KEY (job_id, name)");
        words.put("open_start_key", "open_start_key");
        words.put("unless_there", "");
        words.put("open_expiry", "open_expiry");
        // With > H2 first reads all rows that equal the parameter.
        words.put("above", ">= CONCAT(?, CHAR(0))");
        // H2 prefers an index whose first column is compared for equality. A function hides the column from it.
        words.put("filter", "COALESCE({column})");
        // An index that is read up to a time without a lower bound begins with the rows that have none.
        words.put("has_time", "{column} > TIMESTAMP WITH TIME ZONE '1000-01-01 00:00:00+00:00'");
        words.put("has_expiry", "{has_time open_expiry}");
        // Of an index it uses a list for the first column only, and no list beside a range.
        words.put("among", "{column} {in} AND ? <= ?");
        // A list that is one of two conditions uses no index.
        words.put("lock_predecessor_rows", """
            SELECT e.job_id FROM (
              SELECT job_id AS later, predecessor_id AS earlier FROM {job_predecessor} WHERE job_id {in}
              UNION SELECT job_id, predecessor_id FROM {job_predecessor} WHERE predecessor_id {in}) AS tie
            JOIN {job_predecessor} e ON e.job_id = tie.later AND e.predecessor_id = tie.earlier
            ORDER BY e.job_id, e.predecessor_id {for_update}""");
        words.put("finishers", "{ids} JOIN {job} c ON c.parent_id = p.id AND c.position = 0 WHERE TRUE");
        words.put(
                "job_by_key",
                "UNNEST(CAST(? AS CHARACTER VARYING ARRAY)) AS t (wanted_type)"
                        + " JOIN UNNEST(CAST(? AS CHARACTER VARYING ARRAY)) AS k (wanted_key) ON TRUE"
                        + " JOIN {job} ON type = t.wanted_type AND {{column}} = k.wanted_key WHERE TRUE");
        words.put("far", "TIMESTAMP WITH TIME ZONE '8000-01-01 00:00:00+00:00'");
        words.put("after_never", "TIMESTAMP WITH TIME ZONE '9000-01-01 00:00:01+00:00'");
        words.put("draw_number", "SELECT n FROM FINAL TABLE (INSERT INTO {job_number} DEFAULT VALUES)");
        words.put("open_sequence", "open_sequence");
        words.put("type_limit", "'type:' || type");
        words.put("holding", "held_limits");
        return words;
    }

    private H2Dialect(TableNames tables, UnaryOperator<String> fold) {
        super(new StatementTemplates(tables, name -> '"' + fold.apply(name) + '"', true, words()));
    }

    /** Names are quoted in the case in which the database stores them, so that people need not quote them. */
    public static H2Dialect of(Connection connection, TableNames tables) throws SQLException {
        refuseCollation(connection);
        DatabaseMetaData database = connection.getMetaData();
        if (database.storesUpperCaseIdentifiers()) {
            return inUpperCase(tables);
        }
        return new H2Dialect(
                tables, database.storesLowerCaseIdentifiers() ? name -> name.toLowerCase(Locale.ROOT) : name -> name);
    }

    /** With the order of a language, {@code 'undo:x'} may be after {@code 'undo;'}: claims would not find jobs. */
    private static void refuseCollation(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(
                        "SELECT SETTING_VALUE FROM INFORMATION_SCHEMA.SETTINGS WHERE SETTING_NAME = 'COLLATION'")) {
            if (found.next()) {
                throw new IllegalArgumentException(
                        "This H2 database has the collation " + found.getString(1)
                                + ": this store needs one that compares texts character by character. Give it a database without SET COLLATION");
            }
        }
    }

    /** For a database with default settings. */
    public static H2Dialect inUpperCase(TableNames tables) {
        return new H2Dialect(tables, name -> name.toUpperCase(Locale.ROOT));
    }

    @Override
    public String name() {
        return NAME;
    }

    /** With a lock wait, a query waits for locks only if that is long. A write waits as long as the database is told to, two seconds by default. */
    @Override
    protected PreparedStatement prepare(Session session, String text) throws SQLException {
        Duration wait = session.lockWait();
        if (wait == null || !text.endsWith(FOR_UPDATE)) {
            return super.prepare(session, text);
        }
        return super.prepare(
                session, text + (limitsLockWaits(wait) ? " WAIT " + wait.toMillis() / 1_000.0 : " NOWAIT"));
    }

    @Override
    public boolean limitsLockWaits(Duration wait) {
        return wait.compareTo(SHORT_WAIT) > 0;
    }

    @Override
    public boolean isHeldByOthers(SQLException thrown) {
        return thrown.getErrorCode() == LOCK_TIMEOUT;
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

    /** H2 compares each row that the index finds with all ids of the list: for 500 that takes most of the time. */
    @Override
    public int mostIds() {
        return 50;
    }

    @Override
    public void begin(Session session, @Nullable TransactionEnd end) {}

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
            case 40001, 90131, LOCK_TIMEOUT -> SqlFailureKind.CONFLICT;
            case 23505 -> SqlFailureKind.DUPLICATE;
            // Query time-out, closing, out of memory, in use elsewhere, read-only, cannot write the file.
            case 57014, 90135, 90108, 90020, 90097, 90031, 90028 -> SqlFailureKind.TRANSIENT;
            // Connection broken, session or database closed.
            case 90067, 90098, 90121, 90007 -> SqlFailureKind.DISCONNECTED;
            case GENERAL_ERROR -> isVictim(thrown) ? SqlFailureKind.CONFLICT : SqlFailureKind.UNCLEAR;
            default -> ofClass(Objects.requireNonNullElse(thrown.getSQLState(), ""));
        };
    }

    /**
     * A transaction that waits marks another one as the victim of their deadlock. If the victim does not wait at that moment, its
     * next lock fails with a general error that says only what state the transaction is in.
     */
    private static boolean isVictim(SQLException generalError) {
        return Objects.requireNonNullElse(generalError.getMessage(), "").contains("has status ROLLING_BACK");
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
