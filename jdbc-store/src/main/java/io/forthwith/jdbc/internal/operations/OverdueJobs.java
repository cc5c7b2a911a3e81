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
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Finds the jobs that wait for a worker for long. It skips from one queue to the next, by one statement each, and reads the first job of all
 * priorities of a queue by another one. Immutable and thread-safe.
 */
public class OverdueJobs {
    protected static final String WHAT = "look for jobs that have been due for long";

    protected static final int MOST_QUEUES = 200;

    private final SqlDialect dialect;
    private final StatementText nextQueue;
    private final StatementText firstJobs;

    public OverdueJobs(SqlDialect dialect) {
        this.dialect = dialect;
        // The order names all columns of the index: otherwise H2 would sort.
        this.nextQueue = dialect.sql("""
                SELECT queue FROM {job} WHERE status = 'pending' AND queue > ?
                ORDER BY status, queue, priority, run_at, id LIMIT 1""");
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
        Optional<String> queue = queueAfter(session, "");
        for (int i = 0; i < MOST_QUEUES && queue.isPresent(); i++) {
            String each = queue.get();
            found.addAll(session.query(firstJobs, binder -> bind(binder, each, longer), this::job));
            queue = queueAfter(session, each);
        }
        return found;
    }

    private Optional<String> queueAfter(Session session, String queue) throws SQLException {
        return session.first(nextQueue, binder -> binder.text(queue), row -> row.getString(1));
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
