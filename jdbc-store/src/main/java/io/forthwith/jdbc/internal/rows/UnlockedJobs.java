package io.forthwith.jdbc.internal.rows;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/** Finds some jobs that meet a condition, and locks those that no other transaction has locked. Immutable and thread-safe. */
public class UnlockedJobs {
    private final SqlDialect dialect;
    private final StatementText lock;

    /** @param jobs the condition, from FROM on */
    public UnlockedJobs(SqlDialect dialect, String jobs) {
        this.dialect = dialect;
        this.lock = dialect.sql("SELECT id " + jobs + " LIMIT ? {for_update_skip_locked}");
    }

    /**
     * Locks at most {@code limit} of them.
     *
     * @param params of the condition
     * @return their ids
     */
    public List<UUID> lock(Session session, Binder.Params params, int limit) throws SQLException {
        return find(session, lock, params, limit);
    }

    protected final List<UUID> find(Session session, StatementText statement, Binder.Params params, int limit)
            throws SQLException {
        return session.query(
                statement,
                binder -> {
                    params.bind(binder);
                    binder.number(limit);
                },
                row -> dialect.readId(row, 1));
    }
}
