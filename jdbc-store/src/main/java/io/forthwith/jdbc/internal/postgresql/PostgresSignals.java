package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlStatement;
import java.sql.SQLException;
import java.util.UUID;

/**
 * What is said, and on which channel. Every store object has a name of its own and tells what it has said from what others say: its
 * listeners have been told directly.
 *
 * <p>The channel is named after the table, by its number: one for all who mean the same table, by whatever schema or search path, and
 * another for every other table of the database. Beside it every store object has a channel of its own.
 */
final class PostgresSignals {
    private static final String CHANNEL = "'forthwith_' || to_regclass(?)::oid";
    private static final SqlStatement CHANNEL_NAME = SqlStatement.of("SELECT " + CHANNEL);
    private static final SqlStatement NOTIFY =
            SqlStatement.of("SELECT set_config('synchronous_commit', 'off', true), pg_notify(" + CHANNEL + " || ?, ?)");
    private static final String PROBE = "?";

    private final String own = UUID.randomUUID().toString().replace("-", "");
    private final String table;

    /** What there is to say. */
    enum Signal {
        /** On the own channel, to see whether it arrives there. */
        KNOCK,
        /** To see whether it arrives, as will whatever else is said. */
        PROBE,
        /** Jobs may be claimed. */
        JOBS
    }

    PostgresSignals(SqlDialect dialect) {
        this.table = dialect.text("{job}");
    }

    /** The name of the channel, made of letters, digits and underscores. */
    String channel(Session session) throws SQLException {
        return session.first(CHANNEL_NAME, binder -> binder.text(table), row -> row.getString(1))
                .orElseThrow(() -> new SQLException("There is no table " + table, "42P01"));
    }

    /** The name of the own channel. */
    String ownChannel(String channel) {
        return channel + '_' + own;
    }

    /** Whether this tells of jobs that another store object has added, or a stranger who says anything. */
    boolean isOfOthersJobs(String said) {
        return !said.startsWith(own) && !said.endsWith(PROBE);
    }

    /**
     * Says it. A commit that notifies locks out all others of its kind, so it is not to wait for the disk, should there be anything to
     * write: what is said does not outlive the server anyway.
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
