package io.forthwith.jdbc.internal.acts;

import io.forthwith.internal.StringsAsJson;
import io.forthwith.jdbc.internal.operations.TurnTime;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.act.AuditEntry;
import io.forthwith.store.act.AuditPage;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.act.Author;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes and reads the audit. Immutable and thread-safe. */
final class AuditRows {
    private static final String COLUMNS = "id, done_at, who, reason, address, what, act_id, subjects, answer";

    private final SqlDialect dialect;
    private final StatementText insert;
    private final StatementText now;

    AuditRows(SqlDialect dialect) {
        this.dialect = dialect;
        this.insert = dialect.sql("INSERT INTO {job_audit} (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        this.now = dialect.sql("SELECT {now}");
    }

    Instant time(Session session) throws SQLException {
        return session.first(now, Binder.NONE, row -> dialect.time(row, 1)).orElseThrow();
    }

    /** An entry of this time, which is that of the database. */
    static AuditEntry entry(
            Instant at, Author by, String what, @Nullable UUID act, List<String> subjects, String answer) {
        return new AuditEntry(AuditEntry.idAt(at), at, by, what, act, subjects, answer);
    }

    void insert(Session session, AuditEntry entry) throws SQLException {
        session.update(
                insert,
                binder -> binder.id(entry.id())
                        .time(entry.at())
                        .text(entry.author().who())
                        .text(entry.author().reason())
                        .text(entry.author().address())
                        .text(entry.what())
                        .id(entry.act())
                        .text(StringsAsJson.writeAll(entry.subjects()))
                        .text(entry.answer()));
    }

    /** A look for a subject reads part by part, for a short time, however few entries are about it. */
    AuditPage search(Session session, @Nullable String who, @Nullable String subject, @Nullable UUID before, int atMost)
            throws SQLException {
        if (subject == null) {
            List<AuditEntry> found = ask(session, new Walk(who, before).all(atMost));
            return found.size() < atMost ? new AuditPage(found, null, null) : full(found);
        }
        TurnTime time = new TurnTime();
        Map<UUID, AuditEntry> found = new LinkedHashMap<>();
        UUID below = before;
        while (true) {
            Walk walk = new Walk(who, below);
            // Parts overlap if somebody has written since.
            walk.about(session, subject, atMost - found.size()).forEach(each -> found.put(each.id(), each));
            List<AuditEntry> entries = List.copyOf(found.values());
            if (entries.size() == atMost) {
                return full(entries);
            }
            Optional<End> end = walk.end(session);
            if (end.isEmpty() || time.isOver()) {
                return new AuditPage(
                        entries, end.map(End::id).orElse(null), end.map(End::at).orElse(null));
            }
            below = end.get().id;
        }
    }

    private static AuditPage full(List<AuditEntry> entries) {
        AuditEntry last = entries.get(entries.size() - 1);
        return new AuditPage(entries, last.id(), last.at());
    }

    private static List<AuditEntry> ask(Session session, Session.Query<AuditEntry> query) throws SQLException {
        session.ask(List.of(query));
        return query.rows();
    }

    private record End(UUID id, Instant at) {}

    /** The entries of one person or of all, newest first, down an index. */
    private final class Walk {
        private final String rows;
        private final Binder.Params params;

        Walk(@Nullable String who, @Nullable UUID before) {
            String where = " WHERE 1 = 1" + (who == null ? "" : " AND who = ?") + (before == null ? "" : " AND id < ?");
            this.rows =
                    " FROM {job_audit}" + where + (who == null ? " ORDER BY id DESC" : " ORDER BY who DESC, id DESC");
            this.params = binder -> {
                if (who != null) {
                    binder.text(who);
                }
                if (before != null) {
                    binder.id(before);
                }
            };
        }

        Session.Query<AuditEntry> all(int limit) {
            return new Session.Query<>(
                    dialect.sql("SELECT " + COLUMNS + rows + " LIMIT ?"),
                    binder -> {
                        params.bind(binder);
                        binder.number(limit);
                    },
                    AuditRows.this::entry);
        }

        /** The statement may find more than those about the subject: on some databases it does not tell {@code a} from {@code A}. Then it is asked for the next ones. */
        List<AuditEntry> about(Session session, String subject, int limit) throws SQLException {
            List<AuditEntry> about = new ArrayList<>();
            UUID above = null;
            while (true) {
                List<AuditEntry> found = ask(session, like(subject, above, limit));
                found.stream()
                        .filter(each -> each.subjects().contains(subject))
                        .limit(limit - about.size())
                        .forEach(about::add);
                if (found.size() < limit || about.size() == limit) {
                    return about;
                }
                above = found.get(limit - 1).id();
            }
        }

        private Session.Query<AuditEntry> like(String subject, @Nullable UUID above, int limit) {
            return new Session.Query<>(
                    dialect.sql("SELECT " + COLUMNS + " FROM (SELECT " + COLUMNS + rows
                            + " LIMIT ?) AS looked_at WHERE subjects LIKE ? ESCAPE '!'"
                            + (above == null ? "" : " AND id < ?") + " ORDER BY id DESC LIMIT ?"),
                    binder -> {
                        params.bind(binder);
                        binder.number(AuditStore.MOST_LOOKED_AT)
                                .text("%" + escaped(StringsAsJson.quoted(subject)) + "%");
                        if (above != null) {
                            binder.id(above);
                        }
                        binder.number(limit);
                    },
                    AuditRows.this::entry);
        }

        /** Where a look ends that has read as many as it may; empty if there are fewer. */
        Optional<End> end(Session session) throws SQLException {
            return session.first(
                    dialect.sql("SELECT id, done_at" + rows + " LIMIT 1 OFFSET " + (AuditStore.MOST_LOOKED_AT - 1)),
                    params,
                    row -> new End(Objects.requireNonNull(dialect.readId(row, 1)), dialect.time(row, 2)));
        }
    }

    private static String escaped(String text) {
        return text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
    }

    private @Nullable AuditEntry entry(ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        return id == null
                ? null
                : new AuditEntry(
                        id,
                        dialect.time(row, 2),
                        new Author(row.getString(3), row.getString(4), row.getString(5)),
                        row.getString(6),
                        dialect.readId(row, 7),
                        StringsAsJson.readAll(row.getString(8)),
                        row.getString(9));
    }
}
