package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.operations.OverdueJobs;
import io.forthwith.jdbc.internal.operations.PendingQueues;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.OverdueJob;
import java.time.Duration;
import java.util.List;

/** Does the same by one statement. */
final class PostgresOverdueJobs extends OverdueJobs {
    private final StatementText find;

    PostgresOverdueJobs(SqlDialect dialect, PendingQueues queues) {
        super(dialect, queues);
        this.find = dialect.sql(PostgresQueues.PENDING + """
                SELECT due.queue, due.type, due.run_at, due.never_comes, level, due.due_at, due.parked_under
                FROM %s
                CROSS JOIN generate_series(0, %d) AS level
                CROSS JOIN LATERAL (
                  (SELECT j.queue, j.type, j.run_at, 0 AS never_comes, j.due_at, j.parked_under FROM {job} j
                   WHERE j.status = 'pending' AND j.queue = listed.queue AND j.priority = level AND j.run_at <= {after}
                   ORDER BY j.run_at, j.id LIMIT 1)
                  UNION ALL
                  (SELECT j.queue, j.type, j.run_at, 1, j.due_at, j.parked_under FROM {job} j
                   WHERE j.status = 'pending' AND j.queue = listed.queue AND j.priority = level AND j.run_at > {after}
                   ORDER BY j.run_at, j.id LIMIT 1)) AS due""".formatted(PostgresQueues.LISTED, NewJob.HIGHEST_PRIORITY));
    }

    @Override
    public List<OverdueJob> find(Database database, Duration longer) {
        return database.read(
                WHAT,
                session -> overdue(
                        session,
                        session.query(
                                find, binder -> binder.micros(longer.negated()).micros(NEVER), this::found),
                        longer));
    }
}
