package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;

/**
 * The notifications and their channel. Every store object has its own name, by which it ignores its own notifications:
 * its own listeners get their hints directly.
 *
 * <p>The name of the channel contains the number of the table: it is the same for all stores of one table, whatever
 * schema or search path they use, and different for every other table. Every store object also has a channel of its
 * own.
 */
final class PostgresSignals {
    private static final String CHANNEL = "'forthwith_' || to_regclass(?)::oid";

    /**
     * Sends a word when the statement commits, and says whether it does. Only where the commit waits for no standby, since it keeps the lock of all
     * notifications for so long. If another one keeps it, the commit fails after 20 ms.
     */
    static final String TELL = """
            CASE WHEN current_setting('synchronous_standby_names') = '' AND set_config('lock_timeout', '20', true) IS NOT NULL
              THEN CAST(pg_notify(%s, ?) AS text) END IS NOT NULL""".formatted(CHANNEL);

    private static final StatementText CHANNEL_NAME = StatementText.of("SELECT " + CHANNEL);
    private static final StatementText NOTIFY = StatementText.of(
            "SELECT set_config('synchronous_commit', 'off', true), pg_notify(" + CHANNEL + " || ?, ?)");
    private static final String PROBE = "?";
    /** Classes of SQL states: the connection or the server is gone, or it gives up because of its load. */
    private static final Set<String> UNREACHABLE = Set.of("08", "53", "57");

    private final String own = UUID.randomUUID().toString().replace("-", "");
    private final String table;

    /** What can be sent. */
    enum Signal {
        /** A test on the own channel. */
        KNOCK,
        /** A test on the common channel. */
        PROBE,
        /** Jobs can be claimed. */
        JOBS
    }

    PostgresSignals(SqlDialect dialect) {
        this.table = dialect.text("{job}");
    }

    /** What tells of jobs. */
    String ofJobs() {
        return own;
    }

    /** The name of the common channel: letters, digits and underscores. */
    String channel(Session session) throws SQLException {
        return session.first(CHANNEL_NAME, binder -> binder.text(table), row -> row.getString(1))
                .orElseThrow(() -> new SQLException("There is no table " + table, "42P01"));
    }

    /** The name of the own channel. */
    String ownChannel(String channel) {
        return channel + '_' + own;
    }

    /**
     * Whether a statement that notifies has changed nothing, and may succeed without the notification: there is no right to notify, the queue of
     * notifications is full or broken, or its lock is taken. If the server cannot be reached, the statement is not sent again.
     */
    static boolean mayHaveFailedByTelling(JobStoreException failed) {
        return failed.kind() != JobStoreException.Kind.UNKNOWN_OUTCOME
                && failed.getCause() instanceof SQLException cause
                && cause.getSQLState() != null
                && UNREACHABLE.stream().noneMatch(cause.getSQLState()::startsWith);
    }

    /** Whether a notification tells of jobs that another store object, or another program, has added. */
    boolean isOfOthersJobs(String said) {
        return !said.startsWith(own) && !said.endsWith(PROBE);
    }

    /**
     * Sends a notification. A commit with NOTIFY excludes all others of its kind, so it must not wait for the disk; a
     * notification does not outlive the server anyway.
     */
    void say(Session session, Signal signal) throws SQLException {
        session.query(
                NOTIFY,
                binder -> binder.text(table)
                        .text(signal == Signal.KNOCK ? '_' + own : "")
                        .text(signal == Signal.PROBE ? own + PROBE : own),
                row -> null);
    }
}
