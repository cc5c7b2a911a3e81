package io.forthwith.jdbc.internal.acts;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.JobQuery;
import io.forthwith.insight.BoundedCount;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.rules.MetadataJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes and reads acts. Immutable and thread-safe. */
final class ActRows {
    private static final String COLUMNS =
            "id, kind, changes, locale, query, until_at, total, is_total_exact, who, reason, address,"
                    + " state, cursor_id, parts, done, left_out, created_at, ended_at, stopped_by";
    /** Acts of a later version, and those that fail, may be among them. */
    private static final int MOST_OPEN = 100;

    private final SqlDialect dialect;
    private final StatementText insert;
    private final StatementText known;
    private final StatementText find;
    private final StatementText list;
    private final StatementText listBefore;
    private final StatementText open;
    private final StatementText lock;
    private final StatementText lockOpen;
    private final StatementText move;
    private final StatementText stop;

    ActRows(SqlDialect dialect) {
        this.dialect = dialect;
        this.insert = dialect.sql("INSERT INTO {job_act} (" + COLUMNS
                + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', NULL, 0, 0, NULL, ?, NULL, NULL)");
        this.known = dialect.sql("SELECT 1 FROM {job_act} WHERE id = ?");
        String rows = "SELECT " + COLUMNS + " FROM {job_act}";
        this.find = dialect.sql(rows + " WHERE id = ?");
        this.list = dialect.sql(rows + " ORDER BY id DESC LIMIT ?");
        this.listBefore = dialect.sql(rows + " WHERE id < ? ORDER BY id DESC LIMIT ?");
        this.open = dialect.sql(rows + " WHERE state = 'open' ORDER BY parts, id LIMIT " + MOST_OPEN);
        this.lock = dialect.sql("SELECT {now} FROM {job_act} WHERE id = ? AND parts = ? AND state = 'open'"
                + " {for_update_skip_locked}");
        this.lockOpen = dialect.sql("SELECT kind, changes FROM {job_act} WHERE id = ? AND state = 'open' {for_update}");
        this.move =
                dialect.sql("UPDATE {job_act} SET cursor_id = ?, parts = parts + 1, done = ?, left_out = ?, state = ?,"
                        + " ended_at = ? WHERE id = ?");
        this.stop = dialect.sql(
                "UPDATE {job_act} SET state = 'stopped', parts = parts + 1, ended_at = ?, stopped_by = ? WHERE id = ?");
    }

    /**
     * An open act.
     *
     * @param asked null if this version does not understand it
     * @param parts how many were done: it grows with each change of the row
     */
    record Open(BulkAct stands, @Nullable NewAct asked, long parts) {
        JobQuery query(int limit) {
            JobQuery query = Objects.requireNonNull(asked).query().atMost(limit);
            UUID cursor = stands.progress().next();
            return cursor == null ? query : query.before(cursor);
        }

        /** The same act after one more part. */
        Open moved(BulkResult progress) {
            BulkAct next = new BulkAct(
                    stands.id(),
                    stands.what(),
                    stands.query(),
                    stands.until(),
                    stands.total(),
                    stands.author(),
                    stands.state(),
                    progress,
                    stands.createdAt(),
                    null,
                    null);
            return new Open(next, asked, parts + 1);
        }
    }

    /** Reads by an index, and locks nothing. */
    boolean isKnown(Session session, UUID id) throws SQLException {
        return session.first(known, binder -> binder.id(id), row -> row.getInt(1))
                .isPresent();
    }

    void insert(Session session, NewAct act, Instant now) throws SQLException {
        BoundedCount total = act.total();
        session.update(
                insert,
                binder -> binder.id(act.id())
                        .text(act.deed().kind().text())
                        .text(act.deed().changeText())
                        .locale(act.deed().locale())
                        .text(BulkAct.queryText(act.query()))
                        .time(act.until())
                        .numberOrNull(total == null ? null : (long) total.jobs())
                        .flagOrNull(total == null ? null : total.isExact())
                        .text(act.author().who())
                        .text(act.author().reason())
                        .text(act.author().address())
                        .time(now));
    }

    Optional<BulkAct> find(Session session, UUID id) throws SQLException {
        return session.first(find, binder -> binder.id(id), this::act);
    }

    List<BulkAct> list(Session session, @Nullable UUID before, int atMost) throws SQLException {
        return before == null
                ? session.query(list, binder -> binder.number(atMost), this::act)
                : session.query(listBefore, binder -> binder.id(before).number(atMost), this::act);
    }

    /** The open ones, those first that have come least far. */
    List<Open> open(Session session) throws SQLException {
        return session.query(open, Binder.NONE, row -> {
            BulkAct act = act(row);
            return act == null ? null : new Open(act, asked(row, act), row.getLong(14));
        });
    }

    /**
     * Locks an act that stands as it was read: nobody else has done a part of it meanwhile, or stopped it.
     *
     * @return the time of the database; empty if it stands otherwise, or another transaction has locked it
     */
    Optional<Instant> lock(Session session, Open act) throws SQLException {
        return session.first(lock, binder -> binder.id(act.stands.id()).number(act.parts), row -> dialect.time(row, 1));
    }

    /** Locks an act unless it has ended, and says what it does. Waits for the part that is being done. */
    Optional<String> lockOpen(Session session, UUID id) throws SQLException {
        return session.first(lockOpen, binder -> binder.id(id), row -> what(row.getString(1), row.getString(2)));
    }

    void stop(Session session, UUID id, Instant now, String who) throws SQLException {
        session.update(stop, binder -> binder.time(now).text(who).id(id));
    }

    /** Writes how far a locked act has come. */
    void move(Session session, UUID id, BulkResult progress, @Nullable Instant endedAt) throws SQLException {
        session.update(
                move,
                binder -> binder.id(progress.next())
                        .number(progress.done())
                        .text(leftOut(progress))
                        .text((endedAt == null ? BulkAct.State.OPEN : BulkAct.State.DONE).text())
                        .time(endedAt)
                        .id(id));
    }

    private static @Nullable String leftOut(BulkResult progress) {
        Map<String, String> counts = new TreeMap<>();
        progress.skipped().forEach((reason, jobs) -> counts.put(reason.name(), Long.toString(jobs)));
        return MetadataJson.write(counts);
    }

    private static BulkResult progress(long done, @Nullable String leftOut, @Nullable UUID cursor) {
        Map<ActResult.Outcome, Long> counts = new EnumMap<>(ActResult.Outcome.class);
        MetadataJson.read(leftOut).forEach((reason, jobs) -> {
            try {
                counts.put(ActResult.Outcome.valueOf(reason), Long.parseLong(jobs));
            } catch (IllegalArgumentException ofLaterVersion) {
                // This version does not know the reason.
            }
        });
        return ReadModelFactory.bulkResult(done, counts, cursor);
    }

    private @Nullable BulkAct act(ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        if (id == null) {
            return null;
        }
        long total = row.getLong(7);
        BoundedCount told = row.wasNull()
                ? null
                : new BoundedCount((int) Math.max(0, Math.min(total, Integer.MAX_VALUE)), row.getBoolean(8));
        return new BulkAct(
                id,
                what(row.getString(2), row.getString(3)),
                row.getString(5),
                dialect.time(row, 6),
                told,
                new Author(row.getString(9), row.getString(10), row.getString(11)),
                BulkAct.State.parse(row.getString(12)),
                progress(row.getLong(15), row.getString(16), dialect.readId(row, 13)),
                dialect.time(row, 17),
                row.getString(18) == null ? null : dialect.time(row, 18),
                row.getString(19));
    }

    private static String what(String kind, @Nullable String changes) {
        return changes == null ? kind : kind + " " + changes;
    }

    private static @Nullable NewAct asked(ResultSet row, BulkAct act) throws SQLException {
        JobQuery query = act.readQuery();
        if (query == null) {
            return null;
        }
        try {
            return new NewAct(
                    act.id(),
                    Deed.parse(row.getString(2), row.getString(3), row.getString(4)),
                    query,
                    act.until(),
                    act.total(),
                    act.author());
        } catch (IllegalArgumentException ofLaterVersion) {
            return null;
        }
    }
}
