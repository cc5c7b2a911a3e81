package io.forthwith.jdbc.internal.mariadb;

import io.forthwith.jdbc.internal.rows.UnlockedJobs;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/**
 * Finds jobs without locks first, then locks them by their ids. A query that locks what it finds would lock every
 * index entry that it reads, also of jobs that do not meet the condition.
 */
public final class MariaDbUnlockedJobs extends UnlockedJobs {
    private final SqlDialect dialect;
    private final StatementText find;
    private final StatementText lockFound;

    MariaDbUnlockedJobs(SqlDialect dialect, String jobs) {
        super(dialect, jobs);
        this.dialect = dialect;
        this.find = dialect.sql("SELECT id " + jobs + " LIMIT ?");
        this.lockFound = dialect.sql("SELECT id " + jobs + " AND id {in} ORDER BY id {for_update_skip_locked}");
    }

    @Override
    public List<UUID> lock(Session session, Binder.Params params, int limit) throws SQLException {
        List<UUID> found = find(session, find, params, limit);
        return found.isEmpty()
                ? found
                : session.query(
                        lockFound,
                        binder -> {
                            params.bind(binder);
                            binder.ids(IdOrder.sorted(found));
                        },
                        row -> dialect.readId(row, 1));
    }
}
