package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.operations.DeadWorkerQuery;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
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
import org.jspecify.annotations.Nullable;

/**
 * Also finds workers whose process has ended, before their lease lapses. The two database sessions that the last beat of such a worker
 * names are gone: the one in which its process listens, and the one on which the beat was sent. They are still gone after a short while in
 * which the worker has not sent a beat either.
 *
 * <p>That one session is gone proves nothing: its connection may be reset, and the pool of the worker may have none left to say so. That
 * both are gone proves nothing if the server has ended them. So the {@linkplain ServerEpoch epoch} of the beat must be that of now. Where
 * beats name no epoch, as with PostgreSQL 14 and with older versions of this library, the session that asks must be older than the last
 * beat, and the worker that asks must have a lease that was good for long. A process that has {@linkplain RecentSessionLoss lately lost its own
 * session} takes nobody for dead: what has cut its connection may have cut theirs. Correctness does not depend on this query: it only
 * shortens a lease, and a worker that is still alive finds its results refused.
 */
final class PostgresDeadWorkerQuery extends DeadWorkerQuery {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;

    /** In this time a worker that has lost its session, and is alive, removes its signature; see {@link BeatSigner}. */
    private static final Duration DOUBT = Duration.ofMillis(500);

    private static final int GONE = 3;

    private static final StatementText VERSION = StatementText.of("SELECT version()");

    private static final String SESSIONS = """
            WITH session AS MATERIALIZED (SELECT pid, backend_start FROM pg_stat_get_activity(NULL)),
            server (epoch) AS MATERIALIZED (%s)
            """.formatted(ServerEpoch.QUERY);

    /** If the start is hidden, the session belongs to another role. */
    private static final String ARE_GONE = """
            w.backend_pid IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM session s WHERE s.pid = w.backend_pid
              AND (s.backend_start = w.backend_start OR s.backend_start IS NULL))
            AND NOT EXISTS (SELECT 1 FROM session s WHERE s.pid = w.beat_pid
              AND (s.backend_start = w.beat_start OR s.backend_start IS NULL))""";

    private static final String HAS_ENDED = ARE_GONE + " AND w.server_epoch = (SELECT epoch FROM server)";

    private static final String IS_GONE = "w.lease_until > {now} AND " + ARE_GONE + """

            AND (w.server_epoch = (SELECT epoch FROM server) OR w.server_epoch IS NULL
              AND w.beat_at > (SELECT backend_start FROM session WHERE pid = pg_backend_pid()))""";

    private final SqlDialect dialect;
    private final RecentSessionLoss recentLoss;
    private final StatementText look;
    private final StatementText end;
    private final StatementText lookForEnded;
    private final StatementText endEnded;
    /** Null until the database was asked. */
    private volatile @Nullable Boolean tellsSessions;

    /**
     * @param recentLoss of this process
     */
    PostgresDeadWorkerQuery(SqlDialect dialect, RecentSessionLoss recentLoss) {
        super(dialect, PostgresDeadWorkerQuery::orphans);
        this.dialect = dialect;
        this.recentLoss = recentLoss;
        this.look = dialect.sql(SESSIONS + look(", NULL::timestamptz", PostgresDeadWorkerQuery::orphans) + " UNION ALL "
                + gone(IS_GONE));
        this.end = dialect.sql(SESSIONS + end(IS_GONE));
        this.lookForEnded = dialect.sql(SESSIONS + gone(HAS_ENDED));
        this.endEnded = dialect.sql(SESSIONS + end(HAS_ENDED));
    }

    private static String gone(String condition) {
        return "SELECT w.id, " + GONE + ", w.beat_at FROM {job_worker} w WHERE " + condition;
    }

    private static String end(String condition) {
        return "UPDATE {job_worker} AS w SET lease_until = {now} WHERE w.id = ? AND w.beat_at = ? AND " + condition;
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
        Found found =
                Found.of(database.read(WHAT, session -> mayTell(session) ? look(session, look, gone) : look(session)));
        return found.and(ended(database, end, gone));
    }

    @Override
    public Found findEnded(Database database) {
        List<Gone> gone = new ArrayList<>();
        database.read(WHAT, session -> mayTell(session) ? look(session, lookForEnded, gone) : List.<Sighting>of());
        return Found.NONE.and(ended(database, endEnded, gone));
    }

    private boolean mayTell(Session session) throws SQLException {
        return !recentLoss.isRecent() && tellsSessions(session);
    }

    private boolean tellsSessions(Session session) throws SQLException {
        Boolean known = tellsSessions;
        if (known == null) {
            String version =
                    session.first(VERSION, Binder.NONE, row -> row.getString(1)).orElse("");
            known = ServerEpoch.isKeptBy(version);
            tellsSessions = known;
            if (!known) {
                LOG.info(
                        "A worker whose process has died is found when its lease lapses, and not before: this is not PostgreSQL itself, but {}",
                        version);
            }
        }
        return known;
    }

    private List<Sighting> look(Session session, StatementText statement, List<Gone> gone) throws SQLException {
        gone.clear();
        try {
            return session.query(statement, Binder.NONE, row -> {
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
            tellsSessions = false;
            LOG.info(
                    "A worker whose process has died is found when its lease lapses, and not before: the database does not"
                            + " say which sessions there are ({})",
                    refused.getMessage());
            return statement.equals(look) ? look(session) : List.of();
        }
    }

    /** Looks again, after a while, and ends the leases of those that are still gone. */
    private List<UUID> ended(Database database, StatementText statement, List<Gone> gone) {
        return gone.isEmpty() || !passes(DOUBT) || recentLoss.isRecent()
                ? List.of()
                : gone.stream()
                        .filter(each -> end(database, statement, each))
                        .map(Gone::worker)
                        .toList();
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

    private boolean end(Database database, StatementText statement, Gone gone) {
        try {
            boolean isGone = database.once(
                            WHAT,
                            session -> session.update(
                                    statement, binder -> binder.id(gone.worker).time(gone.beatAt)))
                    > 0;
            if (isGone) {
                LOG.info(
                        "Worker {} is gone: the sessions of its process have ended and it has not beaten since {}; its lease ends now",
                        gone.worker,
                        gone.beatAt);
            }
            return isGone;
        } catch (JobStoreException | LocksHeldException notNow) {
            LOG.debug("The lease of worker {} could not be ended early", gone.worker, notNow);
            return false;
        }
    }
}
