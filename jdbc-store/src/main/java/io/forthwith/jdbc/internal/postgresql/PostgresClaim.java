package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.operations.ClaimOrder;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.rules.LostWorkersRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Claims jobs with one statement. Immutable and thread-safe.
 *
 * <p>{@code me} locks the row of the worker. KEY SHARE lets the UPDATE of a heartbeat pass, and excludes a take-over,
 * which locks the row FOR UPDATE. If the take-over came first, the row is gone and the claim gets no jobs.
 *
 * <p>The index of ready jobs is read priority by priority, and only as far as needed: each look starts at the first
 * due job of its priority and stops at the first job that is not due yet. So neither later nor ended jobs cost
 * anything. The status is a literal, since otherwise the partial index could not be used. The rows are updated by an
 * array of ids: for that the planner uses the primary key, with any limit that it expects.
 *
 * <p>{@code served} has the queues that are not paused: one look by the primary key for each queue of the claim, and none
 * for a job. OFFSET keeps the planner from making a join with the whole table of it.
 *
 * <p>A suspect is a job at its last try. It comes from the small index of the jobs that have lost workers; a claim
 * gets at most one, and only if the worker holds none. That is checked only if there is a suspect at all. The first
 * query for suspects names only columns of this index: otherwise, without statistics, the planner would read the
 * whole ready index.
 *
 * <p>Limits and queues are sub-selects. If the planner saw their values, a plan for just these values would look
 * cheaper than the stored one, and it would plan every claim again, which takes longer than the claim.
 *
 * <p>No number in a row may make the statement fail, since it claims other rows as well. Counters stop at their
 * bounds. A claim number at its highest value, which another program may have written, continues at the lowest, and
 * is still a new one.
 *
 * <p>A claim of many jobs leaves large inputs out, since together they could fill the memory. {@link LargeInputs} reads
 * them.
 *
 * <p>If a worker takes only some types, jobs of other types are read and left out: many of them at the front of a
 * queue slow the claim down.
 */
final class PostgresClaim {
    private static final String CLAIM = """
            WITH me AS MATERIALIZED (
              SELECT true AS alive FROM {job_worker} WHERE id = ? AND lease_until > clock_timestamp() FOR KEY SHARE
            ), served AS MATERIALIZED (
              SELECT ARRAY(
                SELECT wanted FROM unnest((SELECT ?::text[])) AS wanted
                WHERE NOT EXISTS (SELECT 1 FROM {job_queue} AS paused WHERE paused.name = wanted OFFSET 0)) AS queues
            ), suspects AS MATERIALIZED (
              SELECT id, queue, type, priority, run_at FROM {job}
              WHERE status = 'pending' AND lost_workers > 0 AND lost_workers >= ? AND (SELECT alive FROM me)
            ), suspect AS MATERIALIZED (
              SELECT id, priority, run_at FROM {job}
              WHERE id = (SELECT id FROM suspects
                          WHERE queue = ANY((SELECT queues || ?::text[] FROM served)::text[]) AND run_at <= now()%1$s
                          ORDER BY priority DESC, run_at, id LIMIT 1)
                AND status = 'pending' AND run_at <= now()
              FOR UPDATE SKIP LOCKED
            ), undo AS MATERIALIZED (
              SELECT early.id, early.priority, early.run_at
              FROM unnest((SELECT ?::text[])) AS wanted CROSS JOIN LATERAL (
                SELECT id, priority, run_at FROM {job}
                WHERE status = 'pending' AND queue = wanted AND priority = 9 AND run_at <= now() AND lost_workers < ?
                  AND (SELECT alive FROM me)
                ORDER BY run_at, id LIMIT (SELECT ?::bigint) FOR UPDATE SKIP LOCKED) AS early LIMIT (SELECT ?::bigint)
            ), due AS MATERIALIZED (
              (SELECT ready.id, ready.priority, ready.run_at
               FROM generate_series(9, 0, -1) AS level CROSS JOIN LATERAL (%2$s) AS ready LIMIT (SELECT ?::bigint))
              UNION ALL
              SELECT id, priority, run_at FROM undo
              UNION ALL
              SELECT id, priority, run_at FROM suspect
              WHERE (SELECT held.id FROM {job} AS held
                     WHERE held.worker_id = ? AND held.status = 'processing' AND held.lost_workers >= ?
                       AND held.id <> suspect.id LIMIT 1) IS NULL
            )
            UPDATE {job} SET status = 'processing', worker_id = ?,
              claim = CASE WHEN claim < 9223372036854775807 THEN claim + 1 ELSE -claim - 1 END,
              attempt = least(greatest(attempt, 0) + 1, 32767),
              progress_message = CASE WHEN postponements = 0 THEN progress_message END,
              started_at = now(), updated_at = now()
            WHERE id = ANY(ARRAY(SELECT id FROM due ORDER BY priority DESC, run_at, id LIMIT (SELECT ?::bigint)))
            RETURNING\s"""
            + JobRowReader.COLUMNS.replace(
                    "input_data", "CASE WHEN pg_column_size(input_data) <= ? THEN input_data END AS input_data")
            + """
            , pg_column_size(input_data) > ?""";

    private static final String READY = """
            SELECT id, priority, run_at FROM {job}
            WHERE status = 'pending' AND queue = %2$s AND priority = level AND run_at <= now() AND lost_workers < ?%1$s
              AND (SELECT alive FROM me)%3$s
            ORDER BY run_at, id LIMIT (SELECT ?::bigint) FOR UPDATE SKIP LOCKED""";

    private static final String IS_SERVED = " AND (SELECT queues <> '{}' FROM served)";

    /** Locks up to the limit in each queue, and takes the earliest of them. */
    private static final String READY_IN_QUEUES = """
            SELECT early.id, early.priority, early.run_at
            FROM unnest((SELECT queues FROM served)) AS wanted CROSS JOIN LATERAL (%s) AS early ORDER BY early.run_at, early.id LIMIT (SELECT ?::bigint)""";

    private static final String OF_TYPES = " AND type = ANY((SELECT ?::text[])::text[])";

    private final JobRowReader rows;
    private final LargeInputs inputs;
    private final StatementText claimOneQueue;
    private final StatementText claimQueues;
    private final StatementText claimTypesOfOneQueue;
    private final StatementText claimTypesOfQueues;

    PostgresClaim(SqlDialect dialect, JobRowReader rows) {
        this.rows = rows;
        this.inputs = new LargeInputs(dialect);
        this.claimOneQueue = oneQueue(dialect, "");
        this.claimQueues = queues(dialect, "");
        this.claimTypesOfOneQueue = oneQueue(dialect, OF_TYPES);
        this.claimTypesOfQueues = queues(dialect, OF_TYPES);
    }

    private static StatementText oneQueue(SqlDialect dialect, String condition) {
        return dialect.sql(CLAIM.formatted(condition, READY.formatted(condition, "?", IS_SERVED)));
    }

    private static StatementText queues(SqlDialect dialect, String condition) {
        return dialect.sql(
                CLAIM.formatted(condition, READY_IN_QUEUES.formatted(READY.formatted(condition, "wanted", ""))));
    }

    LargeInputs.Claimed claim(Database database, ClaimRequest request) {
        boolean oneQueue = request.queues().size() == 1;
        StatementText statement = request.onlyTypes()
                ? oneQueue ? claimTypesOfOneQueue : claimTypesOfQueues
                : oneQueue ? claimOneQueue : claimQueues;
        Set<UUID> late = new HashSet<>();
        List<Job> claimed = database
                .once(
                        "claim jobs for worker " + request.workerId(),
                        session -> session.query(
                                statement, binder -> bind(binder, request, oneQueue), row -> job(row, late)))
                .stream()
                // RETURNING has no order.
                .sorted(ClaimOrder.ORDER)
                .toList();
        return late.isEmpty() ? new LargeInputs.Claimed(claimed, List.of()) : inputs.read(database, claimed, late);
    }

    private @Nullable Job job(ResultSet row, Set<UUID> late) throws SQLException {
        Job job = rows.job(row);
        if (job != null && row.getBoolean(JobRowReader.COUNT + 1)) {
            late.add(job.id());
        }
        return job;
    }

    private static void bind(Binder binder, ClaimRequest request, boolean oneQueue) throws SQLException {
        int suspect = LostWorkersRule.lastTryFrom(request);
        List<String> undoQueues = request.undoQueues();
        binder.id(request.workerId()).texts(request.queues()).number(suspect).texts(undoQueues);
        bindTypes(binder, request);
        binder.texts(undoQueues).number(suspect).number(request.limit()).number(request.limit());
        if (oneQueue) {
            binder.text(request.queues().get(0)).number(suspect);
            bindTypes(binder, request);
            binder.number(request.limit());
        } else {
            binder.number(suspect);
            bindTypes(binder, request);
            binder.number(request.limit()).number(request.limit());
        }
        binder.number(request.limit())
                .id(request.workerId())
                .number(suspect)
                .id(request.workerId())
                .number(request.limit())
                .number(LargeInputs.mostBytes(request.limit()))
                .number(LargeInputs.mostBytes(request.limit()));
    }

    private static void bindTypes(Binder binder, ClaimRequest request) throws SQLException {
        if (request.onlyTypes()) {
            binder.texts(request.typesTaken());
        }
    }
}
