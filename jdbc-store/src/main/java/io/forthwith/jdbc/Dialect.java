package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
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
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one database does its own way. It does the thing; it is never asked whether it could. Immutable and thread-safe.
 *
 * <p>Everything else is the same SQL everywhere, with gaps that {@link SqlText} fills.
 */
abstract class Dialect {
    private static final List<String> NAMES = List.of(
            PostgresDialect.NAME, MariaDbDialect.MARIADB, MariaDbDialect.MYSQL, H2Dialect.NAME, SqliteDialect.NAME);

    private final SqlText text;
    private final JobRowReader rows = new JobRowReader(this);

    Dialect(SqlText text) {
        this.text = text;
    }

    /** The dialect of the database that a connection leads to. */
    static Dialect of(Connection connection, TableNames tables) throws SQLException {
        DatabaseMetaData database = connection.getMetaData();
        String product = database.getDatabaseProductName();
        int version = database.getDatabaseMajorVersion();
        return switch (product) {
            case "PostgreSQL" -> {
                requireVersion(product, version, PostgresDialect.OLDEST);
                yield new PostgresDialect(tables);
            }
            case "H2" -> {
                requireVersion(product, version, H2Dialect.OLDEST);
                yield H2Dialect.of(connection, tables);
            }
            case "MariaDB", "MySQL" -> MariaDbDialect.of(database, tables);
            case "SQLite" -> SqliteDialect.of(connection, tables);
            default ->
                throw new IllegalArgumentException(
                        "Database \"" + product + "\" is not supported: this store knows"
                                + " PostgreSQL, MariaDB, MySQL, H2 and SQLite. Plug in a JobStore of your own for another one.");
        };
    }

    private static void requireVersion(String product, int version, int oldest) {
        if (version < oldest) {
            throw new IllegalArgumentException(
                    product + " " + version + " is not supported: version " + oldest + " or newer is needed");
        }
    }

    /** The dialect called {@code name}, as if no connection had been asked. */
    static Dialect named(String name, TableNames tables) {
        return switch (name) {
            case PostgresDialect.NAME -> new PostgresDialect(tables);
            case H2Dialect.NAME -> H2Dialect.inUpperCase(tables);
            case MariaDbDialect.MARIADB, MariaDbDialect.MYSQL -> MariaDbDialect.named(name, tables);
            case SqliteDialect.NAME -> SqliteDialect.anywhere(tables);
            default ->
                throw new IllegalArgumentException(
                        "No schema for a database called \"" + name + "\": there are " + String.join(", ", NAMES));
        };
    }

    /** The folder of the schema scripts. */
    abstract String name();

    /** Statement text with its gaps filled. */
    final String sql(String template) {
        return text.of(template);
    }

    /**
     * The condition that a column holds one of the ids that {@link Binder#among} binds. Their bounds are named as well: where one job
     * has nearly all rows, a plan for any ids would expect as much of each of them, and read the whole table.
     */
    static String among(String column) {
        return column + " = ANY(?) AND " + column + " >= ? AND " + column + " <= ?";
    }

    final JobRowReader rows() {
        return rows;
    }

    /**
     * Waits until this process may use the database, before a connection is borrowed for it.
     *
     * @param patience how long it waits at the most
     * @throws SQLException if that was not enough
     */
    WriterTurn turn(boolean writes, Duration patience) throws SQLException {
        return WriterTurn.ALWAYS;
    }

    /** Lifts the read-only state of a connection. */
    void allowWrites(Connection connection) throws SQLException {
        connection.setReadOnly(false);
    }

    /** Makes a borrowed connection fit, and returns what undoes it. */
    Undo enter(Connection connection) throws SQLException {
        return () -> {};
    }

    /** Returns what undoes the traces that our statements leave on a connection in the midst of someone's transaction. */
    Undo join(Connection connection) throws SQLException {
        return () -> {};
    }

    /** First thing in a transaction of our own. */
    abstract void begin(Session session) throws SQLException;

    /** First thing of what is written in a transaction of someone else's. */
    void beginWithin(Session session) throws SQLException {}

    void commit(Connection connection) throws SQLException {
        connection.commit();
    }

    void rollBack(Connection connection) throws SQLException {
        connection.rollback();
    }

    /** Whether a connection that nobody has touched runs single statements as READ COMMITTED. */
    abstract boolean startsReadCommitted(Connection connection) throws SQLException;

    abstract void bindId(PreparedStatement statement, int index, @Nullable UUID id) throws SQLException;

    /**
     * Binds the ids of one <code>= ANY(?)</code> or <code>{ids}</code>.
     *
     * @return the index of the last parameter it took
     */
    abstract int bindIds(PreparedStatement statement, int last, Collection<UUID> ids) throws SQLException;

    /** The same for the texts of one <code>= ANY(?)</code>. */
    int bindTexts(PreparedStatement statement, int last, Collection<String> texts) throws SQLException {
        statement.setArray(last + 1, statement.getConnection().createArrayOf("varchar", texts.toArray(String[]::new)));
        return last + 1;
    }

    /** The statement as it is to be prepared for these parameters. */
    String prepared(String sql, Binder.Params params) throws SQLException {
        return sql;
    }

    /**
     * A dialect whose statements read what is committed by now, also within a transaction of someone else's that reads from an old snapshot,
     * and wait for what is being committed.
     */
    Dialect latest() {
        return this;
    }

    void bindTime(PreparedStatement statement, int index, @Nullable Instant time) throws SQLException {
        if (time == null) {
            statement.setNull(index, Types.TIMESTAMP_WITH_TIMEZONE);
        } else {
            statement.setObject(index, time.atOffset(ZoneOffset.UTC));
        }
    }

    /** @throws DateTimeException if what is there is out of the range of Java, or no time at all */
    @Nullable
    Instant readTime(ResultSet row, int index) throws SQLException {
        OffsetDateTime time = row.getObject(index, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /** The id in a column; null if there is none or if what is there is no id. */
    abstract @Nullable UUID readId(ResultSet row, int index) throws SQLException;

    /** What an exception of this database's driver means, judged by SQLState and vendor code. */
    abstract SqlFailure failureOf(SQLException thrown);

    /** Whether to borrow a connection anew: a pool would go on handing out one to a server that has become read-only. */
    boolean isOfNoMoreUse(SQLException thrown) {
        return failureOf(thrown) == SqlFailure.DISCONNECTED || "25006".equals(thrown.getSQLState());
    }

    /**
     * The statement that makes a column what it should be.
     *
     * @param definition the type and all that follows it
     */
    abstract String changeColumn(String table, String column, String type, String definition, boolean isNullable);

    /** The statement as it is to be run while workers are at work. */
    String createOnline(String createIndex) {
        return createIndex;
    }

    /** Whether a table or column is not there. */
    boolean isMissingTable(SQLException thrown) {
        return SqlFailure.isMissingTable(thrown);
    }

    /** Runs {@code work} while no other process changes the schema. */
    abstract void migrate(Session session, Session.Work<@Nullable Void> work) throws SQLException;

    abstract List<Job> claim(Database database, ClaimRequest request);

    abstract Committed<List<Settled>> settle(Database database, List<Settlement> settlements);

    /** Asks how relatives stand. */
    FamilyQueries queries() {
        return new FamilyQueries(this);
    }

    /** Writes what has become of jobs. */
    JobUpdates updating() {
        return new JobUpdates(this);
    }

    /** Reads pages of jobs. */
    JobPages listing() {
        return new JobPages();
    }

    /** Text that goes on with AND: the children {@code c} of the jobs whose ids are the next parameter. */
    String children() {
        return "{job} c WHERE c.parent_id = ANY(?)";
    }

    /** Text that goes on with AND: the jobs {@code s} that come after those whose ids are the next parameter, with the ties {@code e}. */
    String successors() {
        return "{job_predecessor} e JOIN {job} s ON s.id = e.job_id WHERE e.predecessor_id = ANY(?)";
    }

    /** Text that goes on with AND: the jobs {@code p} that those come after whose ids are the next parameter, with the ties {@code e}. */
    String predecessors() {
        return "{job_predecessor} e JOIN {job} p ON p.id = e.predecessor_id WHERE e.job_id = ANY(?)";
    }

    /** The parents of those whose ids are the parameter, and the highest place among the children of each, if there is one. */
    String lastPositions() {
        return "SELECT p.id, (SELECT c.position FROM {job} c WHERE c.parent_id = p.id AND c.position IS NOT NULL"
                + " ORDER BY c.position DESC LIMIT 1) FROM {ids}";
    }

    /** Locks the ties of the jobs whose ids are the next parameter, and the one after it, in the order of their keys. */
    String lockTies() {
        return """
                SELECT job_id FROM {job_predecessor} WHERE job_id = ANY(?) OR predecessor_id = ANY(?)
                ORDER BY job_id, predecessor_id FOR UPDATE""";
    }

    /** The running jobs whose worker does not exist, or that have none. */
    String orphans(String columns) {
        return "SELECT " + columns + " FROM {job} j WHERE status = 'processing'"
                + " AND NOT EXISTS (SELECT 1 FROM {job_worker} w WHERE w.id = j.worker_id)";
    }

    /** Renews the lease of the worker whose id is the last parameter for the microseconds of the first; {@link #sign} binds those between. */
    String renewal() {
        return "UPDATE {job_worker} SET lease_until = {after} WHERE id = ?";
    }

    /** @param backend the session that stands for this process, or null */
    Binder sign(Binder binder, @Nullable ServerSession backend) throws SQLException {
        return binder;
    }

    /** Finds out whether there is anything to take over. */
    DeadWorkerQuery deadWorkers() {
        return new DeadWorkerQuery(this);
    }

    /**
     * Locks some jobs that nobody else has locked.
     *
     * @param jobs a condition, from FROM on, without gaps filled
     * @return their ids
     */
    List<UUID> lockSome(Session session, String jobs, Binder.Params params, int limit) throws SQLException {
        return session.query(
                sql("SELECT id " + jobs + " LIMIT ? FOR UPDATE SKIP LOCKED"),
                binder -> {
                    params.bind(binder);
                    binder.number(limit);
                },
                row -> readId(row, 1));
    }

    /** Begins and finishes durable steps. */
    RecordSteps recordSteps(FamilyLocks locks) {
        return new RecordSteps(this, locks);
    }

    /**
     * Tells the stores of other processes of jobs, and listens to them.
     *
     * @param hint given when others may have added jobs
     */
    WakeUps wakeUps(Database database, Runnable hint, ListenTimeouts timeouts) {
        return WakeUps.NONE;
    }

    /**
     * Inserts several jobs in the order given, all or nothing, if they are all new and this is cheaper by a way of its own.
     *
     * @return whether it did; if not, nothing was inserted
     */
    boolean insertNew(Database database, String what, List<NewJobRow> rows) {
        return false;
    }

    /**
     * Inserts jobs in the order given, leaving out those whose id or open key is taken.
     *
     * @return the ids of those inserted
     */
    abstract Set<UUID> insert(Session session, List<NewJobRow> rows) throws SQLException;

    /** Gives back what was changed on a borrowed connection. */
    @FunctionalInterface
    interface Undo {
        void run() throws SQLException;
    }
}
