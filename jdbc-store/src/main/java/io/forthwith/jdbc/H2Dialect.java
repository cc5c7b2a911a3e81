package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** H2 2.x, in memory, in a file or as a server. Ids are text: a stranger may put anything there. */
final class H2Dialect extends Dialect {
    static final String NAME = "h2";
    static final int OLDEST = 2;

    private static final int ID_LENGTH = 36;
    private static final Object MIGRATION = new Object();

    private static final Map<String, String> WORDS = Map.of(
            "now", "CURRENT_TIMESTAMP",
            "after", "DATEADD(MICROSECOND, ?, CURRENT_TIMESTAMP)",
            "json", "?",
            "open_key", "open_key",
            "ids", "UNNEST(CAST(? AS CHARACTER VARYING ARRAY))");

    private final H2Claiming claiming;
    private final FencedSettling settling;
    private final String insert;

    private H2Dialect(Placement placement, UnaryOperator<String> fold) {
        super(new SqlText(placement, name -> '"' + fold.apply(name) + '"', true, WORDS));
        Kin kin = new Kin(this);
        this.claiming = new H2Claiming(this);
        this.settling = new FencedSettling(this, kin);
        this.insert = sql("""
                INSERT INTO {job} (id, parent_id, user_id, project_id, type, queue, priority, status, run_at, unique_key,
                  max_attempts, time_limit_ms, locale, input_data, position, sealed, on_child_failure, cancel_siblings,
                  on_predecessor_failure, has_successors)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, {after}, ?, ?, ?, ?, {json}, ?, ?, ?, ?, ?, ?)""");
    }

    /** Names are quoted as the database itself would have written them, so that people need not quote them. */
    static H2Dialect of(Connection connection, Placement placement) throws SQLException {
        DatabaseMetaData database = connection.getMetaData();
        if (database.storesUpperCaseIdentifiers()) {
            return inUpperCase(placement);
        }
        return new H2Dialect(
                placement,
                database.storesLowerCaseIdentifiers() ? name -> name.toLowerCase(Locale.ROOT) : name -> name);
    }

    /** For a database with default settings. */
    static H2Dialect inUpperCase(Placement placement) {
        return new H2Dialect(placement, name -> name.toUpperCase(Locale.ROOT));
    }

    @Override
    String name() {
        return NAME;
    }

    @Override
    Undo enter(Connection connection) throws SQLException {
        int isolation = connection.getTransactionIsolation();
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
        Undo undo = join(connection);
        return () -> {
            undo.run();
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(isolation);
            }
        };
    }

    /** A query time-out of H2 belongs to the connection, whatever statement it is set on. */
    @Override
    Undo join(Connection connection) throws SQLException {
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

    @Override
    void begin(Session session) {}

    @Override
    boolean startsReadCommitted(Connection connection) {
        return true;
    }

    @Override
    void bindId(PreparedStatement statement, int index, @Nullable UUID id) throws SQLException {
        statement.setString(index, id == null ? null : id.toString());
    }

    @Override
    Array idArray(Connection connection, Collection<UUID> ids) throws SQLException {
        return connection.createArrayOf(
                "VARCHAR", ids.stream().map(UUID::toString).toArray());
    }

    @Override
    @Nullable
    UUID readId(ResultSet row, int index) throws SQLException {
        String text = row.getString(index);
        if (text == null || text.length() != ID_LENGTH) {
            return null;
        }
        try {
            UUID id = UUID.fromString(text);
            // In any other spelling our own statements would not find the row again.
            return id.toString().equals(text) ? id : null;
        } catch (IllegalArgumentException notAnId) {
            return null;
        }
    }

    @Override
    SqlFailure failureOf(SQLException thrown) {
        return switch (thrown.getErrorCode()) {
            // Deadlock, changed by another connection, lock time-out.
            case 40001, 90131, 50200 -> SqlFailure.CONFLICT;
            case 23505 -> SqlFailure.DUPLICATE;
            // Query time-out, closing, out of memory, in use elsewhere, read-only, cannot write the file.
            case 57014, 90135, 90108, 90020, 90097, 90031, 90028 -> SqlFailure.TRANSIENT;
            // Connection broken, session or database closed.
            case 90067, 90098, 90121, 90007 -> SqlFailure.DISCONNECTED;
            default -> ofClass(Objects.requireNonNullElse(thrown.getSQLState(), ""));
        };
    }

    private static SqlFailure ofClass(String state) {
        return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
            case "08" -> SqlFailure.DISCONNECTED;
            case "42" -> SqlFailure.NOT_SET_UP;
            case "21", "22", "23" -> SqlFailure.PERMANENT;
            default -> SqlFailure.UNCLEAR;
        };
    }

    @Override
    void migrate(Session session, Session.Work<@Nullable Void> work) throws SQLException {
        // Every statement of a script commits, so no lock of the database outlives it, and H2's IF NOT EXISTS is not
        // safe
        // with another one at the same time. Most H2 databases belong to one process; two processes at one H2 server
        // can
        // fail here and succeed when they try again.
        synchronized (MIGRATION) {
            work.on(session);
        }
    }

    @Override
    List<Job> claim(Database database, ClaimRequest request) {
        return claiming.claim(database, request);
    }

    @Override
    Moved<List<Settled>> settle(Database database, List<Settlement> settlements) {
        return settling.settle(database, settlements);
    }

    @Override
    Set<UUID> insert(Session session, List<NewRow> rows) throws SQLException {
        Set<UUID> inserted = new HashSet<>();
        try (PreparedStatement statement = session.prepare(insert)) {
            for (NewRow row : rows) {
                row.bindTies(row.bind(new Binder(statement, this)));
                try {
                    statement.executeUpdate();
                    inserted.add(row.id());
                } catch (SQLException refused) {
                    if (failureOf(refused) != SqlFailure.DUPLICATE) {
                        throw refused;
                    }
                }
            }
        }
        return inserted;
    }
}
