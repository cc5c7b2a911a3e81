package io.forthwith.jdbc.internal.limits;

import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.limit.LimitKeyRow;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Forgets keys: deletes the rows of those that nothing uses and nobody has changed. Otherwise each customer or order that was a key once would leave a row for ever.
 * Thread-safe.
 *
 * <p>Only what was idle at the look before, too, is forgotten: a claim that meets a key without a row makes it in a transaction of its own, and claims again. So a key that
 * often has no job for a moment costs that once in some minutes at most.
 *
 * <p>A claim counts and parks jobs of a key while it has locked the row. So after this has locked the row, by a new statement, it sees all that they have done, and as long as
 * it has the row none of them does more. Whoever waits for the row finds none then, and makes it again. It waits for no lock.
 */
final class IdleKeys {
    /** Few, since its rows are locked together, and MariaDB reads a whole table for long lists. */
    private static final int KEYS_OF_A_PAGE = 100;

    private static final int MOST_KEYS = 5_000;
    /** Workers look between two claims. */
    private static final long LONGEST_LOOK = Duration.ofMillis(100).toNanos();

    private final LimitRows rows;
    private final ParkedJobs parked;
    private String lookedUpTo = "";
    private List<LimitKey> idleBefore = List.of();

    IdleKeys(LimitRows rows, ParkedJobs parked) {
        this.rows = rows;
        this.parked = parked;
    }

    /** Forgets those keys of the look before that nothing uses now either, and looks at the next ones. */
    synchronized void forget(Database database) {
        List<LimitKey> before = idleBefore;
        idleBefore = List.of();
        long end = System.nanoTime() + LONGEST_LOOK;
        for (int from = 0; from < before.size() && System.nanoTime() - end < 0; from += KEYS_OF_A_PAGE) {
            List<LimitKey> page = before.subList(from, Math.min(from + KEYS_OF_A_PAGE, before.size()));
            database.transaction("forget keys of limits", session -> {
                LimitRows.Declared declared = rows.declared(session);
                rows.delete(session, idle(session, declared, locked(session, page)));
                return true;
            });
        }
        List<LimitKey> idle = new ArrayList<>();
        end = System.nanoTime() + LONGEST_LOOK;
        do {
            idle.addAll(database.transaction("look at keys of limits", this::idleOfNext));
        } while (!lookedUpTo.isEmpty() && idle.size() < MOST_KEYS && System.nanoTime() - end < 0);
        idleBefore = idle;
    }

    /** In their order. */
    private List<LimitKeyRow> locked(Session session, List<LimitKey> keys) throws SQLException {
        Session.Query<LimitKeyRow> lock = rows.lockKeys(keys);
        session.ask(List.of(lock));
        return lock.rows().stream()
                .sorted(Comparator.comparing(each -> each.key().text()))
                .toList();
    }

    private List<LimitKey> idleOfNext(Session session) throws SQLException {
        List<LimitKeyRow> next = rows.after(session, lookedUpTo, KEYS_OF_A_PAGE);
        // Rows that are no keys are left out, so a short page need not be the last one.
        lookedUpTo = next.isEmpty() ? "" : next.get(next.size() - 1).key().text();
        return next.isEmpty() ? List.of() : idle(session, rows.declared(session), next);
    }

    /** Those of these keys, which are in their order, that nothing uses. Jobs that no claim has looked at yet do not count. */
    private List<LimitKey> idle(Session session, LimitRows.Declared declared, List<LimitKeyRow> keys)
            throws SQLException {
        List<LimitKey> idle = new ArrayList<>();
        for (LimitKeyRow each : keys) {
            if (each.isLikeUnused(declared.now(), declared.of(each.key()))) {
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
        ParkedJobs.Keys waiting = parked.keys(session, first.text(), end, KEYS_OF_A_PAGE);
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
