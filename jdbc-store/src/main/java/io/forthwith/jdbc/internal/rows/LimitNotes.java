package io.forthwith.jdbc.internal.rows;

import io.forthwith.internal.UuidV7;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.LimitKey;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Leaves notes that jobs of a key may start. Each call adds its own rows, whatever lies there: a note that a claim acts on at this moment may have been
 * counted before this change. Immutable and thread-safe.
 */
public final class LimitNotes {
    private final StatementText leave;

    public LimitNotes(SqlDialect dialect) {
        this.leave = dialect.sql("INSERT INTO {job_limit_note} (id, limit_key, due_at) VALUES (?, ?, {after_or_null})");
    }

    /**
     * Leaves a note for each of these keys. Those that jobs are fair by hold up nobody.
     *
     * @param wait after what time a claim is to act on it; null for at once
     */
    public void leave(Session session, Collection<LimitKey> keys, @Nullable Duration wait) throws SQLException {
        session.batch(
                leave,
                keys.stream().filter(key -> !key.isFair()).toList(),
                (binder, key) -> binder.id(nextId()).text(key.text()).micros(wait));
    }

    /** Ids grow with time: new ones lie together at the end of the index. */
    public static UUID nextId() {
        return UuidV7.next();
    }
}
