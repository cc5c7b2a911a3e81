package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.limits.ParkedJobs;
import io.forthwith.jdbc.internal.operations.OverdueJobs;
import io.forthwith.jdbc.internal.operations.PendingQueues;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.LongDueJob;
import java.time.Duration;
import java.util.List;

/** Looks at all queues by one statement, which goes from one queue to the next by itself: for jobs that wait for long, and for how many wait. */
final class PostgresQueues extends OverdueJobs {
    /** The queues that have pending jobs, skipped through in their index. */
    static final String PENDING = """
            WITH RECURSIVE pending (queue) AS (
              (SELECT queue FROM {job} WHERE status = 'pending' ORDER BY queue LIMIT 1)
              UNION ALL
              SELECT (SELECT j.queue FROM {job} j WHERE j.status = 'pending' AND j.queue > pending.queue
                      ORDER BY j.queue LIMIT 1)
              FROM pending WHERE pending.queue IS NOT NULL)
            """;

    /** The first of them. */
    static final String LISTED =
            "(SELECT queue FROM pending WHERE queue IS NOT NULL LIMIT " + PendingQueues.MOST + ") AS listed";

    /** How many jobs wait in each of them. */
    static final String COUNTS = PENDING
            + """
            SELECT listed.queue, lanes.priorities, due.jobs, later.jobs, parked.turns, parked.held, parked.jobs,
              least(lanes.oldest, parked.oldest)
            FROM %1$s
            CROSS JOIN LATERAL (
              SELECT array_agg(level) AS levels, string_agg(level::text, ',') AS priorities,
                min(head.run_at) FILTER (WHERE head.run_at <= {now}) AS oldest
              FROM generate_series(0, %2$d) AS level CROSS JOIN LATERAL (%3$s LIMIT 1) AS head) AS lanes
            CROSS JOIN LATERAL (SELECT count(*) AS jobs FROM (
              SELECT 1 FROM unnest(lanes.levels) AS level CROSS JOIN LATERAL (%4$s LIMIT ?) AS lane LIMIT ?) AS due_ones) AS due
            CROSS JOIN LATERAL (SELECT count(*) AS jobs FROM (
              SELECT 1 FROM unnest(lanes.levels) AS level CROSS JOIN LATERAL (%5$s LIMIT ?) AS lane LIMIT ?) AS later_ones) AS later
            CROSS JOIN LATERAL (
              SELECT count(*) AS jobs, count(*) FILTER (WHERE %7$s) AS turns,
                count(*) FILTER (WHERE parked_under IS NOT NULL AND NOT (%7$s)) AS held, min(due_at) FILTER (WHERE %7$s) AS oldest
              FROM unnest(lanes.levels) AS level CROSS JOIN LATERAL (%6$s LIMIT ?) AS lane) AS parked""".formatted(
                            LISTED,
                            NewJob.HIGHEST_PRIORITY,
                            lane("j.run_at", ""),
                            lane("1", " AND j.run_at <= {now}"),
                            lane("1", " AND j.run_at > {now} AND j.run_at < {far}"),
                            lane("j.due_at, j.parked_under", " AND j.run_at > {far}"),
                            ParkedJobs.TAKES_TURNS);

    private final StatementText find;

    PostgresQueues(SqlDialect dialect, PendingQueues queues) {
        super(dialect, queues);
        this.find = dialect.sql(PENDING + """
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
                   ORDER BY j.run_at, j.id LIMIT 1)) AS due""".formatted(LISTED, NewJob.HIGHEST_PRIORITY));
    }

    @Override
    public List<LongDueJob> find(Database database, Duration longer) {
        return database.read(
                WHAT,
                session -> overdue(
                        session,
                        session.query(
                                find, binder -> binder.micros(longer.negated()).micros(NEVER), this::found),
                        longer));
    }

    private static String lane(String columns, String times) {
        return "SELECT " + columns
                + " FROM {job} j WHERE j.status = 'pending' AND j.queue = listed.queue AND j.priority = level" + times
                + " ORDER BY j.run_at, j.id";
    }
}
