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
 * What the driver of a connection hears. Knows the driver: where that is not there, using this class throws a {@link LinkageError}.
 */
final class PostgresNotifications {
    private final PGConnection connection;

    private PostgresNotifications(PGConnection connection) {
        this.connection = connection;
    }

    /** Empty if the connection is not, or does not show, one of that driver. */
    static Optional<PostgresNotifications> of(Connection connection) throws SQLException {
        return connection.isWrapperFor(PGConnection.class)
                ? Optional.of(new PostgresNotifications(connection.unwrap(PGConnection.class)))
                : Optional.empty();
    }

    /** What was said on {@code channel}, as soon as there is something, or else nothing after {@code most}. */
    List<String> await(String channel, Duration most) throws SQLException {
        return on(channel, connection.getNotifications(Math.toIntExact(most.toMillis())));
    }

    /** Leaves nothing behind for whoever gets the connection next. */
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
