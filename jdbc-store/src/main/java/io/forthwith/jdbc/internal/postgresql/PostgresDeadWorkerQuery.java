package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.operations.DeadWorkerQuery;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Also finds workers whose process has ended, before their lease lapses. The database session with which such a
 * worker signs its beats is gone, and is still gone after a short while in which the worker has not sent a beat
 * either.
 *
 * <p>The session that asks must be older than the last beat of the worker. Otherwise the server may have been
 * restarted or replaced since: then all old sessions are gone, and no worker has died. Correctness does not depend on
 * this query: it only shortens a lease, and a worker that is still alive finds its results refused.
 */
final class PostgresDeadWorkerQuery extends DeadWorkerQuery {
    private static final Logger LOG = LoggerFactory.getLogger(StoreLogger.NAME);

    /** In this time a worker that has lost its session, and is alive, removes its signature; see {@link ListenerSession}. */
    private static final Duration DOUBT = Duration.ofMillis(500);

    private static final int GONE = 3;

    private static final String SESSIONS =
            "WITH session AS MATERIALIZED (SELECT pid, backend_start FROM pg_stat_get_activity(NULL)) ";

    /** If the start is hidden, the session belongs to another role. */
    private static final String IS_GONE = """
            w.backend_pid IS NOT NULL AND w.lease_until > {now}
            AND w.beat_at > (SELECT backend_start FROM session WHERE pid = pg_backend_pid())
            AND NOT EXISTS (SELECT 1 FROM session s WHERE s.pid = w.backend_pid
              AND (s.backend_start = w.backend_start OR s.backend_start IS NULL))""";

    private final SqlDialect dialect;
    private final StatementText look;
    private final StatementText end;
    /** Set once the database has refused to list its sessions. */
    private volatile boolean isBlind;

    PostgresDeadWorkerQuery(SqlDialect dialect) {
        super(dialect, PostgresDeadWorkerQuery::orphans);
        this.dialect = dialect;
        this.look = dialect.sql(SESSIONS + look(", NULL::timestamptz", PostgresDeadWorkerQuery::orphans)
                + " UNION ALL SELECT w.id, " + GONE + ", w.beat_at FROM {job_worker} w WHERE " + IS_GONE);
        this.end = dialect.sql(SESSIONS
                + "UPDATE {job_worker} AS w SET lease_until = {now} WHERE w.id = ? AND w.beat_at = ? AND " + IS_GONE);
    }

    /** Reads one index entry for each worker, independent of the number of jobs that the worker holds. */
    private static String orphans(String columns) {
        return """
                WITH RECURSIVE holder (id) AS (
                  (SELECT worker_id FROM {job} WHERE status = 'processing' AND worker_id IS NOT NULL
                   ORDER BY worker_id LIMIT 1)
                  UNION ALL
                  SELECT (SELECT j.worker_id FROM {job} j WHERE j.status = 'processing' AND j.worker_id > holder.id
                          ORDER BY j.worker_id LIMIT 1)
                  FROM holder WHERE holder.id IS NOT NULL)
                SELECT %s FROM {job}
                WHERE status = 'processing' AND worker_id = ANY(ARRAY(
                  SELECT id FROM holder WHERE NOT EXISTS (SELECT 1 FROM {job_worker} w WHERE w.id = holder.id)))
                UNION ALL
                SELECT %s FROM {job} WHERE status = 'processing' AND worker_id IS NULL""".formatted(columns, columns);
    }

    /** A worker whose session is gone. */
    private record Gone(UUID worker, Instant beatAt) {}

    @Override
    public Found find(Database database) {
        List<Gone> gone = new ArrayList<>();
        Found found = Found.of(database.read(WHAT, session -> isBlind ? look(session) : look(session, gone)));
        if (gone.isEmpty() || !passes(DOUBT)) {
            return found;
        }
        List<UUID> lapsed = new ArrayList<>(found.lapsed());
        for (Gone each : gone) {
            if (end(database, each)) {
                lapsed.add(each.worker);
            }
        }
        return new Found(IdOrder.sorted(lapsed), found.hasOrphans());
    }

    private List<Sighting> look(Session session, List<Gone> gone) throws SQLException {
        gone.clear();
        try {
            return session.query(look, Binder.NONE, row -> {
                UUID id = dialect.readId(row, 1);
                Instant beatAt = dialect.timeOrNull(row, 3);
                if (id != null && beatAt != null) {
                    gone.add(new Gone(id, beatAt));
                }
                return new Sighting(id, row.getInt(2));
            });
        } catch (SQLException refused) {
            if (dialect.failureOf(refused) != SqlFailureKind.NOT_SET_UP) {
                throw refused;
            }
            isBlind = true;
            LOG.info(
                    "A worker whose process has died is found when its lease lapses, and not before: the database does not"
                            + " say which sessions there are ({})",
                    refused.getMessage());
            return look(session);
        }
    }

    /** Holds no connection. */
    private static boolean passes(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            if (Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(left);
        }
        return true;
    }

    private boolean end(Database database, Gone gone) {
        try {
            boolean isGone = database.once(
                            WHAT,
                            session -> session.update(
                                    end, binder -> binder.id(gone.worker).time(gone.beatAt)))
                    > 0;
            if (isGone) {
                LOG.info(
                        "Worker {} is gone: the session of its process has ended and it has not beaten since {}; its lease ends now",
                        gone.worker,
                        gone.beatAt);
            }
            return isGone;
        } catch (JobStoreException notNow) {
            LOG.debug("The lease of worker {} could not be ended early", gone.worker, notNow);
            return false;
        }
    }
}
