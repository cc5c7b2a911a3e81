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

    private final SqlDialect dialect;
    private final PendingQueues queues;
    private final StatementText firstJobs;

    public OverdueJobs(SqlDialect dialect, PendingQueues queues) {
        this.dialect = dialect;
        this.queues = queues;
        String ofPriority = """
                SELECT * FROM (SELECT queue, type, run_at FROM {job}
                  WHERE status = 'pending' AND queue = ? AND priority = %d AND run_at <= {after}
                  ORDER BY status, queue, priority, run_at, id LIMIT 1) AS lane%d""";
        this.firstJobs = dialect.sql(IntStream.rangeClosed(0, NewJob.HIGHEST_PRIORITY)
                .mapToObj(priority -> ofPriority.formatted(priority, priority))
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
        for (int priority = 0; priority <= NewJob.HIGHEST_PRIORITY; priority++) {
            binder.text(queue).micros(longer.negated());
        }
    }

    /** Reads the queue, the type and the due time of a job. */
    protected final OverdueJob job(ResultSet row) throws SQLException {
        return new OverdueJob(row.getString(1), row.getString(2), dialect.time(row, 3));
    }
}
