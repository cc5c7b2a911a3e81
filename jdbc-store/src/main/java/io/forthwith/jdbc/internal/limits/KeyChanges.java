package io.forthwith.jdbc.internal.limits;

import io.forthwith.jdbc.internal.rows.LimitNotes;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.limit.LimitKeyRow;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What somebody has changed of keys that claims have locked. A claim locks the row of a key from before it decides until it commits, and its process may be stopped. A change
 * must not wait for that. So it is written into a row of its own, which claims read and never lock. Immutable and thread-safe.
 *
 * <p><b>Open</b> is a change that the row of the key does not have yet. It holds all the same: a claim that has locked the key reads the open changes after that. On PostgreSQL the
 * statement that starts its jobs also tests that there are no others ({@link #UNSEEN}); if there is one, the claim is rolled back and repeated. So of the claims that began before a
 * change was committed, only those start jobs after it whose starting statement (elsewhere: whose count) came before it; they still have the key locked. The next change of the
 * key, or a worker within a minute, closes the change when it gets the lock of the key: it writes it into the row of the key, and leaves a note.
 *
 * <p><b>Two changes of one key</b> do not get lost: each raises the version of the row, and is done again if another one came since it has read. A change that has locked the key
 * and writes it directly raises the version as well.
 */
final class KeyChanges {
    /** Closed ones are kept for so long that no change under way has read the key before. */
    private static final Duration KEPT = Duration.ofHours(1);

    private static final int MOST_DELETED = 500;
    private static final Duration LONGEST_TURN = Duration.ofMillis(200);

    private static final String STATE =
            "paused_at, paused_by, pause_reason, is_own, concurrency, starts, period_us, burst, rests_until";

    /**
     * The key of an open change that a claim has not seen.
     *
     * <p>Its parameters: the keys of the jobs that it starts, and the changes that it has seen.
     */
    static final String UNSEEN = """
            SELECT c.limit_key FROM {job_limit_change} c WHERE c.is_open AND c.limit_key = ANY((SELECT ?::text[])::text[])
              AND NOT c.limit_key || ' ' || c.version = ANY((SELECT ?::text[])::text[]) LIMIT 1""";

    /** As a condition: some change is open. */
    static final String ANY_OPEN = "EXISTS (SELECT 1 FROM {job_limit_change} WHERE is_open = TRUE)";

    private final LimitRows rows;
    private final LimitNotes notes;
    private final StatementText lock;
    private final StatementText open;
    private final StatementText openOf;
    private final StatementText insert;
    private final StatementText update;
    private final StatementText old;
    private final StatementText delete;

    KeyChanges(SqlDialect dialect, LimitRows rows) {
        this.rows = rows;
        this.notes = new LimitNotes(dialect);
        // In the order of the columns of a key.
        String columns =
                "SELECT limit_key, NULL, paused_at, paused_by, pause_reason, is_own, concurrency, starts, period_us,"
                        + " burst, rests_until, version, is_open FROM {job_limit_change} WHERE ";
        this.lock = dialect.sql(columns + "limit_key = ? {for_update}");
        this.open = dialect.sql(columns + "is_open = TRUE ORDER BY limit_key");
        this.openOf = dialect.sql(columns + "limit_key {in} AND is_open = TRUE");
        this.insert = dialect.sql("INSERT INTO {job_limit_change} (version, changed_at, is_open, " + STATE
                + ", limit_key) VALUES (1, {now}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {unless_there}");
        this.update = dialect.sql("""
                UPDATE {job_limit_change} SET version = version + 1, changed_at = {now}, is_open = ?, paused_at = ?, paused_by = ?,
                  pause_reason = ?, is_own = ?, concurrency = ?, starts = ?, period_us = ?, burst = ?, rests_until = ?
                WHERE limit_key = ? AND version = ?""");
        this.old = dialect.sql("SELECT limit_key FROM {job_limit_change} WHERE is_open = FALSE AND changed_at < {after}"
                + " ORDER BY limit_key LIMIT ? {for_update_skip_locked}");
        this.delete = dialect.sql("DELETE FROM {job_limit_change} WHERE limit_key = ?");
    }

    /**
     * The row of a change.
     *
     * @param state the key with it; when its rate was used last is unknown
     */
    record Change(LimitKeyRow state, long version, boolean isOpen) {
        /** The key with an open change. */
        LimitKeyRow of(LimitKeyRow stored) {
            return isOpen
                    ? new LimitKeyRow(
                            stored.key(), state.override(), state.pause(), stored.usedUntil(), state.restsUntil())
                    : stored;
        }

        /** As a claim names it that has seen it. */
        String seen() {
            return state.key().text() + ' ' + version;
        }
    }

    /** What becomes of a key. */
    interface Work {
        /** It stays as it stands. */
        Work NONE = (session, stored) -> stored;

        /**
         * The key after the change.
         *
         * @param stored what it is now
         */
        LimitKeyRow changed(Session session, LimitKeyRow stored) throws SQLException;
    }

    /**
     * Changes a key whose row may be locked. The change is open afterwards.
     *
     * @return the key before and after it, the same if there is nothing to change; empty if another change came in between: then it is to be repeated
     */
    Optional<Changed> announce(Session session, LimitKey key, Work work) throws SQLException {
        // In this order: a change that is written directly in between raises the version that was read here.
        Optional<Change> row = session.first(lock, binder -> binder.text(key.text()), this::read);
        LimitKeyRow stored = rows.find(session, key);
        LimitKeyRow before = row.map(change -> change.of(stored)).orElse(stored);
        LimitKeyRow after = work.changed(session, before);
        return after.equals(before) || write(session, row.orElse(null), after, true)
                ? Optional.of(new Changed(before, after))
                : Optional.empty();
    }

    /** A key before and after a change. */
    record Changed(LimitKeyRow before, LimitKeyRow after) {}

    /**
     * Changes a key, and closes what is open of it. It locks the row of the key.
     *
     * @throws LocksHeldException if others have locked it, or make it, and the session does not wait
     */
    Changed apply(Session session, LimitKey key, Work work) throws SQLException {
        LimitKeyRow stored = rows.lock(session, key);
        Change row = session.first(lock, binder -> binder.text(key.text()), this::read)
                .orElse(null);
        LimitKeyRow before = row == null ? stored : row.of(stored);
        LimitKeyRow after = work.changed(session, before);
        boolean closes = row != null && row.isOpen();
        if (closes) {
            // A claim that began before the change was announced may have taken its note, and have got the key after
            // that.
            notes.leave(session, List.of(key), null);
        }
        if (!after.equals(before) || closes) {
            rows.update(session, after);
            if (!write(session, row, after, false)) {
                // Somebody has made the row since. It is not to be met again, since nobody else closes it.
                throw new LocksHeldException(null);
            }
        }
        return new Changed(before, after);
    }

    private boolean write(Session session, @Nullable Change row, LimitKeyRow state, boolean isOpen)
            throws SQLException {
        return row == null
                ? rows.isInserted(session, insert, binder -> rows.bindState(binder.flag(isOpen), state))
                : session.update(
                                update,
                                binder -> rows.bindState(binder.flag(isOpen), state)
                                        .number(row.version()))
                        > 0;
    }

    private @Nullable Change read(ResultSet row) throws SQLException {
        LimitKeyRow state = rows.stored(row);
        return state == null ? null : new Change(state, row.getLong(12), row.getBoolean(13));
    }

    /** The open changes of some keys. */
    Map<LimitKey, Change> open(Session session, Collection<LimitKey> keys) throws SQLException {
        if (keys.isEmpty()) {
            return Map.of();
        }
        return byKey(session.query(openOf, binder -> binder.texts(LimitRows.texts(keys)), this::read));
    }

    private static Map<LimitKey, Change> byKey(List<Change> changes) {
        Map<LimitKey, Change> all = new HashMap<>();
        changes.forEach(change -> all.put(change.state().key(), change));
        return all;
    }

    /** The open changes that one claim sees. Not thread-safe. */
    final class Seen {
        private final Session session;
        private final boolean hasOpen;
        private final Set<String> seen = new HashSet<>();

        /** @param hasOpen whether there were open changes when the claim began. Those that come later, the statement that starts its jobs meets */
        Seen(Session session, boolean hasOpen) {
            this.session = session;
            this.hasOpen = hasOpen;
        }

        /**
         * These keys, which the claim has locked, with their open changes.
         *
         * @param hasOpenNow whether there were open changes after it had locked them
         */
        List<LimitKeyRow> asTheyStand(List<LimitKeyRow> stored, boolean hasOpenNow) throws SQLException {
            if (!hasOpen && !hasOpenNow) {
                return stored;
            }
            return with(open(session, stored.stream().map(LimitKeyRow::key).toList()), stored);
        }

        /** Keys that the claim does not lock. Their changes are read first: one that is closed in between is in the row then. */
        List<LimitKeyRow> unlocked(Collection<LimitKey> keys) throws SQLException {
            Map<LimitKey, Change> open = hasOpen ? open(session, keys) : Map.of();
            return with(open, rows.find(session, keys));
        }

        private List<LimitKeyRow> with(Map<LimitKey, Change> open, List<LimitKeyRow> stored) {
            open.values().forEach(change -> seen.add(change.seen()));
            return stored.stream()
                    .map(each -> {
                        Change change = open.get(each.key());
                        return change == null ? each : change.of(each);
                    })
                    .toList();
        }

        /** As {@link #UNSEEN} takes them. */
        Set<String> all() {
            return seen;
        }
    }

    /** These keys as they stand, with their open changes. There are few, so all of them are read. */
    UnaryOperator<LimitKeyRow> asTheyStand(Session session) throws SQLException {
        Map<LimitKey, Change> changes = byKey(session.query(open, Binder.NONE, this::read));
        return stored -> {
            Change change = changes.get(stored.key());
            return change == null ? stored : change.of(stored);
        };
    }

    /** The keys with an open change, as they stand. */
    Map<LimitKey, LimitKeyRow> open(Session session) throws SQLException {
        Map<LimitKey, Change> changes = byKey(session.query(open, Binder.NONE, this::read));
        Map<LimitKey, LimitKeyRow> keys = new TreeMap<>();
        rows.find(session, changes.keySet()).forEach(stored -> keys.put(stored.key(), stored));
        changes.forEach((key, change) -> keys.computeIfPresent(key, (same, stored) -> change.of(stored)));
        return keys;
    }

    /** Closes what is open of keys that nobody has locked, and deletes what was closed long ago. */
    void close(Database impatient) {
        List<LimitKey> keys =
                impatient
                        .read("look for changes of keys", session -> session.query(open, Binder.NONE, this::read))
                        .stream()
                        .map(change -> change.state().key())
                        .toList();
        long end = System.nanoTime() + LONGEST_TURN.toNanos();
        Iterator<LimitKey> each = keys.iterator();
        while (each.hasNext() && System.nanoTime() - end < 0) {
            close(impatient, each.next());
        }
        int deleted = MOST_DELETED;
        while (deleted == MOST_DELETED && System.nanoTime() - end < 0) {
            deleted = impatient.transaction("forget changes of keys", session -> {
                List<String> ended = session.query(
                        old, binder -> binder.micros(KEPT.negated()).number(MOST_DELETED), row -> row.getString(1));
                session.batch(delete, ended, Binder::text);
                return ended.size();
            });
        }
    }

    private void close(Database impatient, LimitKey key) {
        try {
            impatient.transaction("write the change of the key " + key, session -> apply(session, key, Work.NONE));
        } catch (LocksHeldException others) {
            // It stays open, and holds all the same.
        }
    }
}
