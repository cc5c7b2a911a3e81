package io.forthwith.jdbc;

import io.forthwith.store.Beat;
import io.forthwith.store.Claim;
import io.forthwith.store.WorkerInfo;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The running workers and their leases. */
final class WorkerRows {
    private final Dialect dialect;
    private final String renew;
    private final String insert;
    private final String delete;
    private final String held;
    private final String toCancel;

    WorkerRows(Dialect dialect) {
        this.dialect = dialect;
        this.renew = dialect.sql(dialect.renewal());
        this.insert = dialect.sql(
                "INSERT INTO {job_worker} (id, name, host, pid, started_at, lease_until) VALUES (?, ?, ?, ?, {now}, {after})");
        this.delete = dialect.sql("DELETE FROM {job_worker} WHERE id = ?");
        this.held = dialect.sql("SELECT id, claim FROM {job} WHERE worker_id = ? AND status = 'processing'");
        this.toCancel = held + " AND cancel_requested_at IS NOT NULL";
    }

    /** May be repeated: a call whose answer was lost has left the row that the next one renews. */
    void register(Session session, WorkerInfo worker, Duration lease) throws SQLException {
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

    /** @param signed the session that stands for this process, or null */
    Beat beat(Session session, UUID workerId, Duration lease, @Nullable ServerSession signed) throws SQLException {
        return renew(session, workerId, lease, signed)
                ? new Beat(true, claims(session, toCancel, workerId))
                : Beat.DEAD;
    }

    private boolean renew(Session session, UUID workerId, Duration lease, @Nullable ServerSession signed)
            throws SQLException {
        return session.update(
                        renew,
                        binder -> dialect.sign(binder.micros(lease), signed).id(workerId))
                > 0;
    }

    void deregister(Session session, UUID workerId) throws SQLException {
        session.update(delete, binder -> binder.id(workerId));
    }

    List<Claim> held(Session session, UUID workerId) throws SQLException {
        return claims(session, held, workerId);
    }

    private List<Claim> claims(Session session, String statement, UUID workerId) throws SQLException {
        return session.query(statement, binder -> binder.id(workerId), row -> {
            UUID job = dialect.readId(row, 1);
            return job == null ? null : new Claim(job, row.getLong(2), workerId);
        });
    }
}
