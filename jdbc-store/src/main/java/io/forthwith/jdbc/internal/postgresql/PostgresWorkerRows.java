package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.rows.WorkerRows;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Beat;
import io.forthwith.store.Claim;
import io.forthwith.store.WorkerLoad;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Beats name the database session in which the process listens, their own session, and the {@linkplain ServerEpoch epoch} of the server,
 * so that other processes notice when the process is gone; see {@link PostgresDeadWorkerQuery}.
 */
final class PostgresWorkerRows extends WorkerRows {
    /** Renews the lease and finds what is to be cancelled in one statement. */
    private final StatementText signedBeat;

    PostgresWorkerRows(SqlDialect dialect) {
        super(
                dialect,
                RENEWAL + ", backend_pid = NULL, backend_start = NULL, beat_pid = NULL, beat_start = NULL,"
                        + " server_epoch = NULL WHERE id = ?");
        // A session that listens and that the server has ended already is not written, even if the process does not
        // know it yet.
        this.signedBeat = dialect.sql("""
                WITH renewed AS (%s, (backend_pid, backend_start) = (
                    SELECT s.pid, s.backend_start FROM pg_stat_get_activity(?) s WHERE s.backend_start = ?),
                  (beat_pid, beat_start) = (SELECT s.pid, s.backend_start FROM pg_stat_get_activity(pg_backend_pid()) s),
                  server_epoch = (%s) WHERE id = ? RETURNING 1)
                SELECT job.* FROM renewed LEFT JOIN (SELECT %s FROM {job} WHERE worker_id = ? AND %s) job ON true""".formatted(RENEWAL, ServerEpoch.QUERY, CLAIM, TO_CANCEL));
    }

    @Override
    public Beat beat(Session session, UUID workerId, Duration lease, WorkerLoad load, @Nullable ServerSessionId signed)
            throws SQLException {
        if (signed == null) {
            return super.beat(session, workerId, lease, load, null);
        }
        List<Optional<Claim>> answer = session.promisingNothing()
                .query(
                        signedBeat,
                        binder -> load(binder.micros(lease), load)
                                .number((Integer) signed.pid())
                                .time(signed.start())
                                .id(workerId)
                                .id(workerId),
                        row -> Optional.ofNullable(claimOrNull(row, workerId)));
        return answer.isEmpty()
                ? Beat.DEAD
                : new Beat(true, answer.stream().flatMap(Optional::stream).toList());
    }
}
