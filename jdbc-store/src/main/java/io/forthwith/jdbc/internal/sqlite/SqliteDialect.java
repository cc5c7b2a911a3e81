package io.forthwith.jdbc.internal.sqlite;

import io.forthwith.jdbc.internal.family.FamilyPhrases;
import io.forthwith.jdbc.internal.limits.LimitPhrases;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.DatabaseVersion;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementTemplates;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sql.TextIdDialect;
import io.forthwith.jdbc.internal.sql.TransactionEnd;
import io.forthwith.jdbc.internal.sql.WriterTurn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * SQLite 3.38 and newer, in a file or in memory.
 *
 * <p>There is one writer at a time, so no rows are locked: a transaction of the store locks the whole database before
 * it reads what it will change. The threads of this process write in the order in which they came ({@link
 * WriterQueue}); for other processes the driver waits.
 *
 * <p>Times are text, in UTC and to the millisecond, in a form that sorts by time and fits what
 * <code>datetime('now')</code> writes.
 */
public final class SqliteDialect extends TextIdDialect {
    public static final String NAME = "sqlite";

    private static final int BUSY = 5;
    /** The first version with JSON and with tables that check types. */
    private static final String OLDEST = "3.38";

    private static final Pattern TIME =
            Pattern.compile("(\\d{4})-(\\d\\d)-(\\d\\d) (\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,9})\\d*)?");

    private static final String HEX = "[0-9a-f]";
    private static final DateTimeFormatter WRITTEN =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

    private final WriterQueue writerQueue;
    private final boolean readersWait;
    private final StatementText writeNothing;

    /**
     * @param readersWait whether the database refuses a reader while a transaction writes
     */
    private SqliteDialect(TableNames tables, WriterQueue writerQueue, boolean readersWait) {
        super(new StatementTemplates(inMain(tables), name -> '"' + name + '"', false, words()));
        this.writerQueue = writerQueue;
        this.readersWait = readersWait;
        this.writeNothing = sql("DELETE FROM {job_schema} WHERE FALSE");
    }

    public static SqliteDialect of(Connection connection, TableNames tables) throws SQLException {
        String version = connection.getMetaData().getDatabaseProductVersion();
        DatabaseVersion.require("SQLite", version, OLDEST);
        String file = fileOf(connection);
        if (!file.isEmpty()) {
            return new SqliteDialect(tables, WriterQueue.at(file), false);
        }
        // The connections to a database in memory share its locks, or there is only one connection.
        String url = Objects.requireNonNullElse(connection.getMetaData().getURL(), "");
        return new SqliteDialect(tables, WriterQueue.at(url), true);
    }

    /** The path of the file with all links resolved; empty if the database is in memory. */
    private static String fileOf(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT file FROM pragma_database_list WHERE name = 'main'")) {
            return row.next() ? Objects.requireNonNullElse(row.getString(1), "") : "";
        }
    }

    /** For a database that has not been asked. */
    public static SqliteDialect anywhere(TableNames tables) {
        return new SqliteDialect(tables, new WriterQueue(), false);
    }

    private static Map<String, String> words() {
        Map<String, String> words = new HashMap<>(FamilyPhrases.STANDARD);
        words.putAll(LimitPhrases.STANDARD);
        words.put("now", "strftime('%Y-%m-%d %H:%M:%f', 'now')");
        words.put("after", "strftime('%Y-%m-%d %H:%M:%f', 'now', format('%+.3f seconds', ? / 1000000.0))");
        // format() would make 0 of null.
        words.put("after_or_null", "strftime('%Y-%m-%d %H:%M:%f', 'now', (? / 1000000.0) || ' seconds')");
        words.put("json", "?");
        words.put("put", "REPLACE INTO");
        words.put("by_claim", "");
        words.put("instead", "");
        words.put("in", "IN (SELECT value FROM json_each(?))");
        // A transaction that writes has locked the whole database: there are no rows to lock.
        words.put("for_update", "");
        words.put("for_update_skip_locked", "");
        words.put("open_key", "unique_key");
        words.put("unless_there", "ON CONFLICT DO NOTHING");
        words.put("open_start_key", "start_key");
        words.put("open_expiry", "expires_at");
        words.put("far", "'8000-01-01 00:00:00'");
        words.put("after_never", "'9000-01-01 00:00:01'");
        words.put("draw_number", "INSERT INTO {job_number} DEFAULT VALUES RETURNING n");
        words.put(
                "open_sequence",
                "sequence_key IS NOT NULL AND status IN ('pending', 'processing', 'waiting', 'failed') AND sequence_key");
        words.put("type_limit", "'type:' || type");
        words.put("holding", "limits IS NOT NULL AND status = 'processing' AND limits");
        words.put("suspicion", "status = 'pending' AND lost_workers > 0 AND lost_workers");
        words.put("timestamp", "TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')) NOT NULL");
        words.put(
                "is_time",
                "strftime('%Y-%m-%d %H:%M:%S', substr({column}, 1, 19)) IS substr({column}, 1, 19)"
                        + " AND coalesce(substr({column}, 20), '') NOT GLOB '[^.]*'"
                        + " AND coalesce(substr({column}, 21), '') NOT GLOB '*[^0-9]*'");
        words.put("ids", "(SELECT value AS id FROM json_each(?)) AS p");
        words.put(
                "good_id", "id GLOB '" + HEX.repeat(8) + ("-" + HEX.repeat(4)).repeat(3) + "-" + HEX.repeat(12) + "'");
        return words;
    }

    private static TableNames inMain(TableNames tables) {
        String schema = tables.schema();
        if (schema != null && !schema.equalsIgnoreCase("main")) {
            throw new IllegalArgumentException("An SQLite database has no schema \"" + schema
                    + "\": put the tables into a file of their own, or tell them from others by a table prefix");
        }
        return new TableNames(null, tables.tablePrefix());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public WriterTurn turn(boolean writes, Duration patience) throws SQLException {
        return writes || readersWait ? writerQueue.take(patience, BUSY) : WriterTurn.ALWAYS;
    }

    /** The driver cannot make a read-only connection writable. It can still read. */
    @Override
    public void allowWrites(Connection connection) {}

    /**
     * Takes the write lock first. If a transaction reads before it writes, and another one writes in between, SQLite
     * refuses its write at once, without waiting. The driver has begun a transaction already, of the kind that the
     * host has set.
     */
    @Override
    public void begin(Session session, @Nullable TransactionEnd end) throws SQLException {
        outsideTransaction(session, "");
    }

    /**
     * Commits by a statement. The commit of the driver also begins the next transaction; if the host has set
     * transactions that take the write lock, that may fail, and look like a failed commit.
     */
    @Override
    public void commit(Connection connection, int timeoutSeconds) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("COMMIT; BEGIN");
        }
    }

    /**
     * SQLite may have rolled back by itself, for instance when the disk is full; the driver still believes that a
     * transaction is open.
     */
    @Override
    public void rollBack(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try {
                statement.executeUpdate("ROLLBACK");
            } catch (SQLException noneOpen) {
                // If a transaction is open, the next statement fails and says so.
            }
            statement.executeUpdate("BEGIN");
        }
    }

    private static void outsideTransaction(Session session, String statements) throws SQLException {
        try (Statement statement = session.connection().createStatement()) {
            statement.setQueryTimeout(session.timeoutSeconds());
            try {
                statement.executeUpdate("COMMIT; " + statements + "BEGIN IMMEDIATE");
            } catch (SQLException refused) {
                // The driver believes that a transaction is open.
                statement.executeUpdate("BEGIN");
                throw refused;
            }
        }
    }

    /** Takes the write lock, as far as the earlier reads of the host allow it. */
    @Override
    public void beginWithin(Session session) throws SQLException {
        session.update(writeNothing, Binder.NONE);
    }

    /** No reader sees what is not committed. */
    @Override
    public boolean startsReadCommitted(Connection connection) {
        return true;
    }

    @Override
    public int bindIds(PreparedStatement statement, int last, Collection<UUID> ids) throws SQLException {
        return bindTexts(statement, last, ids.stream().map(UUID::toString).toList());
    }

    @Override
    public int bindTexts(PreparedStatement statement, int last, Collection<String> texts) throws SQLException {
        StringBuilder json = new StringBuilder("[");
        for (String text : texts) {
            appendQuoted(json.length() == 1 ? json : json.append(','), text);
        }
        statement.setString(last + 1, json.append(']').toString());
        return last + 1;
    }

    private static void appendQuoted(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                if (c == '"' || c == '\\') {
                    json.append('\\');
                }
                json.append(c);
            }
        }
        json.append('"');
    }

    @Override
    public void bindTime(PreparedStatement statement, int index, @Nullable Instant time) throws SQLException {
        if (time == null) {
            statement.setNull(index, Types.VARCHAR);
        } else {
            Instant held = time.isBefore(EARLIEST) ? EARLIEST : time.isAfter(LATEST) ? LATEST : time;
            // Rounded down: rounded up, a job that is due now would not be due for the database.
            statement.setString(index, WRITTEN.format(held));
        }
    }

    @Override
    @Nullable
    public Instant readTime(ResultSet row, int index) throws SQLException {
        String text = row.getString(index);
        return text == null ? null : time(text);
    }

    private static Instant time(String text) {
        Matcher parts = TIME.matcher(text);
        if (!parts.matches()) {
            throw new DateTimeException("\"" + text + "\" is no time");
        }
        String fraction = Objects.requireNonNullElse(parts.group(7), "0");
        // Older versions of SQLite take the 30th of February for a time: a job that is due there is due here.
        return LocalDate.of(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)), 1)
                .plusDays(Integer.parseInt(parts.group(3)) - 1L)
                .atTime(
                        Integer.parseInt(parts.group(4)),
                        Integer.parseInt(parts.group(5)),
                        Integer.parseInt(parts.group(6)),
                        Integer.parseInt((fraction + "00000000").substring(0, 9)))
                .toInstant(ZoneOffset.UTC);
    }

    /** The driver gives the first eight bits of the code as the vendor code, and no SQLState. */
    @Override
    public SqlFailureKind failureOf(SQLException thrown) {
        return switch (thrown.getErrorCode()) {
            // Busy after the whole time-out; out of memory, read-only, interrupted, damaged, disk full, cannot be
            // opened, locking protocol, schema changed, not permitted, not a database. A person may have to repair
            // it, and no job is at fault.
            case BUSY, 7, 8, 9, 11, 13, 14, 15, 17, 23, 26 -> SqlFailureKind.TRANSIENT;
            // Locked by a connection that shares the cache; for that the driver does not wait.
            case 6 -> SqlFailureKind.CONFLICT;
            // The statement does not fit the tables. Only the text says how; for statements of the store it means
            // that a table or column is missing.
            case 1 -> SqlFailureKind.NOT_SET_UP;
            // Too big, a constraint, a type. Rows with taken ids and keys are left out, not refused, so there is no
            // reason to look again.
            case 18, 19, 20 -> SqlFailureKind.PERMANENT;
            // Above all a disk error: a commit may turn out to have succeeded once the file is opened again.
            default -> SqlFailureKind.UNCLEAR;
        };
    }

    @Override
    public boolean isMissingTable(SQLException thrown) {
        return failureOf(thrown) == SqlFailureKind.NOT_SET_UP;
    }

    @Override
    @Nullable
    protected String trouble(SQLException thrown) {
        return switch (thrown.getErrorCode()) {
            case 8 -> "the file is read-only";
            case 13 -> "the disk is full";
            default -> null;
        };
    }

    /** SQLite cannot change a column: a person has to make the table again and copy the rows. */
    @Override
    public String changeColumn(String table, String column, String type, String definition, boolean isNullable) {
        return "create the table again with " + column + ' ' + definition + ", and copy the rows";
    }

    /** In WAL mode readers and the writer do not wait for each other. The file remembers the mode. */
    @Override
    public void migrate(Session session, Session.Work<@Nullable Void> work) throws SQLException {
        List<String> journal =
                session.query(StatementText.of("PRAGMA journal_mode"), Binder.NONE, row -> row.getString(1));
        if (!journal.contains("wal")) {
            outsideTransaction(session, "PRAGMA journal_mode = WAL; ");
        }
        work.on(session);
    }
}
