package io.forthwith.jdbc.internal.limits;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.LimitKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Locks and deletes the notes that claims act on. Immutable and thread-safe. */
public class DueNotes {
    private static final UUID BEFORE_ALL = new UUID(0, 0);
    private static final int MOST_LOOKS = 10;
    /** More than the claim of one process locks. */
    private static final int MOST_SEEN = 500;

    /** Notes with a time are found from the first one on, so many times as many at each look. */
    private static final int MORE_TIMED = 4;

    private final SqlDialect dialect;
    private final StatementText due;
    private final StatementText lock;
    private final StatementText delete;
    private final StatementText putOff;
    private final StatementText noted;
    private final StatementText first;

    public DueNotes(SqlDialect dialect) {
        this.dialect = dialect;
        this.due = dialect.sql("""
                SELECT id, 1 FROM (
                  SELECT id FROM {job_limit_note} WHERE due_at IS NULL AND id > ? ORDER BY id LIMIT ?) AS waiting
                UNION ALL
                SELECT id, 0 FROM (SELECT id FROM {job_limit_note} WHERE due_at <= {now} AND {has_time due_at} ORDER BY due_at LIMIT ?) AS timed""");
        this.lock = dialect.sql("SELECT id, limit_key FROM {job_limit_note} WHERE id {in} {for_update_skip_locked}");
        this.delete = dialect.sql("DELETE FROM {job_limit_note} WHERE id = ?");
        this.putOff = dialect.sql("UPDATE {job_limit_note} SET due_at = {after} WHERE id = ?");
        this.first = dialect.sql("""
                SELECT id, limit_key, 1 FROM (
                  SELECT id, limit_key FROM {job_limit_note} WHERE due_at IS NULL ORDER BY id LIMIT ?) AS waiting
                UNION ALL
                SELECT id, limit_key, 0 FROM (
                  SELECT id, limit_key FROM {job_limit_note} WHERE due_at <= {now} AND {has_time due_at} ORDER BY due_at LIMIT ?) AS timed""");
        this.noted = dialect.sql("SELECT DISTINCT limit_key FROM {job_limit_note} WHERE due_at IS NULL");
    }

    /**
     * Locks notes that are due and that no other transaction has locked. If another one has locked the first notes, it goes on behind them: the process of a claim may
     * be paused.
     *
     * @param most about how many
     * @param before what is asked before them
     * @param after what is asked by later statements, once they are locked
     * @return their keys, by id
     */
    protected Map<UUID, LimitKey> lock(
            Session session, int most, List<Session.Query<?>> before, List<Session.Query<?>> after)
            throws SQLException {
        session.ask(before);
        Map<UUID, LimitKey> locked = new LinkedHashMap<>();
        Page page = new Page(BEFORE_ALL, most, true);
        for (int look = 1; page.hasMore && locked.size() < most && look <= MOST_LOOKS; look++) {
            page = lock(session, page, most, locked);
        }
        session.ask(after);
        return locked;
    }

    /**
     * Where to go on.
     *
     * @param after the last one of the notes without a time
     * @param timed how many with a time to find, from the first one on
     */
    private record Page(UUID after, int timed, boolean hasMore) {}

    private Page lock(Session session, Page page, int most, Map<UUID, LimitKey> locked) throws SQLException {
        List<UUID> waiting = new ArrayList<>();
        List<UUID> found =
                session.query(due, binder -> binder.id(page.after).number(most).number(page.timed), row -> {
                    UUID id = dialect.readId(row, 1);
                    if (id != null && row.getInt(2) == 1) {
                        waiting.add(id);
                    }
                    return id;
                });
        if (!found.isEmpty()) {
            Session.Query<UUID> query = locking(lock, binder -> binder.ids(found), locked);
            session.ask(List.of(query));
            delete(session, query.rows());
        }
        UUID last = waiting.isEmpty() ? page.after : Collections.max(waiting, IdOrder.ASCENDING);
        int timed = found.size() - waiting.size();
        return timed < page.timed
                ? new Page(last, page.timed, waiting.size() == most)
                : new Page(last, page.timed * MORE_TIMED, true);
    }

    /** Reads the ids and keys of the notes that a statement locks. Its rows are the ids of notes that somebody has written by hand, and that have no key. */
    protected final Session.Query<UUID> locking(
            StatementText locking, Binder.Params params, Map<UUID, LimitKey> locked) {
        return new Session.Query<>(locking, params, row -> unreadable(row, locked));
    }

    private @Nullable UUID unreadable(ResultSet row, Map<UUID, LimitKey> locked) throws SQLException {
        UUID id = dialect.readId(row, 1);
        LimitKey of = LimitRows.key(row.getString(2));
        if (id != null && of != null) {
            locked.put(id, of);
        }
        return of == null ? id : null;
    }

    /** One by one: MariaDB reads a list by a scan where the table is small, and waits for the notes of others, among them those of a process that is paused. */
    protected final void delete(Session session, Collection<UUID> ids) throws SQLException {
        session.batch(delete, ids, Binder::id);
    }

    /**
     * Deletes notes, or returns the queries that delete them.
     *
     * @return queries that the claim asks before its transaction ends; none if the notes are deleted already
     */
    protected List<Session.Query<?>> deleting(Session session, Collection<UUID> ids) throws SQLException {
        delete(session, ids);
        return List.of();
    }

    /**
     * A note that is due.
     *
     * @param isTimed whether it was left for a time
     */
    record Due(UUID id, LimitKey key, boolean isTimed) {}

    /** The first notes that are due, also those that others have locked. It locks nothing. */
    Session.Query<Due> first() {
        return new Session.Query<>(first, binder -> binder.number(MOST_SEEN).number(MOST_SEEN), row -> {
            UUID id = dialect.readId(row, 1);
            LimitKey of = LimitRows.key(row.getString(2));
            return id == null || of == null ? null : new Due(id, of, row.getInt(3) == 0);
        });
    }

    /**
     * Those of the first notes that a claim has not got, because others had locked them.
     *
     * @param got the notes that it has locked
     * @param hasAll whether it has locked all that it could; if not, it may not have come to notes behind the last one that it has locked
     */
    static Map<UUID, LimitKey> passed(List<Due> first, Set<UUID> got, boolean hasAll) {
        Map<UUID, LimitKey> passed = new LinkedHashMap<>();
        UUID last = first.stream()
                .filter(note -> !note.isTimed && got.contains(note.id))
                .map(Due::id)
                .max(IdOrder.ASCENDING)
                .orElse(BEFORE_ALL);
        for (Due note : first) {
            boolean isReached = hasAll || (!note.isTimed && IdOrder.ASCENDING.compare(note.id, last) < 0);
            if (isReached && !got.contains(note.id)) {
                passed.put(note.id, note.key);
            }
        }
        return passed;
    }

    /** Lets claims act on a note, which this transaction has locked, after this time. */
    void putOff(Session session, UUID id, Duration wait) throws SQLException {
        session.update(putOff, binder -> binder.micros(wait).id(id));
    }

    /** The keys that have a note for now. */
    List<LimitKey> noted(Session session) throws SQLException {
        return session.query(noted, Binder.NONE, row -> LimitRows.key(row.getString(1)));
    }
}
