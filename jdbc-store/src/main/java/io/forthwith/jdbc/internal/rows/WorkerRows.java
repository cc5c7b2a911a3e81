package io.forthwith.jdbc.internal.rows;

import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Beat;
import io.forthwith.store.Claim;
import io.forthwith.store.WorkerInfo;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Registers workers and renews their leases. Immutable and thread-safe. */
public class WorkerRows {
    private final SqlDialect dialect;
    private final StatementText renew;
    private final StatementText insert;
    private final StatementText delete;
    private final StatementText held;
    private final StatementText toCancel;

    public WorkerRows(SqlDialect dialect) {
        this(dialect, "UPDATE {job_worker} SET lease_until = {after} WHERE id = ?");
    }

    /**
     * With a statement of the database for the renewal of leases.
     *
     * @param renewal renews the lease of the worker whose id is the second parameter for the microseconds of the first, without a signature
     */
    public WorkerRows(SqlDialect dialect, String renewal) {
        this.dialect = dialect;
        this.renew = dialect.sql(renewal);
        this.insert = dialect.sql(
                "INSERT INTO {job_worker} (id, name, host, pid, started_at, lease_until) VALUES (?, ?, ?, ?, {now}, {after})");
        this.delete = dialect.sql("DELETE FROM {job_worker} WHERE id = ?");
        String processing = "SELECT id, claim, started_at FROM {job} WHERE worker_id = ? AND status = 'processing'";
        this.held = dialect.sql(processing);
        this.toCancel = dialect.sql(processing + " AND cancel_requested_at IS NOT NULL");
    }

    /** May be repeated: if the answer to an earlier call was lost, this call renews the row of that one. */
    public void register(Session session, WorkerInfo worker, Duration lease) throws SQLException {
        if (renew(session, worker.id(), lease, null)) {
            return;
        }
        session.update(
                insert,
                binder -> binder.id(worker.id())
                        .text(worker.name())
                        .text(worker.host())
                        .number(worker.pid())
                        .micros(lease));
    }

    /**
     * Renews the lease of a worker.
     *
     * @param signed the session that stands for this process, or null
     * @return what the worker has to know
     */
    public Beat beat(Session session, UUID workerId, Duration lease, @Nullable ServerSessionId signed)
            throws SQLException {
        // Without a standby the server may still be told to go on. Then workers must not lose their leases: a beat
        // acknowledges nothing that has to survive.
        return renew(session.promisingNothing(), workerId, lease, signed)
                ? new Beat(true, claims(session, toCancel, workerId))
                : Beat.DEAD;
    }

    /**
     * Renews the lease, and keeps what the beat says of the process where the database can look for it.
     *
     * @param signed the session that stands for this process, or null
     * @return whether the worker is there
     */
    protected boolean renew(Session session, UUID workerId, Duration lease, @Nullable ServerSessionId signed)
            throws SQLException {
        return session.update(renew, binder -> binder.micros(lease).id(workerId)) > 0;
    }

    public void deregister(Session session, UUID workerId) throws SQLException {
        session.update(delete, binder -> binder.id(workerId));
    }

    public List<Claim> held(Session session, UUID workerId) throws SQLException {
        dialect.catchUp(session);
        return claims(session, held, workerId);
    }

    private List<Claim> claims(Session session, StatementText statement, UUID workerId) throws SQLException {
        return session.query(statement, binder -> binder.id(workerId), row -> {
            UUID job = dialect.readId(row, 1);
            Instant start = dialect.timeOrNull(row, 3);
            return job == null || start == null ? null : new Claim(job, row.getLong(2), workerId, start);
        });
    }
}
