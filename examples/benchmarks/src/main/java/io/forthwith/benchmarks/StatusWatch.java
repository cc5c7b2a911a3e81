package io.forthwith.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/** Reads rows through its own connection, as another program does. */
final class StatusWatch implements AutoCloseable {
    private final Connection connection;
    private final PreparedStatement look;

    private StatusWatch(Connection connection) throws SQLException {
        this.connection = connection;
        this.look = connection.prepareStatement("SELECT status FROM job WHERE id = ?");
    }

    static StatusWatch on(BenchmarkDatabase database) throws SQLException {
        return new StatusWatch(database.outsider());
    }

    /** Polls until the row of a job has this status. */
    void await(UUID id, String status) throws SQLException {
        look.setObject(1, id);
        while (!shows(status)) {
            Thread.onSpinWait();
        }
    }

    private boolean shows(String status) throws SQLException {
        try (ResultSet row = look.executeQuery()) {
            return row.next() && row.getString(1).equals(status);
        }
    }

    /** Fails unless there are that many rows, and {@code condition} holds for all of them. */
    void requireAll(long rows, String condition) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT count(*), count(*) FILTER (WHERE " + condition + ") FROM job")) {
            row.next();
            if (row.getLong(1) != rows || row.getLong(2) != rows) {
                throw new IllegalStateException("Of " + rows + " jobs " + row.getLong(1) + " are in the database and "
                        + row.getLong(2) + " are as they should be: " + condition);
            }
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
