package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.rows.WorkerRows;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Beats name the database session of the process, so that other processes notice when it is gone; see {@link
 * PostgresDeadWorkerQuery}.
 */
final class PostgresWorkerRows extends WorkerRows {
    PostgresWorkerRows(SqlDialect dialect) {
        super(
                dialect,
                "UPDATE {job_worker} SET lease_until = {after}, beat_at = {now}, backend_pid = ?, backend_start = ? WHERE id = ?");
    }

    @Override
    public Binder sign(Binder binder, @Nullable ServerSessionId signed) throws SQLException {
        return binder.number(signed == null ? null : (Integer) signed.pid())
                .time(signed == null ? null : signed.start());
    }
}
