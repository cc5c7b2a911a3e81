package io.forthwith.jdbc.internal.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;

/**
 * A part of a transaction that can be rolled back by itself. {@link #close} releases its savepoint. A server keeps
 * savepoints that are not released until the transaction ends, and PostgreSQL then looks through all of them in every
 * statement. Not thread-safe.
 */
public final class SavepointScope implements AutoCloseable {
    private final Connection connection;
    private final Savepoint start;

    SavepointScope(Connection connection) throws SQLException {
        this.connection = connection;
        this.start = connection.setSavepoint();
    }

    /** Undoes what this part has done so far. The part may go on. */
    public void rollBack() throws SQLException {
        connection.rollback(start);
    }

    /**
     * Ends this part. If a statement has failed, the server may refuse this as well; the exception of that statement
     * then tells more, and gets this one as a suppressed exception.
     */
    @Override
    public void close() throws SQLException {
        connection.releaseSavepoint(start);
    }
}
