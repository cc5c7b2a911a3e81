package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.limits.DueNotes;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.LimitKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Finds and locks notes by one statement, which passes over those that others have locked. Immutable and thread-safe. */
final class PostgresDueNotes extends DueNotes {
    private final StatementText lock;
    private final StatementText delete;

    PostgresDueNotes(SqlDialect dialect) {
        super(dialect);
        this.lock = dialect.sql("""
                WITH waiting AS (
                  SELECT id, limit_key FROM {job_limit_note} WHERE due_at IS NULL
                  ORDER BY id LIMIT (SELECT ?::bigint) FOR UPDATE SKIP LOCKED
                ), timed AS (
                  SELECT id, limit_key FROM {job_limit_note} WHERE due_at <= {now}
                  ORDER BY due_at LIMIT (SELECT ?::bigint) FOR UPDATE SKIP LOCKED
                )
                SELECT id, limit_key FROM waiting UNION ALL SELECT id, limit_key FROM timed""");
        this.delete = dialect.sql("DELETE FROM {job_limit_note} WHERE id = ANY(?::uuid[]) RETURNING NULL");
    }

    @Override
    protected Map<UUID, LimitKey> lock(
            Session session, int most, List<Session.Query<?>> before, List<Session.Query<?>> after)
            throws SQLException {
        Map<UUID, LimitKey> locked = new LinkedHashMap<>();
        Session.Query<UUID> query = locking(lock, binder -> binder.number(most).number(most), locked);
        List<Session.Query<?>> all = new ArrayList<>(before);
        all.add(query);
        all.addAll(after);
        session.ask(all);
        delete(session, query.rows());
        return locked;
    }

    @Override
    protected List<Session.Query<?>> deleting(Session session, Collection<UUID> ids) {
        return ids.isEmpty() ? List.of() : List.of(new Session.Query<>(delete, binder -> binder.ids(ids), row -> null));
    }
}
