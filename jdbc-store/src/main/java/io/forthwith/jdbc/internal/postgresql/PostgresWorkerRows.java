package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.jdbc.internal.rows.ServerChange;
import io.forthwith.jdbc.internal.rows.WorkerRows;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Beats name the database session in which the process listens, their own session, and the {@linkplain ServerEpoch epoch} of the server,
 * so that other processes notice when the process is gone; see {@link PostgresDeadWorkerQuery}.
 */
final class PostgresWorkerRows extends WorkerRows {
    /**
     * As an expression that is true: the commit waits for no standby. What a worker says of itself acknowledges nothing that has to survive, and what it claims later is
     * behind it in the log that standbys receive.
     */
    private static final String WITHOUT_STANDBY = """
            set_config('synchronous_commit',
              CASE current_setting('synchronous_commit') WHEN 'off' THEN 'off' ELSE 'local' END, true) IS NOT NULL""";

    private static final StatementText PROMISE_NOTHING = StatementText.of("SELECT " + WITHOUT_STANDBY);
    private static final String OF_ID = " WHERE " + WITHOUT_STANDBY + " AND id = ?";
    private static final String ANSWERING = " RETURNING extract(epoch FROM pg_postmaster_start_time())";

    private final ServerChange serverChange;
    private final StatementText unsignedRenewal;

    private final StatementText signedRenewal;

    PostgresWorkerRows(SqlDialect dialect, ServerChange serverChange) {
        super(dialect, "DELETE FROM {job_worker}" + OF_ID);
        this.serverChange = serverChange;
        this.unsignedRenewal =
                dialect.sql(RENEWAL + ", backend_pid = NULL, backend_start = NULL, beat_pid = NULL, beat_start = NULL,"
                        + " server_epoch = NULL" + OF_ID + ANSWERING);
        // A session that listens and that the server has ended already is not written, even if the process does not
        // know it yet.
        this.signedRenewal = dialect.sql(RENEWAL + """
                , (backend_pid, backend_start) = (
                  SELECT s.pid, s.backend_start FROM pg_stat_get_activity(?) s WHERE s.backend_start = ?),
                (beat_pid, beat_start) = (SELECT s.pid, s.backend_start FROM pg_stat_get_activity(pg_backend_pid()) s),
                server_epoch = (%s)""".formatted(ServerEpoch.QUERY) + OF_ID + ANSWERING);
    }

    @Override
    public void register(Session session, WorkerInfo worker, Duration lease) throws SQLException {
        session.query(PROMISE_NOTHING, Binder.NONE, row -> null);
        super.register(session, worker, lease);
    }

    @Override
    protected boolean renew(
            Session session, UUID workerId, Duration lease, WorkerLoad load, @Nullable ServerSessionId signed)
            throws SQLException {
        Optional<String> serverStart = session.first(
                signed == null ? unsignedRenewal : signedRenewal,
                binder -> {
                    load(binder.micros(lease), load);
                    if (signed != null) {
                        binder.number((Integer) signed.pid()).time(signed.start());
                    }
                    binder.id(workerId);
                },
                row -> row.getString(1));
        serverStart.ifPresent(serverChange::answered);
        return serverStart.isPresent();
    }
}
