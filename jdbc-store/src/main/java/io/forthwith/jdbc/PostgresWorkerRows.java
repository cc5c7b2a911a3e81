package io.forthwith.jdbc;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Beats name the session of the process, so that others see when that is gone; see {@link PostgresDeadWorkerQuery}. */
final class PostgresWorkerRows extends WorkerRows {
    PostgresWorkerRows(SqlDialect dialect) {
        super(
                dialect,
                "UPDATE {job_worker} SET lease_until = {after}, beat_at = {now}, backend_pid = ?, backend_start = ? WHERE id = ?");
    }

    @Override
    Binder sign(Binder binder, @Nullable ServerSession signed) throws SQLException {
        return binder.number(signed == null ? null : (Integer) signed.pid())
                .time(signed == null ? null : signed.start());
    }
}
