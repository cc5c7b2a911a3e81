package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

/**
 * Runs {@code COPY}, which only the driver itself can do. Where that driver is missing, using this class throws a
 * {@link LinkageError}.
 */
public final class PostgresCopy {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;

    private final Connection connection;
    private final CopyManager copies;
    private final SqlDialect dialect;

    /** Writes one row. */
    @FunctionalInterface
    public interface Fields<E> {
        void write(BinaryCopyRows rows, E item) throws SQLException;
    }

    private PostgresCopy(Connection connection, CopyManager copies, SqlDialect dialect) {
        this.connection = connection;
        this.copies = copies;
        this.dialect = dialect;
    }

    /** Empty if the connection does not unwrap to one of that driver. */
    public static Optional<PostgresCopy> of(Connection connection, SqlDialect dialect) throws SQLException {
        return connection.isWrapperFor(PGConnection.class)
                ? Optional.of(new PostgresCopy(
                        connection, connection.unwrap(PGConnection.class).getCopyAPI(), dialect))
                : Optional.empty();
    }

    /** Copies one row for each item; all or nothing. */
    public <E> void copy(String sql, List<E> items, Fields<E> fields) throws SQLException {
        CopyIn copy = begin(sql);
        try {
            BinaryCopyRows rows = new BinaryCopyRows((bytes, length) -> copy.writeToCopy(bytes, 0, length));
            for (E item : items) {
                fields.write(rows, item);
            }
            rows.end();
            copy.endCopy();
        } catch (SQLException failed) {
            cutIfLost(failed);
            throw failed;
        } finally {
            if (copy.isActive()) {
                giveUp(copy);
            }
        }
    }

    private CopyIn begin(String sql) throws SQLException {
        try {
            return copies.copyIn(sql);
        } catch (SQLException failed) {
            cutIfLost(failed);
            throw failed;
        }
    }

    /** Aborts a lost connection. The driver does not, and the next statement would wait for the network as long again. */
    private void cutIfLost(SQLException failed) {
        if (dialect.failureOf(failed) == SqlFailureKind.DISCONNECTED) {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException notCut) {
                failed.addSuppressed(notCut);
            }
        }
    }

    /** Cancels a COPY. Until then the driver blocks every other statement on the connection, also the rollback. */
    private static void giveUp(CopyIn copy) {
        try {
            copy.cancelCopy();
        } catch (SQLException failed) {
            LOG.debug("Could not give up a COPY", failed);
        }
    }
}
