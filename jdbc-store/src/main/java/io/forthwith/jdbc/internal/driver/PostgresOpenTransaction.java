package io.forthwith.jdbc.internal.driver;

import io.forthwith.jdbc.internal.sql.HostsTransaction;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.core.BaseConnection;

/**
 * Finds out whether a borrowed connection is in a transaction of somebody else. The driver knows it from the last answer of the
 * server, so it costs no round trip.
 *
 * <p>Only where one is open, it asks the server: a pool with auto-commit off that tests a connection before it hands it out leaves
 * a transaction in which nothing has happened. That one is rolled back, as the pool would do.
 */
public final class PostgresOpenTransaction {
    /** The first number that the server gives to a table of a host. */
    private static final int FIRST_TABLE = 16_384;

    /** Whether the transaction has written, locked rows, or read a table of the host. */
    private static final String IS_USED = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"
            + " OR EXISTS (SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND (relation >= " + FIRST_TABLE
            + " OR locktype = 'advisory'))";

    private PostgresOpenTransaction() {}

    /**
     * Refuses a connection that is in a transaction. One of another driver passes.
     *
     * @throws io.forthwith.JobStoreException permanent, if it is
     */
    public static void refuse(Connection connection) throws SQLException {
        State state = state(connection);
        if (state == State.NONE) {
            return;
        }
        if (state == State.FAILED || connection.getAutoCommit() || isUsed(connection)) {
            throw HostsTransaction.refused();
        }
        connection.rollback();
    }

    private enum State {
        NONE,
        OPEN,
        FAILED
    }

    private static State state(Connection connection) throws SQLException {
        try {
            return OfDriver.state(connection);
        } catch (LinkageError otherDriver) {
            return State.NONE;
        }
    }

    private static boolean isUsed(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet answer = statement.executeQuery(IS_USED)) {
            answer.next();
            return answer.getBoolean(1);
        }
    }

    /** Where the driver is missing, using this class throws a {@link LinkageError}. */
    private static final class OfDriver {
        static State state(Connection connection) throws SQLException {
            if (!connection.isWrapperFor(BaseConnection.class)) {
                return State.NONE;
            }
            // One that a host has wrapped may hand out another wrapped one, so it is not taken for what was asked for.
            Class<?> wanted = BaseConnection.class;
            if (!(connection.unwrap(wanted) instanceof BaseConnection driver)) {
                return State.NONE;
            }
            return switch (driver.getTransactionState()) {
                case IDLE -> State.NONE;
                case OPEN -> State.OPEN;
                case FAILED -> State.FAILED;
            };
        }
    }
}
