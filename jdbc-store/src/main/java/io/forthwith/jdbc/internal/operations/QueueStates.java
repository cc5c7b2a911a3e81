package io.forthwith.jdbc.internal.operations;

import io.forthwith.NewJob;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.QueueState;
import io.forthwith.jdbc.internal.limits.ParkedJobs;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** How the queues stand. It reads no more entries of an index than it counts. Immutable and thread-safe. */
public final class QueueStates {
    private static final int LANES = NewJob.HIGHEST_PRIORITY + 1;
    /** The first ones are those that were added first, so the oldest of a few is about the oldest of all. */
    private static final int OLDEST_TURNS = 100;

    private final SqlDialect dialect;
    private final PendingQueues pending;
    private final PauseQueues pauses;
    private final StatementText now;
    private final StatementText counts;
    private final StatementText running;

    public QueueStates(SqlDialect dialect, PendingQueues pending, PauseQueues pauses) {
        this.dialect = dialect;
        this.pending = pending;
        this.pauses = pauses;
        this.now = dialect.sql("SELECT {now}");
        String lane = "SELECT %s FROM (SELECT run_at FROM {job}"
                + " WHERE status = 'pending' AND queue = ? AND priority = %d AND run_at %s {now} %s LIMIT ?) AS lane%d";
        String first = "ORDER BY status, queue, priority, run_at, id";
        // Of the jobs that claims do not find by their time, those that only wait for their turn.
        String turns = "SELECT due_at AS run_at FROM (SELECT due_at, parked_under FROM {job}"
                + " WHERE status = 'pending' AND queue = ? AND priority = %2$d AND run_at > {far} " + first
                + " LIMIT ?) AS parked%2$d WHERE " + ParkedJobs.TAKES_TURNS;
        String due = lanes(lane, "run_at", "<=", first) + " UNION ALL " + lanes(turns, "", "", "");
        this.counts =
                dialect.sql("SELECT (SELECT COUNT(*) FROM (" + due + " LIMIT ?) AS due_ones), (SELECT COUNT(*) FROM ("
                        + lanes(lane, "1 AS one", "< {far} AND run_at >", first)
                        + " LIMIT ?) AS later_ones), (SELECT MIN(run_at) FROM (" + due + ") AS firsts)");
        this.running = dialect.sql("SELECT queue, COUNT(*) FROM (SELECT queue FROM {job} WHERE status = 'processing'"
                + " ORDER BY worker_id LIMIT ?) AS held GROUP BY queue");
    }

    private static String lanes(String lane, String column, String comparison, String order) {
        return IntStream.range(0, LANES)
                .mapToObj(priority -> lane.formatted(column, priority, comparison, order, priority))
                .collect(Collectors.joining(" UNION ALL "));
    }

    public List<QueueState> all(Database database) {
        return database.read("look at the queues", this::all);
    }

    private List<QueueState> all(Session session) throws SQLException {
        Instant at =
                session.first(now, Binder.NONE, row -> dialect.time(row, 1)).orElseThrow();
        Map<String, PausedQueue> paused = new HashMap<>();
        pauses.first(session, PendingQueues.MOST).forEach(pause -> paused.put(pause.queue(), pause));
        Map<String, Integer> held = new HashMap<>();
        record Held(String queue, int jobs) {}
        session.query(
                        running,
                        binder -> binder.number(QueueState.MOST),
                        row -> new Held(row.getString(1), row.getInt(2)))
                .forEach(each -> held.put(each.queue, each.jobs));
        Set<String> waiting = Set.copyOf(pending.first(session));
        Set<String> names = new HashSet<>(waiting);
        names.addAll(paused.keySet());
        names.addAll(held.keySet());
        List<QueueState> states = new ArrayList<>();
        for (String name : names) {
            int running = held.getOrDefault(name, 0);
            PausedQueue pause = paused.get(name);
            states.add(
                    waiting.contains(name)
                            ? session.first(
                                            counts,
                                            binder -> bind(binder, name),
                                            row -> new QueueState(
                                                    name,
                                                    row.getInt(1),
                                                    row.getInt(2),
                                                    running,
                                                    age(dialect.timeOrNull(row, 3), at),
                                                    pause))
                                    .orElseThrow()
                            : new QueueState(name, 0, 0, running, null, pause));
        }
        states.sort(Comparator.comparing(QueueState::queue));
        return states;
    }

    private static @Nullable Duration age(@Nullable Instant oldest, Instant at) {
        if (oldest == null) {
            return null;
        }
        // The time was asked first: a job may have become due since.
        return oldest.isAfter(at) ? Duration.ZERO : Duration.between(oldest, at);
    }

    private static void bind(Binder binder, String queue) throws SQLException {
        bindLanes(binder, queue, QueueState.MOST);
        bindLanes(binder, queue, QueueState.MOST);
        binder.number(QueueState.MOST);
        bindLanes(binder, queue, QueueState.MOST);
        binder.number(QueueState.MOST);
        bindLanes(binder, queue, 1);
        bindLanes(binder, queue, OLDEST_TURNS);
    }

    private static void bindLanes(Binder binder, String queue, int most) throws SQLException {
        for (int priority = 0; priority < LANES; priority++) {
            binder.text(queue).number(most);
        }
    }
}
