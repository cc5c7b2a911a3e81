package io.forthwith.jdbc.internal.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection borrowed from the host and set up for us; closing it puts everything back as it was. Not thread-safe.
 *
 * <p>What is asked for here costs no round trip: drivers keep it at hand.
 */
public final class BorrowedConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreLogger.NAME);

    private final Connection connection;
    private final boolean autoCommit;
    private final boolean readOnly;
    private final int networkTimeout;
    private SqlDialect.Restore restore = () -> {};
    private WriterTurn turn = WriterTurn.ALWAYS;
    private boolean isAbandoned;

    private BorrowedConnection(Connection connection) throws SQLException {
        this.connection = connection;
        this.autoCommit = connection.getAutoCommit();
        this.readOnly = connection.isReadOnly();
        this.networkTimeout = connection.getNetworkTimeout();
    }

    static BorrowedConnection of(DataSource dataSource, SqlDialect dialect, boolean autoCommit, Duration networkTimeout)
            throws SQLException {
        Connection connection = dataSource.getConnection();
        BorrowedConnection borrowed;
        try {
            borrowed = new BorrowedConnection(connection);
        } catch (SQLException | RuntimeException broken) {
            closeQuietly(connection);
            throw broken;
        }
        try {
            borrowed.setUp(dialect, autoCommit, networkTimeout);
            return borrowed;
        } catch (SQLException | RuntimeException broken) {
            borrowed.abandon();
            borrowed.close();
            throw broken;
        }
    }

    /** Ends the turn for which this was borrowed when it is closed. */
    BorrowedConnection until(WriterTurn end) {
        turn = end;
        return this;
    }

    /** Leaves the network time-out as the host has set it, for statements that are not ours. */
    public void trust() throws SQLException {
        connection.setNetworkTimeout(Runnable::run, networkTimeout);
    }

    /** From now on the network is waited for no longer than this. */
    public void limit(Duration timeout) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, Math.toIntExact(timeout.toMillis()));
    }

    private void setUp(SqlDialect dialect, boolean wantsAutoCommit, Duration timeout) throws SQLException {
        // First: drivers other than PostgreSQL's ask the server for what follows, which may not answer any more.
        limit(timeout);
        if (readOnly) {
            dialect.allowWrites(connection);
        }
        if (autoCommit != wantsAutoCommit) {
            connection.setAutoCommit(wantsAutoCommit);
        }
        restore = dialect.enter(connection);
    }

    public Connection connection() {
        return connection;
    }

    /** Cuts the connection, so that a pool does not hand it out again. */
    public void abandon() {
        isAbandoned = true;
        try {
            connection.abort(Runnable::run);
            tellPool();
        } catch (SQLException | RuntimeException failed) {
            LOG.debug("Could not abort a connection", failed);
        }
    }

    /** A pool lets go of a connection of which it hears from the driver that it is closed; MariaDB's says so when it is used. */
    private void tellPool() {
        try (Statement none = connection.createStatement()) {
            none.execute("SELECT 1");
            LOG.debug("A connection that was aborted still answers: {}", connection);
        } catch (SQLException | RuntimeException closed) {
            LOG.trace("As it should be", closed);
        }
    }

    /** What was done is done by now, so that nothing thrown here may hide it. */
    @Override
    public void close() {
        try {
            // A pool would say of its own connection that it is open still, and complain of each call on it.
            if (!isAbandoned && !connection.isClosed()) {
                putBack();
            }
        } catch (SQLException | RuntimeException failed) {
            LOG.debug("Could not put a connection back as it was; closing it for good", failed);
            abandon();
        } finally {
            closeQuietly(connection);
            turn.close();
        }
    }

    private void putBack() throws SQLException {
        restore.run();
        if (connection.getAutoCommit() != autoCommit) {
            connection.setAutoCommit(autoCommit);
        }
        if (readOnly) {
            connection.setReadOnly(true);
        }
        connection.setNetworkTimeout(Runnable::run, networkTimeout);
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException | RuntimeException failed) {
            LOG.debug("Could not close a connection", failed);
        }
    }
}
