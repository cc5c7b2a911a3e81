package io.forthwith.jdbc.internal.operations;

import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.LongDueJob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the jobs that wait for a worker for long. It reads the first job of all priorities of a queue by one statement. Immutable and thread-safe.
 */
public class OverdueJobs {
    protected static final String WHAT = "look for jobs that have been due for long";

    /** The longest delay. */
    protected static final Duration NEVER = Duration.ofDays(36_500);

    private static final int LANES = NewJob.HIGHEST_PRIORITY + 1;

    private final SqlDialect dialect;
    private final PendingQueues queues;
    private final StatementText firstJobs;
    private final StatementText behindParked;
    private final StatementText now;

    public OverdueJobs(SqlDialect dialect, PendingQueues queues) {
        this.dialect = dialect;
        this.queues = queues;
        String ofPriority = """
                SELECT * FROM (SELECT queue, type, run_at, %d AS never_comes, priority, due_at, parked_under FROM {job}
                  WHERE status = 'pending' AND queue = ? AND priority = %d AND run_at %s {after}
                  ORDER BY status, queue, priority, run_at, id LIMIT 1) AS lane%d""";
        this.firstJobs = dialect.sql(IntStream.range(0, 2 * LANES)
                .mapToObj(lane -> ofPriority.formatted(lane / LANES, lane % LANES, lane < LANES ? "<=" : ">", lane))
                .collect(Collectors.joining(" UNION ALL ")));
        this.now = dialect.sql("SELECT {now}");
        this.behindParked = dialect.sql("""
                SELECT queue, type, run_at, 1 AS never_comes, priority, due_at, parked_under FROM {job}
                WHERE status = 'pending' AND queue = ? AND priority = ? AND run_at > {after_never}
                ORDER BY status, queue, priority, run_at, id LIMIT 1""");
    }

    public List<LongDueJob> find(Database database, Duration longer) {
        return database.read(WHAT, session -> find(session, longer));
    }

    private List<LongDueJob> find(Session session, Duration longer) throws SQLException {
        List<Found> found = new ArrayList<>();
        for (String queue : queues.first(session)) {
            found.addAll(session.query(firstJobs, binder -> bind(binder, queue, longer), this::found));
        }
        return overdue(session, found, longer);
    }

    private static void bind(Binder binder, String queue, Duration longer) throws SQLException {
        for (int lane = 0; lane < 2 * LANES; lane++) {
            binder.text(queue).micros(lane < LANES ? longer.negated() : NEVER);
        }
    }

    /**
     * What a look has found.
     *
     * @param isParked whether a limit holds the job up: then it says nothing, but jobs that never come may lie behind it
     * @param turnSince since when the job waits for its turn; null if it does not
     */
    protected record Found(
            LongDueJob job,
            int priority,
            boolean isParked,
            @Nullable Instant turnSince) {}

    protected final List<LongDueJob> overdue(Session session, List<Found> found, Duration longer) throws SQLException {
        List<LongDueJob> overdue = new ArrayList<>();
        for (Found each : found) {
            Instant turnSince = each.turnSince();
            if (turnSince != null
                    && !turnSince
                            .plus(longer)
                            .isAfter(session.first(now, Binder.NONE, row -> dialect.time(row, 1))
                                    .orElseThrow())) {
                overdue.add(new LongDueJob(each.job().queue(), each.job().type(), turnSince));
            }
            if (each.isParked()) {
                session.query(
                                behindParked,
                                binder -> binder.text(each.job().queue()).number(each.priority()),
                                this::found)
                        .forEach(behind -> overdue.add(behind.job()));
            } else {
                overdue.add(each.job());
            }
        }
        return overdue;
    }

    /** Reads the queue, the type and the due time of a job, whether that is one that never comes, its priority, and its time and its key if it is parked. */
    protected final Found found(ResultSet row) throws SQLException {
        boolean neverComes = row.getInt(4) == 1;
        String under = row.getString(7);
        boolean takesTurns = neverComes && under != null && under.startsWith(LimitKey.FAIR + ":");
        return new Found(
                new LongDueJob(row.getString(1), row.getString(2), dialect.time(row, 3), neverComes),
                row.getInt(5),
                neverComes && row.getString(6) != null,
                takesTurns ? dialect.timeOrNull(row, 6) : null);
    }
}
