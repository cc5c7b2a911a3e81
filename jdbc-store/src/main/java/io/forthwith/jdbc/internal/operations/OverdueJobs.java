package io.forthwith.jdbc.internal.operations;

import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.OverdueJob;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Finds the jobs that wait for a worker for long. It reads the first job of all priorities of a queue by one statement. Immutable and thread-safe.
 */
public class OverdueJobs {
    protected static final String WHAT = "look for jobs that have been due for long";

    protected static final int MOST_QUEUES = PendingQueues.MOST;

    /** The longest delay. */
    protected static final Duration NEVER = Duration.ofDays(36_500);

    private static final int LANES = NewJob.HIGHEST_PRIORITY + 1;

    private final SqlDialect dialect;
    private final PendingQueues queues;
    private final StatementText firstJobs;

    public OverdueJobs(SqlDialect dialect, PendingQueues queues) {
        this.dialect = dialect;
        this.queues = queues;
        String ofPriority = """
                SELECT * FROM (SELECT queue, type, run_at, %d AS never_comes FROM {job}
                  WHERE status = 'pending' AND queue = ? AND priority = %d AND run_at %s {after}
                  ORDER BY status, queue, priority, run_at, id LIMIT 1) AS lane%d""";
        this.firstJobs = dialect.sql(IntStream.range(0, 2 * LANES)
                .mapToObj(lane -> ofPriority.formatted(lane / LANES, lane % LANES, lane < LANES ? "<=" : ">", lane))
                .collect(Collectors.joining(" UNION ALL ")));
    }

    public List<OverdueJob> find(Database database, Duration longer) {
        return database.read(WHAT, session -> find(session, longer));
    }

    private List<OverdueJob> find(Session session, Duration longer) throws SQLException {
        List<OverdueJob> found = new ArrayList<>();
        for (String queue : queues.first(session)) {
            found.addAll(session.query(firstJobs, binder -> bind(binder, queue, longer), this::job));
        }
        return found;
    }

    private static void bind(Binder binder, String queue, Duration longer) throws SQLException {
        for (int lane = 0; lane < 2 * LANES; lane++) {
            binder.text(queue).micros(lane < LANES ? longer.negated() : NEVER);
        }
    }

    /** Reads the queue, the type and the due time of a job, and whether that is one that never comes. */
    protected final OverdueJob job(ResultSet row) throws SQLException {
        return new OverdueJob(row.getString(1), row.getString(2), dialect.time(row, 3), row.getInt(4) == 1);
    }
}
