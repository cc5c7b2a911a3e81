package io.forthwith.jdbc.internal.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * A connection that is borrowed from the data source and prepared for the store. {@link #close} restores its settings
 * and gives it back. Not thread-safe.
 *
 * <p>Reading the settings costs no round trip on most drivers: they keep them in memory.
 */
public final class DataSourceConnection implements AutoCloseable {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;

    private final Connection connection;
    private final boolean autoCommit;
    private final boolean readOnly;
    private final int networkTimeout;
    private SqlDialect.Restore restore = () -> {};
    private WriterTurn turn = WriterTurn.ALWAYS;
    private boolean hasOtherAutoCommit;
    private boolean isAbandoned;

    private DataSourceConnection(Connection connection) throws SQLException {
        this.connection = connection;
        this.autoCommit = connection.getAutoCommit();
        this.readOnly = connection.isReadOnly();
        this.networkTimeout = connection.getNetworkTimeout();
    }

    static DataSourceConnection of(
            DataSource dataSource, SqlDialect dialect, boolean autoCommit, Duration networkTimeout)
            throws SQLException {
        return of(dataSource.getConnection(), dialect, autoCommit, networkTimeout);
    }

    static DataSourceConnection of(
            Connection connection, SqlDialect dialect, boolean autoCommit, Duration networkTimeout)
            throws SQLException {
        DataSourceConnection borrowed;
        try {
            // Before any setting is changed, and without aborting it: it may be the connection of the host.
            dialect.requireNoTransaction(connection);
            borrowed = new DataSourceConnection(connection);
        } catch (Throwable broken) {
            closeQuietly(connection);
            throw broken;
        }
        try {
            borrowed.setUp(dialect, autoCommit, networkTimeout);
            return borrowed;
        } catch (Throwable broken) {
            borrowed.abandon();
            borrowed.close();
            throw broken;
        }
    }

    /** Makes {@link #close} end this turn as well. */
    DataSourceConnection until(WriterTurn end) {
        turn = end;
        return this;
    }

    /** Restores the network time-out of the host, for statements of the host. */
    public void trust() throws SQLException {
        connection.setNetworkTimeout(Runnable::run, networkTimeout);
    }

    /** Sets the network time-out. */
    public void limit(Duration timeout) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, Math.toIntExact(timeout.toMillis()));
    }

    private void setUp(SqlDialect dialect, boolean wantsAutoCommit, Duration timeout) throws SQLException {
        // This comes first: drivers other than that of PostgreSQL ask the server for the other settings, and it may
        // not answer.
        limit(timeout);
        if (readOnly) {
            dialect.allowWrites(connection);
        }
        if (autoCommit != wantsAutoCommit) {
            hasOtherAutoCommit = true;
            connection.setAutoCommit(wantsAutoCommit);
        }
        restore = dialect.enter(connection);
    }

    public Connection connection() {
        return connection;
    }

    /** Whether each statement commits when the connection is given back. */
    boolean commitsEach() {
        return autoCommit;
    }

    boolean isAbandoned() {
        return isAbandoned;
    }

    /** Aborts the connection, so that no pool hands it out again. */
    public void abandon() {
        isAbandoned = true;
        try {
            connection.abort(Runnable::run);
            tellPool();
        } catch (Throwable failed) {
            LOG.debug("Could not abort a connection", failed);
        }
    }

    /**
     * Uses the connection once, so that the pool learns from the driver that it is closed. The driver of MariaDB says
     * so only then.
     */
    private void tellPool() {
        try (Statement none = connection.createStatement()) {
            none.execute("SELECT 1");
            LOG.debug("A connection that was aborted still answers: {}", connection);
        } catch (Throwable closed) {
            LOG.trace("As it should be", closed);
        }
    }

    /** The work is done by now: an exception here must not hide its result. */
    @Override
    public void close() {
        try {
            // A pool says that an aborted connection is still open, and logs a warning for each call on it.
            if (!isAbandoned && !connection.isClosed()) {
                putBack();
            }
        } catch (Throwable failed) {
            LOG.debug("Could not put a connection back as it was; closing it for good", failed);
            abandon();
        } finally {
            closeQuietly(connection);
            turn.close();
        }
    }

    private void putBack() throws SQLException {
        restore.run();
        // Also if it has been set back already, which the driver knows, but a pool may not.
        if (hasOtherAutoCommit || connection.getAutoCommit() != autoCommit) {
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
        } catch (Throwable failed) {
            LOG.debug("Could not close a connection", failed);
        }
    }
}
