package io.forthwith.jdbc.internal.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
 * The words of one database: how it writes a statement, binds and reads values, begins and commits transactions, and
 * what its errors mean. Immutable and thread-safe.
 *
 * <p>It knows nothing of jobs. All other SQL is the same for all databases, with placeholders that {@link StatementTemplates}
 * fills.
 */
public abstract class SqlDialect {
    private static final Instant EARLIEST = Instant.parse("-4712-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("+294246-12-31T23:59:59.999999Z");

    /** Begins a READ COMMITTED transaction where that is not the default. */
    public static final StatementText READ_COMMITTED =
            StatementText.of("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");

    private final StatementTemplates text;

    protected SqlDialect(StatementTemplates text) {
        this.text = text;
    }

    /** The name of the database, and of the folder of its schema scripts. */
    public abstract String name();

    /**
     * Makes a statement of text with placeholders; see {@link StatementTemplates}.
     *
     * @throws IllegalArgumentException if a placeholder is unknown or misplaced
     */
    public StatementText sql(String template) {
        return StatementText.of(text(template));
    }

    /** Fills the placeholders of text that is not a whole statement, or that is run by other means. */
    public final String text(String template) {
        return text.of(template);
    }

    /**
     * Waits until this process may use the database, before a connection is borrowed.
     *
     * @param patience the longest time to wait
     * @throws SQLException if the time was over
     */
    public WriterTurn turn(boolean writes, Duration patience) throws SQLException {
        return WriterTurn.ALWAYS;
    }

    /**
     * Refuses a borrowed connection that is in a transaction of somebody else, if the driver knows it. The store would commit it.
     *
     * @throws io.forthwith.JobStoreException permanent, if it is
     */
    public void requireNoTransaction(Connection connection) throws SQLException {}

    /** Makes a read-only connection writable. */
    public void allowWrites(Connection connection) throws SQLException {
        connection.setReadOnly(false);
    }

    /**
     * Prepares a borrowed connection.
     *
     * @return what restores its settings
     */
    public Restore enter(Connection connection) throws SQLException {
        return () -> {};
    }

    /**
     * Prepares for statements of the store within a transaction of the host.
     *
     * @return removes the state that these statements leave on the connection
     */
    public Restore join(Connection connection) throws SQLException {
        return () -> {};
    }

    /**
     * Begins a transaction of the store. If {@link #limitsLockWaits}, the transaction has the {@linkplain Session#lockWait lock wait} of the session.
     *
     * @param end when the server ends it by itself, if it can; null if never
     */
    public abstract void begin(Session session, @Nullable TransactionEnd end) throws SQLException;

    /**
     * Sets back what {@link #begin} has set for longer than the transaction, which is over.
     *
     * @param commitsEach whether each statement on the connection is to commit from now on: what does it in the same round trip, saves one
     * @throws SQLException if it could not: then nobody may use the connection again
     */
    public void ended(Connection connection, @Nullable TransactionEnd end, boolean commitsEach) throws SQLException {}

    /** Whether one text may have several statements, with semicolons between: then they take one round trip. */
    protected boolean takesManyStatements() {
        return false;
    }

    /** The most ids of one list. */
    public int mostIds() {
        return Integer.MAX_VALUE;
    }

    /**
     * Whether the database can wait for a lock for some milliseconds. If not, a transaction with a {@linkplain Session#lockWait
     * lock wait} waits for no lock.
     */
    public boolean limitsLockWaits() {
        return false;
    }

    /** Whether a transaction with this {@linkplain Session#lockWait lock wait} waits for so long. */
    public boolean limitsLockWaits(Duration wait) {
        return limitsLockWaits();
    }

    /** Prepares a statement with the time-out of the session. */
    protected PreparedStatement prepare(Session session, String text) throws SQLException {
        PreparedStatement statement = session.connection().prepareStatement(text);
        statement.setQueryTimeout(session.timeoutSeconds());
        return statement;
    }

    /** Prepares for writing within a transaction of the host. */
    public void beginWithin(Session session) throws SQLException {}

    /**
     * Commits.
     *
     * @param timeoutSeconds when the server is asked to give up, where a commit may wait for other servers
     */
    public void commit(Connection connection, int timeoutSeconds) throws SQLException {
        connection.commit();
    }

    /**
     * Looks at a statement that the server has answered. In auto-commit mode this answer is that of the commit.
     *
     * @throws SQLException if it was committed, but not where the server was told to have it before it answers: the outcome is unknown
     */
    protected void requireReplicated(Statement answered) throws SQLException {}

    /**
     * Makes the commit of this transaction, or this statement in auto-commit mode, wait for the replicas as if it had written all that it has
     * read. It is for answers that rest on what was committed before, perhaps without an answer: a commit that writes nothing waits for
     * nobody.
     */
    public void awaitReplicas(Session session) throws SQLException {}

    /**
     * Writes rows that this transaction has locked and leaves as they are. In a cluster whose servers know only their own locks, two
     * transactions on different servers may have locked the same row, and only if both have written it does one of them fail.
     */
    public void touch(Session session, Collection<UUID> locked) throws SQLException {}

    /** Waits until this server knows all that was committed on the other servers of its cluster. Only at the start of a transaction. */
    public void catchUp(Session session) throws SQLException {}

    public void rollBack(Connection connection) throws SQLException {
        connection.rollback();
    }

    /** Whether single statements on a fresh connection are READ COMMITTED. */
    public abstract boolean startsReadCommitted(Connection connection) throws SQLException;

    public abstract void bindId(PreparedStatement statement, int index, @Nullable UUID id) throws SQLException;

    /**
     * Binds the ids of one <code>{in}</code> or <code>{ids}</code>.
     *
     * @param last the index of the last parameter before them
     * @return the index of their last parameter
     */
    public abstract int bindIds(PreparedStatement statement, int last, Collection<UUID> ids) throws SQLException;

    /** The same for the texts of one <code>{in}</code>. */
    public int bindTexts(PreparedStatement statement, int last, Collection<String> texts) throws SQLException {
        statement.setArray(last + 1, statement.getConnection().createArrayOf("varchar", texts.toArray(String[]::new)));
        return last + 1;
    }

    /** The text to prepare for these parameters. */
    public String textOf(StatementText statement, Binder.Params params) throws SQLException {
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
     * The time in a column.
     *
     * @throws DateTimeException if it is out of the range of Java, or not a time
     */
    @Nullable
    public Instant readTime(ResultSet row, int index) throws SQLException {
        OffsetDateTime time = row.getObject(index, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /**
     * The time in a column; the earliest one if there is none. In MariaDB a program may write '0000-00-00' into a
     * column that is not null.
     */
    public final Instant time(ResultSet row, int index) throws SQLException {
        return Objects.requireNonNullElse(timeOrNull(row, index), EARLIEST);
    }

    /**
     * The time in a column, within the range that can be counted in microseconds; 'infinity' is the end of that
     * range. Null if there is none.
     */
    public final @Nullable Instant timeOrNull(ResultSet row, int index) throws SQLException {
        Instant instant;
        try {
            instant = readTime(row, index);
        } catch (DateTimeException outOfRange) {
            // Databases have a year more at each end than java.time, and in SQLite any text may stand there.
            return row.getString(index).startsWith("-") ? EARLIEST : LATEST;
        }
        return instant == null
                ? null
                : instant.isBefore(EARLIEST) ? EARLIEST : instant.isAfter(LATEST) ? LATEST : instant;
    }

    /** The id in a column; null if there is none or if the value is not an id. */
    public abstract @Nullable UUID readId(ResultSet row, int index) throws SQLException;

    /** What an exception of the driver means, judged by its SQLState and vendor code. */
    public abstract SqlFailureKind failureOf(SQLException thrown);

    /**
     * Whether an INSERT that meets a unique key keeps a shared lock on its entry. Two transactions that have met the same key and then both want to
     * change its row would wait for each other.
     */
    public boolean sharesLocksOfMetKeys() {
        return false;
    }

    /** Whether a statement has failed only because another transaction holds a lock. */
    public boolean isHeldByOthers(SQLException thrown) {
        return false;
    }

    /**
     * Whether the connection must not go back to the pool: it is lost, or its server has become read-only, and the
     * pool would hand it out again.
     */
    public boolean isOfNoMoreUse(SQLException thrown) {
        return failureOf(thrown) == SqlFailureKind.DISCONNECTED || "25006".equals(thrown.getSQLState());
    }

    /** Why the server refuses, if a person has to know it: it is read-only, its disk is full. Null if the codes say enough. */
    @Nullable
    protected String trouble(SQLException thrown) {
        return null;
    }

    /**
     * The statement that gives a column the definition of the scripts.
     *
     * @param definition the type and all that follows it
     */
    public abstract String changeColumn(
            String table, String column, String type, String definition, boolean isNullable);

    /** The form of a CREATE INDEX statement that does not stop running workers. */
    public String createOnline(String createIndex) {
        return createIndex;
    }

    /** Whether the exception says that a table or a column is missing. */
    public boolean isMissingTable(SQLException thrown) {
        return SqlFailureKind.isMissingTable(thrown);
    }

    /**
     * Whether the exception says that a column exists already, in a database that commits after every statement that changes the schema and
     * cannot be told to add a column only if it is missing.
     */
    public boolean isColumnThere(SQLException thrown) {
        return false;
    }

    /** Runs {@code work} while no other process changes the schema. */
    public abstract void migrate(Session session, Session.Work<@Nullable Void> work) throws SQLException;

    /** Restores a connection. */
    @FunctionalInterface
    public interface Restore {
        void run() throws SQLException;
    }
}
