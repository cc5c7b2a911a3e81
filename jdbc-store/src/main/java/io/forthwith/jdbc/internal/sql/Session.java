package io.forthwith.jdbc.internal.sql;

import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Runs statements on one connection, each with a time-out. Not thread-safe. */
public final class Session {
    private static final int ROWS_PER_BATCH = 1_000;

    private final Connection connection;
    private final SqlDialect dialect;
    private final int timeoutSeconds;
    private final boolean readsLatest;
    private final @Nullable Duration lockWait;
    private final boolean promises;
    private final Ends ends;
    private final CallsInFlight.@Nullable CallInFlight working;

    /** The work of one operation on a session. */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object> {
        T on(Session session) throws SQLException;
    }

    /** Reads the current row; null leaves it out. */
    @FunctionalInterface
    public interface Row<T> {
        @Nullable
        T read(ResultSet row) throws SQLException;
    }

    /** A query, its parameters and the rows that it has read. Not thread-safe. */
    public static final class Query<T> {
        private final StatementText sql;
        private final Binder.Params params;
        private final Row<T> row;
        private final List<T> rows = new ArrayList<>();

        public Query(StatementText sql, Binder.Params params, Row<T> row) {
            this.sql = sql;
            this.params = params;
            this.row = row;
        }

        /** What it has read; nothing before it was asked. */
        public List<T> rows() {
            return rows;
        }

        private void read(ResultSet result) throws SQLException {
            while (result.next()) {
                T value = row.read(result);
                if (value != null) {
                    rows.add(value);
                }
            }
        }
    }

    /** How the transaction begins and ends beside its statements. The sessions of a connection share it. */
    private static final class Ends {
        private final boolean isOfHost;
        private @Nullable StatementText opening;
        private boolean hasAskedToCommit;

        Ends(boolean isOfHost) {
            this.isOfHost = isOfHost;
        }

        Optional<StatementText> takeOpening() {
            Optional<StatementText> taken = Optional.ofNullable(opening);
            opening = null;
            return taken;
        }
    }

    /** The parameters of one run of a batch. */
    @FunctionalInterface
    public interface ItemParams<E> {
        void bind(Binder binder, E item) throws SQLException;
    }

    /**
     * A session on a connection.
     *
     * @param working is told of each statement; null if others commit the transaction, so that no call is watched
     */
    Session(
            Connection connection,
            SqlDialect dialect,
            int timeoutSeconds,
            @Nullable Duration lockWait,
            CallsInFlight.@Nullable CallInFlight working) {
        this(connection, dialect, timeoutSeconds, lockWait, false, true, new Ends(working == null), working);
    }

    private Session(
            Connection connection,
            SqlDialect dialect,
            int timeoutSeconds,
            @Nullable Duration lockWait,
            boolean readsLatest,
            boolean promises,
            Ends ends,
            CallsInFlight.@Nullable CallInFlight working) {
        this.connection = connection;
        this.dialect = dialect;
        this.timeoutSeconds = timeoutSeconds;
        this.lockWait = lockWait;
        this.readsLatest = readsLatest;
        this.promises = promises;
        this.ends = ends;
        this.working = working;
    }

    /**
     * The same connection, with statements that read the latest committed rows and wait for transactions in progress,
     * also within a transaction of the host that has an old snapshot.
     */
    public Session latest() {
        return new Session(connection, dialect, timeoutSeconds, lockWait, true, promises, ends, working);
    }

    /** The same connection, with statements that read what the transaction sees, and lock nothing. */
    public Session snapshot() {
        return new Session(connection, dialect, timeoutSeconds, lockWait, false, promises, ends, working);
    }

    /** Whether it is such a session: there, plain queries take locks on MariaDB. */
    public boolean readsLatest() {
        return readsLatest;
    }

    /** The same connection, with statements whose answer says nothing of replicas. */
    public Session promisingNothing() {
        return new Session(connection, dialect, timeoutSeconds, lockWait, readsLatest, false, ends, working);
    }

    /** What stands for its transaction, the same for all sessions of that; null if others commit it, who may have several sessions in it. */
    @Nullable
    public Object ownTransaction() {
        return ends.isOfHost ? null : ends;
    }

    /** The connection, on which the transaction has begun. */
    public Connection connection() throws SQLException {
        Optional<StatementText> first = ends.takeOpening();
        if (first.isPresent()) {
            update(first.get(), Binder.NONE);
        }
        return connection;
    }

    /** Before the next statement, this one runs, in the same round trip if the next one is a query. Whoever runs other statements on the connection calls {@link #connection} first. */
    public void opensWith(StatementText statement) {
        ends.opening = statement;
    }

    /** Begins a part of the transaction that can be rolled back by itself. */
    public SavepointScope savepoint() throws SQLException {
        return new SavepointScope(connection());
    }

    public int timeoutSeconds() {
        return timeoutSeconds;
    }

    /** The longest time to wait for a lock; null if there is no other limit than the time-out of a statement. */
    @Nullable
    public Duration lockWait() {
        return lockWait;
    }

    public <T> List<T> query(StatementText sql, Binder.Params params, Row<T> row) throws SQLException {
        Query<T> query = new Query<>(sql, params, row);
        ask(List.of(query));
        return query.rows();
    }

    /**
     * Asks a query whose only parameter is a list of ids, in parts if the database takes long for long lists.
     *
     * @param ids each once
     * @return the rows, part by part
     */
    public <T> List<T> queryByIds(StatementText sql, List<UUID> ids, Row<T> row) throws SQLException {
        List<T> rows = new ArrayList<>();
        for (List<UUID> some : parts(ids)) {
            rows.addAll(query(sql, binder -> binder.ids(some), row));
        }
        return rows;
    }

    /** The same with a statement that changes rows and has other parameters before the list. Returns the number of rows changed. */
    public int updateByIds(StatementText sql, Binder.Params others, List<UUID> ids) throws SQLException {
        int changed = 0;
        for (List<UUID> some : parts(ids)) {
            changed += update(sql, binder -> {
                others.bind(binder);
                binder.ids(some);
            });
        }
        return changed;
    }

    private List<List<UUID>> parts(List<UUID> ids) {
        int most = Math.min(dialect.mostIds(), ids.size());
        List<List<UUID>> parts = new ArrayList<>();
        for (int from = 0; from < ids.size(); from += most) {
            parts.add(ids.subList(from, Math.min(ids.size(), from + most)));
        }
        return parts;
    }

    private void ask(Query<?> query) throws SQLException {
        try (PreparedStatement statement = prepare(query.sql, query.params)) {
            query.params.bind(new Binder(statement, dialect));
            try (ResultSet result = statement.executeQuery()) {
                answered(statement);
                query.read(result);
            }
        }
    }

    /**
     * Asks queries one after the other, in one round trip if the database can. Each one sees what was committed before it begins, as if it was asked by itself; but
     * all parameters are set before the first one is asked.
     */
    public void ask(List<Query<?>> queries) throws SQLException {
        ask(queries, false);
    }

    /**
     * The same.
     *
     * @param isLast whether a transaction of the store does nothing after it: then its commit takes no round trip of its own, if the database can
     */
    public void ask(List<Query<?>> queries, boolean isLast) throws SQLException {
        int statements = queries.size() + (ends.opening == null ? 0 : 1) + (isLast ? 1 : 0);
        if (statements < 2 || queries.isEmpty() || !dialect.takesManyStatements()) {
            for (Query<?> query : queries) {
                ask(query);
            }
            return;
        }
        List<String> texts = new ArrayList<>();
        ends.takeOpening().ifPresent(first -> texts.add(first.text()));
        for (Query<?> query : queries) {
            texts.add(textOf(query.sql, query.params));
        }
        if (isLast) {
            texts.add("COMMIT");
        }
        try (PreparedStatement statement = prepare(String.join(";\n", texts))) {
            Binder binder = new Binder(statement, dialect);
            for (Query<?> query : queries) {
                query.params.bind(binder);
            }
            // All rows at once, whatever the host has set: after a commit no more rows can be fetched.
            statement.setFetchSize(0);
            ends.hasAskedToCommit = isLast;
            boolean isRead = statement.execute();
            answered(statement);
            while (!isRead && statement.getUpdateCount() >= 0) {
                isRead = statement.getMoreResults();
            }
            for (Query<?> query : queries) {
                try (ResultSet result = statement.getResultSet()) {
                    query.read(result);
                }
                statement.getMoreResults();
            }
        }
    }

    /** Whether a commit was on its way with other statements: then a failure that does not say what became of it leaves the outcome open. */
    boolean hasAskedToCommit() {
        return ends.hasAskedToCommit;
    }

    public <T> Optional<T> first(StatementText sql, Binder.Params params, Row<T> row) throws SQLException {
        return query(sql, params, row).stream().findFirst();
    }

    /** Returns the number of rows changed. */
    public int update(StatementText sql, Binder.Params params) throws SQLException {
        try (PreparedStatement statement = prepare(sql, params)) {
            params.bind(new Binder(statement, dialect));
            int changed = statement.executeUpdate();
            answered(statement);
            return changed;
        }
    }

    private void answered(PreparedStatement statement) throws SQLException {
        if (promises) {
            dialect.requireReplicated(statement);
        }
    }

    /** Runs a statement once for each item, in the order given. If it takes lists, all items have lists of one length. */
    public <E> void batch(StatementText sql, Collection<E> items, ItemParams<E> params) throws SQLException {
        if (items.isEmpty()) {
            return;
        }
        E first = items.iterator().next();
        try (PreparedStatement statement = prepare(sql, binder -> params.bind(binder, first))) {
            int waiting = 0;
            long text = 0;
            for (E item : items) {
                Binder binder = new Binder(statement, dialect);
                params.bind(binder, item);
                statement.addBatch();
                text += binder.textLength();
                if (++waiting == ROWS_PER_BATCH || text >= Pieces.MOST_TEXT) {
                    runBatch(statement);
                    answered(statement);
                    waiting = 0;
                    text = 0;
                }
            }
            if (waiting > 0) {
                runBatch(statement);
                answered(statement);
            }
        }
    }

    /** The message of a driver for a batch may have the values in it, those of jobs among them. That of the server goes on in its place. */
    private static void runBatch(PreparedStatement statement) throws SQLException {
        try {
            statement.executeBatch();
        } catch (BatchUpdateException ofDriver) {
            SQLException ofServer =
                    ofDriver.getCause() instanceof SQLException cause ? cause : ofDriver.getNextException();
            throw ofServer != null
                    ? ofServer
                    : new SQLException(
                            "A statement of a batch has failed", ofDriver.getSQLState(), ofDriver.getErrorCode());
        }
    }

    /**
     * Prepares a statement, with the time-out.
     *
     * @param params those of the first run; later runs may differ in values, but not in the lengths of lists
     */
    public PreparedStatement prepare(StatementText sql, Binder.Params params) throws SQLException {
        return prepare(textOf(sql, params));
    }

    private PreparedStatement prepare(String text) throws SQLException {
        if (working != null) {
            working.sends(text);
        }
        return dialect.prepare(this, text);
    }

    private String textOf(StatementText sql, Binder.Params params) throws SQLException {
        return dialect.textOf(readsLatest ? sql.latest() : sql, params);
    }
}
