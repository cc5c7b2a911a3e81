package io.forthwith.jdbc;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.awaitility.Awaitility;

/** A data source that lends the same connection every time, so that tests can look at its session. */
class SingleConnection implements DataSource, AutoCloseable {
    private final Connection connection;

    SingleConnection(Connection connection) {
        this.connection = connection;
    }

    /**
     * Waits until it is the only session of its database, on PostgreSQL: others report what they have read when they end, a
     * moment after they were closed, and what they report would count as ours. Workers of a parallel query end after the session that began it.
     */
    final void awaitNoOthers() {
        Awaitility.await()
                .atMost(Patience.LONG)
                .until(() -> Sql.query(connection, """
                                SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                                  AND pid <> pg_backend_pid() AND backend_type IN ('client backend', 'parallel worker')""").get(0).get(0).equals("0"));
    }

    final Connection connection() {
        return connection;
    }

    @Override
    public Connection getConnection() {
        return (Connection) Proxy.newProxyInstance(
                SingleConnection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        return null;
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    @Override
    public final void close() throws SQLException {
        connection.close();
    }

    @Override
    public final Connection getConnection(String user, String password) {
        return getConnection();
    }

    @Override
    public final PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public final void setLogWriter(PrintWriter out) {}

    @Override
    public final void setLoginTimeout(int seconds) {}

    @Override
    public final int getLoginTimeout() {
        return 0;
    }

    @Override
    public final Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public final <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("Nothing to unwrap");
    }

    @Override
    public final boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
