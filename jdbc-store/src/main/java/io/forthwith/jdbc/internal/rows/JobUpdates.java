package io.forthwith.jdbc.internal.rows;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Updates jobs whose rows are locked. A result that was not read is left as it is. A database may update many jobs with
 * one statement. Immutable and thread-safe.
 */
public class JobUpdates {
    private final StatementText update;
    private final StatementText updateWithoutResult;

    public JobUpdates(SqlDialect dialect) {
        this.update = update(dialect, JobColumn.ALL);
        this.updateWithoutResult = update(dialect, JobColumn.WITHOUT_RESULT);
    }

    private static StatementText update(SqlDialect dialect, List<JobColumn<?>> columns) {
        return dialect.sql(columns.stream()
                .map(column -> column.name() + " = " + column.placeholder())
                .collect(Collectors.joining(", ", "UPDATE {job} SET ", " WHERE id = ?")));
    }

    /** Writes every {@link JobColumn}, in the order given: first of the jobs whose result is known, then of the others. */
    public final void update(Session session, Collection<Job> jobs) throws SQLException {
        Map<Boolean, List<Job>> byResult =
                jobs.stream().collect(Collectors.partitioningBy(job -> !JobRowReader.UNREAD.equals(job.result())));
        update(session, byResult.getOrDefault(true, List.of()), JobColumn.ALL);
        update(session, byResult.getOrDefault(false, List.of()), JobColumn.WITHOUT_RESULT);
    }

    /**
     * Writes these columns.
     *
     * @param columns all, or all but the result
     */
    protected void update(Session session, List<Job> jobs, List<JobColumn<?>> columns) throws SQLException {
        StatementText statement = columns.equals(JobColumn.ALL) ? update : updateWithoutResult;
        session.batch(statement, jobs, (binder, job) -> {
            for (JobColumn<?> column : columns) {
                column.bind(binder, job);
            }
            binder.id(job.id());
        });
    }
}
