package io.forthwith.jdbc.internal.counts;

import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.QueueState;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueDepth;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many jobs waited in each queue, by minutes. Immutable and thread-safe. */
public final class QueueDepths {
    /** A worker counts once a minute. */
    private static final Duration LATELY = Duration.ofMinutes(2);

    private final SqlDialect dialect;
    private final StatementText waiting;
    private final StatementText read;
    private final StatementText delete;
    private final StatementText insert;

    public QueueDepths(SqlDialect dialect) {
        this.dialect = dialect;
        this.waiting = dialect.sql("SELECT queue, COUNT(*) FROM (SELECT queue FROM {job} WHERE status = 'waiting'"
                + " ORDER BY status, queue LIMIT ?) AS waiting_ones GROUP BY queue");
        this.read = dialect.sql("""
                SELECT minute_at, queue, due, is_due_exact, scheduled, is_scheduled_exact, limited, is_limited_exact, waiting, is_waiting_exact
                FROM {job_depth} WHERE minute_at >= ? AND minute_at < ? ORDER BY minute_at, queue""");
        this.delete = dialect.sql("DELETE FROM {job_depth} WHERE minute_at = ? OR minute_at < ?");
        this.insert = dialect.sql("""
                INSERT INTO {job_depth} (minute_at, queue, due, is_due_exact, scheduled, is_scheduled_exact, limited, is_limited_exact, waiting,
                  is_waiting_exact) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""");
    }

    /**
     * How many jobs of each queue wait for other jobs.
     *
     * @param areAll whether these are all of them
     */
    record Others(Map<String, Integer> queues, boolean areAll) {
        BoundedCount of(String queue) {
            return new BoundedCount(queues.getOrDefault(queue, 0), areAll);
        }
    }

    Others waiting(Session session) throws SQLException {
        record Found(String queue, int jobs) {}
        Map<String, Integer> found = new HashMap<>();
        session.query(
                        waiting,
                        binder -> binder.number(QueueState.MOST_COUNTED + 1),
                        row -> new Found(row.getString(1), row.getInt(2)))
                .forEach(each -> found.put(each.queue, each.jobs));
        return new Others(
                found, found.values().stream().mapToInt(Integer::intValue).sum() <= QueueState.MOST_COUNTED);
    }

    List<QueueDepth> read(Session session, Instant from, Instant to) throws SQLException {
        return session.query(read, binder -> binder.time(from).time(to), this::depth);
    }

    private QueueDepth depth(ResultSet row) throws SQLException {
        return new QueueDepth(
                dialect.time(row, 1), row.getString(2), count(row, 3), count(row, 5), count(row, 7), count(row, 9));
    }

    private static BoundedCount count(ResultSet row, int column) throws SQLException {
        return new BoundedCount(row.getInt(column), row.getBoolean(column + 1));
    }

    /** What was counted last, if that was a moment ago. */
    Map<String, QueueDepth> lately(Session session, Instant now) throws SQLException {
        Map<String, QueueDepth> last = new HashMap<>();
        read(session, now.minus(LATELY), now.plus(LATELY)).forEach(each -> last.put(each.queue(), each));
        return last;
    }

    /** Writes what was counted in a minute. */
    int write(Session session, List<QueueDepth> all) throws SQLException {
        Instant minute = all.get(0).at();
        session.update(delete, binder -> binder.time(minute).time(minute.minus(OutcomeStore.DEPTHS_KEPT)));
        session.batch(insert, all, (binder, each) -> {
            bind(binder.time(minute).text(each.queue()), each.due());
            bind(binder, each.scheduled());
            bind(binder, each.limited());
            bind(binder, each.waiting());
        });
        return all.stream().mapToInt(each -> each.all().jobs()).sum();
    }

    private static void bind(Binder binder, BoundedCount count) throws SQLException {
        binder.number(count.jobs()).flag(count.isExact());
    }
}
