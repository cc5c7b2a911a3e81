package io.forthwith.jdbc.internal.postgresql;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Reads notifications from the driver of a connection. Where that driver is missing, using this class throws a {@link
 * LinkageError}.
 */
final class PostgresNotifications {
    private final PGConnection connection;

    private PostgresNotifications(PGConnection connection) {
        this.connection = connection;
    }

    /** Empty if the connection does not unwrap to one of that driver. */
    static Optional<PostgresNotifications> of(Connection connection) throws SQLException {
        return connection.isWrapperFor(PGConnection.class)
                ? Optional.of(new PostgresNotifications(connection.unwrap(PGConnection.class)))
                : Optional.empty();
    }

    /**
     * Waits for notifications on {@code channel}.
     *
     * @param most the longest time to wait
     * @return the notifications; none if the time is over
     */
    List<String> await(String channel, Duration most) throws SQLException {
        return on(channel, connection.getNotifications(Math.toIntExact(most.toMillis())));
    }

    /** The process id that the driver got when it connected: that of the session, or one that a pooler has made up. */
    int toldPid() {
        return connection.getBackendPID();
    }

    /** Discards all notifications: the next user of the connection must not see them. */
    void forget() throws SQLException {
        connection.getNotifications();
    }

    private static List<String> on(String channel, PGNotification @Nullable [] heard) {
        List<String> said = new ArrayList<>();
        if (heard != null) {
            for (PGNotification each : heard) {
                if (each.getName().equals(channel)) {
                    said.add(each.getParameter());
                }
            }
        }
        return said;
    }
}
