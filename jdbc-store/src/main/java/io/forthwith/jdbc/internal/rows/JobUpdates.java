package io.forthwith.jdbc.internal.rows;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.Collection;
import java.util.stream.Collectors;

/** Updates jobs whose rows are locked. A database may update many with one statement. Immutable and thread-safe. */
public class JobUpdates {
    private final StatementText update;

    public JobUpdates(SqlDialect dialect) {
        this.update = dialect.sql(JobColumn.ALL.stream()
                .map(column -> column.name() + " = " + column.placeholder())
                .collect(Collectors.joining(", ", "UPDATE {job} SET ", " WHERE id = ?")));
    }

    /** Writes every {@link JobColumn}, in the order given. */
    public void update(Session session, Collection<Job> jobs) throws SQLException {
        session.batch(update, jobs, (binder, job) -> {
            for (JobColumn<?> column : JobColumn.ALL) {
                column.bind(binder, job);
            }
            binder.id(job.id());
        });
    }
}
