package io.forthwith.jdbc.internal.operations;

import io.forthwith.insight.PausedQueue;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.Pause;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.rules.PausableQueues;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Pauses and resumes queues: a row stands for a paused queue. Claims look for it. Immutable and thread-safe. */
public final class PauseQueues {
    private final SqlDialect dialect;
    private final StatementText now;
    private final StatementText all;
    private final StatementText some;
    private final StatementText one;
    private final StatementText insert;
    private final StatementText delete;

    public PauseQueues(SqlDialect dialect) {
        this.dialect = dialect;
        String rows = "SELECT name, paused_at, paused_by, paused_reason FROM {job_queue}";
        this.now = dialect.sql("SELECT {now}");
        this.all = dialect.sql(rows);
        this.some = dialect.sql(rows + " ORDER BY name LIMIT ?");
        this.one = dialect.sql(rows + " WHERE name = ?");
        this.insert =
                dialect.sql("INSERT INTO {job_queue} (name, paused_at, paused_by, paused_reason) VALUES (?, ?, ?, ?)");
        this.delete = dialect.sql("DELETE FROM {job_queue} WHERE name = ?");
    }

    /** If another transaction pauses the queue in between, the primary key refuses the row, and the transaction is repeated. */
    public Pause pause(Database database, String queue, Pause pause) {
        PausableQueues.require(queue);
        return database.transaction("pause queue " + queue, session -> {
            Optional<PausedQueue> standing = session.first(one, binder -> binder.text(queue), this::paused);
            if (standing.isPresent()) {
                dialect.awaitReplicas(session);
                return standing.get().pause();
            }
            Instant at =
                    session.first(now, Binder.NONE, row -> dialect.time(row, 1)).orElseThrow();
            Pause begun = ReadModelFactory.pause(at, pause.by(), pause.reason());
            session.update(
                    insert,
                    binder -> binder.text(queue).time(at).text(begun.by()).text(begun.reason()));
            return begun;
        });
    }

    /** Returns whether it was paused. */
    public boolean resume(Database database, String queue) {
        PausableQueues.require(queue);
        return database.transaction("resume queue " + queue, session -> {
            boolean wasPaused = session.update(delete, binder -> binder.text(queue)) > 0;
            if (!wasPaused) {
                dialect.awaitReplicas(session);
            }
            return wasPaused;
        });
    }

    /** Sorted here: databases have other orders of texts. */
    public List<PausedQueue> paused(Session session) throws SQLException {
        return session.query(all, Binder.NONE, this::paused).stream()
                .sorted(Comparator.comparing(PausedQueue::queue))
                .toList();
    }

    /** Some of them, in the order of the database. */
    public List<PausedQueue> first(Session session, int most) throws SQLException {
        return session.query(some, binder -> binder.number(most), this::paused);
    }

    private PausedQueue paused(ResultSet row) throws SQLException {
        return ReadModelFactory.pausedQueue(
                row.getString(1), ReadModelFactory.pause(dialect.time(row, 2), row.getString(3), row.getString(4)));
    }
}
