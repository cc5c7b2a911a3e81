package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.BorrowedConnection;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database session of the listener, with which workers sign their beats. It ends with the process at the latest:
 * another process that finds it gone takes this process for dead. So no row may name a session that this process has
 * lost while it still runs. Thread-safe.
 */
final class ListenerSession {
    private static final Logger LOG = LoggerFactory.getLogger(StoreLogger.NAME);
    private static final StatementText OWN =
            StatementText.of("SELECT pid, backend_start FROM pg_stat_get_activity(pg_backend_pid())");

    private final Database database;
    private final Duration patience;
    private final StatementText forget;
    private final Set<ServerSessionId> lost = ConcurrentHashMap.newKeySet();
    private volatile @Nullable ServerSessionId current;

    /**
     * @param patience the network time-out of the statement that records a lost session
     */
    ListenerSession(Database database, Duration patience) {
        this.database = database;
        this.patience = patience;
        this.forget = database.dialect()
                .sql("UPDATE {job_worker} SET backend_pid = NULL, backend_start = NULL"
                        + " WHERE backend_pid = ? AND backend_start = ?");
    }

    /** From now on beats are signed with this session, which certainly belongs to this process. */
    void begin(Optional<ServerSessionId> own) {
        current = own.orElse(null);
    }

    /** The session of this connection; empty on a database that only speaks the protocol of PostgreSQL and does not say. */
    Optional<ServerSessionId> own(Session session) throws SQLException {
        try {
            return session.first(OWN, Binder.NONE, row -> {
                Instant start = database.dialect().timeOrNull(row, 2);
                return start == null ? null : new ServerSessionId(row.getInt(1), start);
            });
        } catch (SQLException failed) {
            if (database.dialect().failureOf(failed) != SqlFailureKind.NOT_SET_UP) {
                throw failed;
            }
            LOG.debug("The database does not say which session this is", failed);
            return Optional.empty();
        }
    }

    /** The session is lost or given back. {@link #forgetLost} has to follow. */
    void end() {
        ServerSessionId before = current;
        current = null;
        if (before != null) {
            lost.add(before);
        }
    }

    /** Removes lost sessions from the rows of workers. If that fails, the next call tries again. */
    void forgetLost() {
        if (lost.isEmpty()) {
            return;
        }
        // With a short time-out: what broke the session may silently block this connection too.
        try (BorrowedConnection borrowed = database.lendAtOnce(patience)) {
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
