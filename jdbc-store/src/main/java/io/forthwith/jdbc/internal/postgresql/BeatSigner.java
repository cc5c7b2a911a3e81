package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.DataSourceConnection;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The database session of the listener, with which workers sign their beats. It ends with the process at the latest:
 * another process that finds it gone takes this process for dead. So no row may name a session that this process has
 * lost while it still runs. Thread-safe.
 */
final class BeatSigner {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;
    /** Reads the epoch as well: where a role may not, beats would fail. */
    private static final StatementText OWN = StatementText.of("SELECT pid, backend_start, version(), ("
            + ServerEpoch.QUERY + ") FROM pg_stat_get_activity(pg_backend_pid())");

    private final Database database;
    private final Duration patience;
    private final StatementText forget;
    private volatile boolean hasComplained;
    private final Set<ServerSessionId> lost = ConcurrentHashMap.newKeySet();
    private volatile @Nullable ServerSessionId current;

    /**
     * @param patience the network time-out of the statement that records a lost session
     */
    BeatSigner(Database database, Duration patience) {
        this.database = database;
        this.patience = patience;
        this.forget = database.dialect()
                .sql("UPDATE {job_worker} SET backend_pid = NULL, backend_start = NULL"
                        + " WHERE backend_pid = ? AND backend_start = ?");
    }

    /** From now on beats are signed with this session, which certainly belongs to this process. */
    synchronized void begin(Optional<ServerSessionId> own) {
        current = own.orElse(null);
    }

    /**
     * The session of this connection; empty on a database that does not say, or that only speaks the protocol of PostgreSQL. Also empty
     * behind a pooler: it keeps the session of a process that has died, and ends those of living ones when it restarts.
     *
     * @param toldPid the process of the session as it was told when the connection began; a pooler tells one of its own making
     */
    Optional<ServerSessionId> own(Session session, int toldPid) throws SQLException {
        Optional<ServerSessionId> own = own(session);
        boolean isPooled = own.isPresent() && own.get().pid() != toldPid;
        if (isPooled && !hasComplained) {
            hasComplained = true;
            LOG.info("If this process dies, others notice when its lease lapses, and not before:"
                    + " a pooler stands between it and PostgreSQL");
        }
        return isPooled ? Optional.empty() : own;
    }

    private Optional<ServerSessionId> own(Session session) throws SQLException {
        try {
            return session.first(OWN, Binder.NONE, row -> {
                Instant start = database.dialect().timeOrNull(row, 2);
                return start == null || !ServerEpoch.isKeptBy(row.getString(3))
                        ? null
                        : new ServerSessionId(row.getInt(1), start);
            });
        } catch (SQLException failed) {
            if (database.dialect().failureOf(failed) != SqlFailureKind.NOT_SET_UP) {
                throw failed;
            }
            LOG.debug("The database does not say which session this is", failed);
            return Optional.empty();
        }
    }

    /**
     * The session is lost or given back. {@link #forgetLost} has to follow. The session of another listener, which began before this one
     * has ended, stays.
     */
    synchronized void end(Optional<ServerSessionId> own) {
        if (own.isPresent()) {
            if (own.get().equals(current)) {
                current = null;
            }
            lost.add(own.get());
        }
    }

    /** Removes lost sessions from the rows of workers. If that fails, the next call tries again. */
    void forgetLost() {
        if (lost.isEmpty()) {
            return;
        }
        // With a short time-out: what broke the session may silently block this connection too.
        try (DataSourceConnection borrowed = database.lendAtOnce(patience)) {
            try {
                forgetLost(database.session(borrowed.connection()));
            } catch (SQLException broken) {
                if (database.isOfNoMoreUse(broken)) {
                    borrowed.abandon();
                }
                throw broken;
            }
        } catch (SQLException | RuntimeException away) {
            LOG.debug("The sessions {} are lost, and the database cannot be told", lost, away);
        }
    }

    /** The same, on an open connection. */
    void forgetLost(Session session) throws SQLException {
        for (ServerSessionId each : Set.copyOf(lost)) {
            session.update(forget, binder -> binder.number(each.pid()).time(each.start()));
            lost.remove(each);
        }
    }

    /**
     * Runs {@code beat} with the current session. If the session is lost meanwhile, the beat may have written it
     * after the listener removed it; so it is removed again.
     */
    <T> T signing(Function<@Nullable ServerSessionId, T> beat) {
        ServerSessionId signed = current;
        try {
            return beat.apply(signed);
        } finally {
            if (signed != null && !signed.equals(current)) {
                lost.add(signed);
                forgetLost();
            }
        }
    }
}
