package io.forthwith.jdbc.internal.limits;

import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.limit.StoredLimitKey;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Forgets keys: deletes the rows of those that nothing uses and nobody has changed. Otherwise each customer or order that was a key once would leave a row for ever.
 * Thread-safe.
 *
 * <p>A claim that meets a key without a row makes it, in a transaction of its own. So that keys in use seldom cost that, only those are forgotten that nothing used at the look
 * before either.
 *
 * <p>A claim counts and parks jobs of a key while it has locked the row. So after this has locked the row, by a new statement, it sees all that they have done, and as long as
 * it has the row none of them does more. Whoever waits for the row finds none then, and makes it again.
 */
final class IdleKeys {
    private static final int KEYS_OF_A_LOOK = 1_000;

    private final LimitRows rows;
    private final ParkedJobs parked;
    private String lookedUpTo = "";
    private List<LimitKey> idleBefore = List.of();

    IdleKeys(LimitRows rows, ParkedJobs parked) {
        this.rows = rows;
        this.parked = parked;
    }

    /** Looks at the next keys, and forgets those of the look before that nothing uses now either. */
    synchronized void forget(Database database) {
        List<LimitKey> before = idleBefore;
        idleBefore = List.of();
        if (!before.isEmpty()) {
            database.transaction("forget keys of limits", session -> {
                Instant now = rows.declared(session).now();
                rows.delete(session, idle(session, now, locked(session, before)));
                return true;
            });
        }
        idleBefore = database.transaction("look at keys of limits", this::idleOfNext);
    }

    private List<StoredLimitKey> locked(Session session, List<LimitKey> keys) throws SQLException {
        Session.Query<StoredLimitKey> lock = rows.lockKeys(keys);
        session.ask(List.of(lock));
        return lock.rows();
    }

    private List<LimitKey> idleOfNext(Session session) throws SQLException {
        List<StoredLimitKey> next = rows.after(session, lookedUpTo, KEYS_OF_A_LOOK);
        // Rows that are no keys are left out, so a short page need not be the last one.
        lookedUpTo = next.isEmpty() ? "" : next.get(next.size() - 1).key().text();
        return next.isEmpty() ? List.of() : idle(session, rows.declared(session).now(), next);
    }

    /** Those of these keys, which are in their order, that nothing uses. Jobs that no claim has looked at yet do not count. */
    private List<LimitKey> idle(Session session, Instant now, List<StoredLimitKey> keys) throws SQLException {
        List<LimitKey> idle = new ArrayList<>();
        for (StoredLimitKey each : keys) {
            if (each.isLikeUnused(now)) {
                idle.add(each.key());
            }
        }
        if (idle.isEmpty()) {
            return idle;
        }
        LimitRows.Running running = rows.running(idle);
        session.ask(List.of(running.query()));
        idle.removeAll(running.jobs().keySet());
        return withoutParked(session, idle);
    }

    /** None if very many keys among them have parked jobs. */
    private List<LimitKey> withoutParked(Session session, List<LimitKey> keys) throws SQLException {
        if (keys.isEmpty()) {
            return keys;
        }
        LimitKey first = keys.get(0);
        String end = keys.get(keys.size() - 1).text() + LimitRows.Range.FIRST_CHARACTER;
        ParkedJobs.Keys waiting = parked.keys(session, first.text(), end, KEYS_OF_A_LOOK);
        if (waiting.next() != null) {
            return List.of();
        }
        Set<LimitKey> used = new TreeSet<>(waiting.keys());
        if (parked.count(session, first, 1) > 0) {
            used.add(first);
        }
        List<LimitKey> without = new ArrayList<>(keys);
        without.removeAll(used);
        return without;
    }
}
