package io.forthwith.jdbc.internal.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one database does its own way. It does the thing; it is never asked whether it could. Immutable and thread-safe.
 *
 * <p>Everything else is the same SQL everywhere, with gaps that {@link SqlText} fills.
 */
public abstract class SqlDialect {
    private static final Instant EARLIEST = Instant.parse("-4712-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("+294246-12-31T23:59:59.999999Z");

    /** What begins a transaction that reads what is committed, where that is not the default. */
    public static final SqlStatement READ_COMMITTED = SqlStatement.of("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");

    private final SqlText text;

    protected SqlDialect(SqlText text) {
        this.text = text;
    }

    /** The folder of the schema scripts. */
    public abstract String name();

    /**
     * Makes a statement of text with placeholders; see {@link SqlText}.
     *
     * @throws IllegalArgumentException if a placeholder is unknown or misplaced
     */
    public SqlStatement sql(String template) {
        return SqlStatement.of(text(template));
    }

    /** Text with its placeholders filled, for what is no statement by itself, or is run by other means. */
    public final String text(String template) {
        return text.of(template);
    }

    /**
     * Waits until this process may use the database, before a connection is borrowed for it.
     *
     * @param patience how long it waits at the most
     * @throws SQLException if that was not enough
     */
    public WriterTurn turn(boolean writes, Duration patience) throws SQLException {
        return WriterTurn.ALWAYS;
    }

    /** Lifts the read-only state of a connection. */
    public void allowWrites(Connection connection) throws SQLException {
        connection.setReadOnly(false);
    }

    /** Makes a borrowed connection fit, and returns what restores it. */
    public Restore enter(Connection connection) throws SQLException {
        return () -> {};
    }

    /** Returns what removes the traces that our statements leave on a connection in the midst of someone's transaction. */
    public Restore join(Connection connection) throws SQLException {
        return () -> {};
    }

    /** First thing in a transaction of our own. */
    public abstract void begin(Session session) throws SQLException;

    /** First thing of what is written in a transaction of someone else's. */
    public void beginWithin(Session session) throws SQLException {}

    public void commit(Connection connection) throws SQLException {
        connection.commit();
    }

    public void rollBack(Connection connection) throws SQLException {
        connection.rollback();
    }

    /** Whether a connection that nobody has touched runs single statements as READ COMMITTED. */
    public abstract boolean startsReadCommitted(Connection connection) throws SQLException;

    public abstract void bindId(PreparedStatement statement, int index, @Nullable UUID id) throws SQLException;

    /**
     * Binds the ids of one <code>= ANY(?)</code> or <code>{ids}</code>.
     *
     * @return the index of the last parameter it took
     */
    public abstract int bindIds(PreparedStatement statement, int last, Collection<UUID> ids) throws SQLException;

    /** The same for the texts of one <code>= ANY(?)</code>. */
    public int bindTexts(PreparedStatement statement, int last, Collection<String> texts) throws SQLException {
        statement.setArray(last + 1, statement.getConnection().createArrayOf("varchar", texts.toArray(String[]::new)));
        return last + 1;
    }

    /** The text of a statement as it is to be prepared for these parameters. */
    public String textOf(SqlStatement statement, Binder.Params params) throws SQLException {
        return statement.text();
    }

    public void bindTime(PreparedStatement statement, int index, @Nullable Instant time) throws SQLException {
        if (time == null) {
            statement.setNull(index, Types.TIMESTAMP_WITH_TIMEZONE);
        } else {
            statement.setObject(index, time.atOffset(ZoneOffset.UTC));
        }
    }

    /**
     * Reads a time; null if there is none.
     *
     * @throws DateTimeException if what is there is out of the range of Java, or no time at all
     */
    @Nullable
    public Instant readTime(ResultSet row, int index) throws SQLException {
        OffsetDateTime time = row.getObject(index, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /** The time in a column; the earliest if there is none: a stranger can write '0000-00-00' into a column of MariaDB that may not be null. */
    public final Instant time(ResultSet row, int index) throws SQLException {
        return Objects.requireNonNullElse(timeOrNull(row, index), EARLIEST);
    }

    /** The time in a column, within what can be counted in microseconds: 'infinity' is the end of that. Null if there is none. */
    public final @Nullable Instant timeOrNull(ResultSet row, int index) throws SQLException {
        Instant instant;
        try {
            instant = readTime(row, index);
        } catch (DateTimeException outOfRange) {
            // Databases hold a year more at each end than java.time, and SQLite any text at all.
            return row.getString(index).startsWith("-") ? EARLIEST : LATEST;
        }
        return instant == null
                ? null
                : instant.isBefore(EARLIEST) ? EARLIEST : instant.isAfter(LATEST) ? LATEST : instant;
    }

    /** The id in a column; null if there is none or if what is there is no id. */
    public abstract @Nullable UUID readId(ResultSet row, int index) throws SQLException;

    /** What an exception of this database's driver means, judged by SQLState and vendor code. */
    public abstract SqlFailure failureOf(SQLException thrown);

    /** Whether to borrow a connection anew: a pool would go on handing out one to a server that has become read-only. */
    public boolean isOfNoMoreUse(SQLException thrown) {
        return failureOf(thrown) == SqlFailure.DISCONNECTED || "25006".equals(thrown.getSQLState());
    }

    /**
     * The statement that makes a column what it should be.
     *
     * @param definition the type and all that follows it
     */
    public abstract String changeColumn(
            String table, String column, String type, String definition, boolean isNullable);

    /** The statement as it is to be run while workers are at work. */
    public String createOnline(String createIndex) {
        return createIndex;
    }

    /** Whether a table or column is not there. */
    public boolean isMissingTable(SQLException thrown) {
        return SqlFailure.isMissingTable(thrown);
    }

    /** Runs {@code work} while no other process changes the schema. */
    public abstract void migrate(Session session, Session.Work<@Nullable Void> work) throws SQLException;

    /** Gives back what was changed on a borrowed connection. */
    @FunctionalInterface
    public interface Restore {
        void run() throws SQLException;
    }
}
