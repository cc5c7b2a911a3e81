package io.forthwith.jdbc;

import java.sql.SQLException;
import java.util.UUID;

/**
 * What is said on the channel, and how it is called. Every store object has a name of its own and tells its own signals from those of
 * others: its listeners have been told directly.
 *
 * <p>The channel is named after the table, by its number: one for all who mean the same table, by whatever schema or search path, and
 * another for every other table of the database.
 */
final class PostgresSignals {
    private static final String CHANNEL = "'forthwith_' || to_regclass(?)::oid";
    /** Ends what is said only to be heard, not because of jobs. */
    private static final String PROBE = "?";

    private final String own = UUID.randomUUID().toString();
    private final String table;

    PostgresSignals(Dialect dialect) {
        this.table = dialect.sql("{job}");
    }

    /** The name of the channel, made of letters and digits. */
    String channel(Session session) throws SQLException {
        return session.first("SELECT " + CHANNEL, binder -> binder.text(table), row -> row.getString(1))
                .orElseThrow(() -> new SQLException("There is no table " + table, "42P01"));
    }

    /** Whether this tells of jobs that another store object has added, or a stranger who says anything. */
    boolean isOfOthersJobs(String said) {
        return !said.startsWith(own) && !said.endsWith(PROBE);
    }

    /**
     * Says it, in a transaction that is lost if the server dies within the next moment: a commit that notifies locks out all others of its
     * kind, and would do so while the disk is written to.
     */
    void say(Session session, boolean ofJobs) throws SQLException {
        session.query(
                "SELECT set_config('synchronous_commit', 'off', true), pg_notify(" + CHANNEL + ", ?)",
                binder -> binder.text(table).text(ofJobs ? own : own + PROBE),
                row -> null);
    }
}
