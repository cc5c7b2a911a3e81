package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.rows.LimitNotes;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Pieces;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.FailureFingerprint;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The statements that settle many jobs at once, and their parameters. Immutable and thread-safe.
 *
 * <p>The arrays are sorted by id, and the planner walks those that are joined in the outer loop over the primary key, so rows are
 * locked in the order of their ids. Two things keep the planner from worse plans. It does not see the value with
 * which the status is compared; otherwise it would use the index of running jobs, which is full of dead entries after
 * a few seconds of work. And it does not see the length of the arrays; otherwise it would read the whole table for a
 * large batch.
 */
final class PostgresSettleStatements {
    /**
     * The first array. Its sub-select also limits the waits for locks until the end of the transaction: it is evaluated before a row is
     * locked, and a statement of its own would be a round trip of its own.
     */
    private static final String IDS =
            "(SELECT CASE WHEN set_config('lock_timeout', ?, true) IS NOT NULL THEN ?::uuid[] END)";

    private static final String NOTHING_FOLLOWS = """
            job.sealed IS NULL AND job.on_predecessor_failure IS NULL AND NOT job.has_successors AND job.undoes IS NULL""";

    private static final String FENCE = """
            WHERE job.id = s.id AND job.claim = s.claim AND job.worker_id = s.worker_id
              AND job.started_at = timestamptz 'epoch' + s.started * interval '1 microsecond'
              AND job.status = (SELECT 'processing') AND %s
              AND (NOT job.has_undo OR %s)
              AND\s""" + NOTHING_FOLLOWS + """

            RETURNING s.n, job.status, job.parent_id, job.limits""";

    private static final String NO_LIMITS = " AND job.limits IS NULL";

    /**
     * A note for each limit of the jobs that are settled: other jobs may start now. A claim keeps a text of limits that cannot be read, for those who mend it. Such a text may leave a note for what is no key, or
     * for a key that no job has: the next claim deletes it. The grammar of limits is not repeated here, since a text that it did not know would leave no note at all.
     */
    private static final String NOTED = """
            noted AS (
              INSERT INTO {job_limit_note} (id, limit_key, due_at)
              SELECT coalesce((SELECT ?::uuid[])[row_number() OVER ()], gen_random_uuid()), keys.limit_key, NULL
              FROM (SELECT DISTINCT split_part(unnest(string_to_array(ltrim(limits, '+'), ' ')), '=', 1) AS limit_key
                    FROM settled WHERE limits <> 'unreadable:limits') AS keys
              WHERE keys.limit_key NOT LIKE 'fair:%%'
            )""";

    private static final String COMPLETE_ALL = """
            UPDATE {job} AS job SET
              status = CASE WHEN cancel_requested_at IS NULL THEN 'completed' ELSE 'cancelled' END,
              result_data = CASE WHEN cancel_requested_at IS NULL THEN CAST(s.result AS jsonb) ELSE result_data END,
              progress = CASE WHEN cancel_requested_at IS NULL THEN 100 ELSE progress END,
              error_message = NULL, error_kind = NULL, error_code = NULL,
              completed_at = now(), updated_at = now()
            FROM unnest(%s, (SELECT ?::bigint[]), (SELECT ?::uuid[]), (SELECT ?::bigint[]), (SELECT ?::text[]))
              WITH ORDINALITY AS s (id, claim, worker_id, started, result, n)
            """.formatted(IDS);

    private static final String ALONE = FENCE.formatted("job.parent_id IS NULL%s", "cancel_requested_at IS NULL");

    private static final String COMPLETE = COMPLETE_ALL + ALONE.formatted(NO_LIMITS);

    /**
     * Completes jobs of one call of claim without results. The values that they share are sent once. The answer is one row: null if all are completed,
     * otherwise the ids of those that are. The rows may be locked in another order, if the planner reads the table by pages; a deadlock that comes of it
     * ends with the time-out for locks. The values are sub-selects for the same reason as the arrays.
     */
    private static final String COMPLETE_ALIKE = """
            WITH done AS (
              UPDATE {job} AS job SET status = 'completed', result_data = NULL, progress = 100,
                error_message = NULL, error_kind = NULL, error_code = NULL, completed_at = now(), updated_at = now()
              WHERE job.id = ANY(%s::uuid[]) AND job.claim = (SELECT ?::bigint) AND job.worker_id = (SELECT ?::uuid)
                AND job.started_at = (SELECT timestamptz 'epoch' + ?::bigint * interval '1 microsecond')
                AND job.status = (SELECT 'processing') AND job.cancel_requested_at IS NULL
                AND job.parent_id IS NULL AND job.limits IS NULL AND %s
              RETURNING id)
            SELECT CASE WHEN count(*) < ? THEN coalesce(array_agg(id), '{}') END FROM done""".formatted(IDS, NOTHING_FOLLOWS);

    private static final String COMPLETE_LIMITED = "WITH settled AS (" + COMPLETE_ALL + ALONE.formatted("") + "), "
            + NOTED + " SELECT n, status, parent_id, limits FROM settled";

    /** Also children, except finishers. A job whose cancellation was requested may change others, so it is left out. */
    private static final String COMPLETE_CHILDREN = COMPLETE_ALL
            + FENCE.formatted(
                    "coalesce(job.position, 1) > 0 AND job.cancel_requested_at IS NULL" + NO_LIMITS,
                    "cancel_requested_at IS NULL");

    /**
     * Deletes their failed attempts as well; a job at its first claim has none. Bounds and orders keep the planner on
     * the indexes of steps and attempts, also if one job has nearly all rows.
     */
    private static final String GONE = """
            WITH gone AS (
              DELETE FROM {job} AS job
              USING unnest(%s, (SELECT ?::bigint[]), (SELECT ?::uuid[]), (SELECT ?::bigint[]))
                WITH ORDINALITY AS s (id, claim, worker_id, started, n)
            """.formatted(IDS) + FENCE.formatted("""
                    job.parent_id IS NULL AND job.cancel_requested_at IS NULL AND job.limits IS NULL
                      AND (SELECT step.job_id FROM {job_step} step WHERE step.job_id >= job.id AND step.job_id <= job.id
                        ORDER BY step.job_id LIMIT 1) IS NULL""", "FALSE") + """
            , job.id, job.claim
            ), history AS (
              DELETE FROM {job_failure} WHERE job_id = ANY(ARRAY(SELECT id FROM gone WHERE claim > 1))
                AND job_id >= (SELECT id FROM gone ORDER BY id LIMIT 1)
                AND job_id <= (SELECT id FROM gone ORDER BY id DESC LIMIT 1)
            )""";

    private static final String DELETE = GONE + " SELECT n FROM gone";

    /** The same, and deletes their labels. */
    private static final String DELETE_LABELLED = GONE + """
            , unlabelled AS (
              DELETE FROM {job_label} WHERE job_id = ANY(ARRAY(SELECT id FROM gone))
                AND job_id >= (SELECT id FROM gone ORDER BY id LIMIT 1)
                AND job_id <= (SELECT id FROM gone ORDER BY id DESC LIMIT 1)
            )
            SELECT n FROM gone""";

    private static final String MANY = """
            SELECT * FROM unnest(%s, (SELECT ?::bigint[]), (SELECT ?::uuid[]), (SELECT ?::bigint[]),
              (SELECT ?::text[]), (SELECT ?::text[]), (SELECT ?::bigint[]), (SELECT ?::boolean[]), (SELECT ?::text[]),
              (SELECT ?::text[]), (SELECT ?::text[]), (SELECT ?::text[]), (SELECT ?::text[]), (SELECT ?::text[]),
              (SELECT ?::text[]))
              WITH ORDINALITY AS s (id, claim, worker_id, started, result, status, delay, counts,
              reason, error_message, error_kind, error_code, exception_class, trace, cause, n)
            """.formatted(IDS);

    /** Fifteen arrays of one element cost more than the rest of the statement. */
    private static final String ONE = """
            SELECT CASE WHEN set_config('lock_timeout', ?, true) IS NOT NULL THEN ?::uuid END AS id, ?::bigint AS claim,
              ?::uuid AS worker_id, ?::bigint AS started, ?::text AS result, ?::text AS status, ?::bigint AS delay,
              ?::boolean AS counts, ?::text AS reason, ?::text AS error_message, ?::text AS error_kind,
              ?::text AS error_code, ?::text AS exception_class, ?::text AS trace, ?::text AS cause, 1 AS n
            """;

    private static final String SETTLE = """
            WITH s AS MATERIALIZED (
            %s), settled AS (
              UPDATE {job} AS job SET
                status = CASE WHEN cancel_requested_at IS NULL THEN s.status ELSE 'cancelled' END,
                attempt = CASE WHEN s.counts OR cancel_requested_at IS NOT NULL THEN attempt ELSE attempt - 1 END,
                postponements = CASE WHEN s.reason IS NULL OR cancel_requested_at IS NOT NULL
                  THEN postponements ELSE least(postponements, 2147483646) + 1 END,
                postponed_since = CASE WHEN s.reason IS NULL OR cancel_requested_at IS NOT NULL
                  THEN postponed_since ELSE coalesce(postponed_since, now()) END,
                progress = CASE WHEN s.status = 'completed' AND cancel_requested_at IS NULL
                  THEN 100 ELSE progress END,
                progress_message = CASE WHEN s.reason IS NULL OR cancel_requested_at IS NOT NULL
                  THEN progress_message ELSE s.reason END,
                result_data = CASE WHEN s.status = 'completed' AND cancel_requested_at IS NULL
                  THEN CAST(s.result AS jsonb) ELSE result_data END,
                error_message = CASE WHEN s.status = 'completed' OR cancel_requested_at IS NOT NULL
                  THEN NULL ELSE coalesce(s.error_message, job.error_message) END,
                error_kind = CASE WHEN s.status = 'completed' OR cancel_requested_at IS NOT NULL
                  THEN NULL ELSE coalesce(s.error_kind, job.error_kind) END,
                error_code = CASE WHEN s.status = 'completed' OR cancel_requested_at IS NOT NULL
                  THEN NULL ELSE coalesce(s.error_code, job.error_code) END,
                run_at = CASE WHEN s.delay IS NULL OR cancel_requested_at IS NOT NULL
                  THEN run_at ELSE now() + s.delay * interval '1 microsecond' END,
                completed_at = CASE WHEN s.status IN ('completed', 'failed') OR cancel_requested_at IS NOT NULL
                  THEN now() END,
                updated_at = now()
              FROM s
            """
            + FENCE.formatted(
                    "job.parent_id IS NULL%s"
                            // Its failure cancels others.
                            + " AND (s.status <> 'failed' OR coalesce(job.sequence_failure, 'skip') <> 'cancel_rest')",
                    "(cancel_requested_at IS NULL AND s.status <> 'failed')")
            + """
            , job.attempt, job.started_at, job.type
            ), history AS (
              INSERT INTO {job_failure} (job_id, claim, attempt, kind, code, message, exception_class, trace, worker_id,
                started_at, failed_at, type, cause)
              SELECT s.id, s.claim, settled.attempt, s.error_kind, s.error_code, s.error_message, s.exception_class,
                s.trace, s.worker_id, settled.started_at, now(), settled.type, s.cause
              FROM settled JOIN s ON s.n = settled.n
              WHERE s.error_code IS NOT NULL AND settled.status <> 'cancelled'
              {instead}
            )%s
            SELECT n, status, parent_id, limits FROM settled""";

    /** Those of some jobs that another transaction has locked. The statement locks the others for a moment. */
    private static final String HELD = """
            WITH free AS MATERIALIZED (SELECT id FROM {job} WHERE id {in} %s SKIP LOCKED)
            SELECT id FROM {job} WHERE id {in} AND id NOT IN (SELECT id FROM free)""";

    final StatementText complete;
    final StatementText completeAlike;
    final StatementText completeChildren;
    final StatementText delete;
    final StatementText deleteLabelled;
    final StatementText settle;
    final StatementText settleOne;
    final StatementText completeLimited;
    final StatementText settleLimited;
    final StatementText heldToUpdate;
    final StatementText heldToDelete;

    PostgresSettleStatements(SqlDialect dialect) {
        this.complete = dialect.sql(COMPLETE);
        this.completeAlike = dialect.sql(COMPLETE_ALIKE);
        this.completeChildren = dialect.sql(COMPLETE_CHILDREN);
        this.delete = dialect.sql(DELETE);
        this.deleteLabelled = dialect.sql(DELETE_LABELLED);
        this.completeLimited = dialect.sql(COMPLETE_LIMITED);
        this.settle = dialect.sql(SETTLE.formatted(MANY, NO_LIMITS, ""));
        this.settleOne = dialect.sql(SETTLE.formatted(ONE, NO_LIMITS, ""));
        this.settleLimited = dialect.sql(SETTLE.formatted(MANY, "", ", " + NOTED));
        this.heldToUpdate = dialect.sql(HELD.formatted("FOR NO KEY UPDATE"));
        this.heldToDelete = dialect.sql(HELD.formatted("FOR UPDATE"));
    }

    static Binder bindClaims(Session session, Binder binder, List<Settlement> settlements) throws SQLException {
        return binder.text(lockWait(session))
                .ids(settlements, settlement -> settlement.claim().jobId())
                .numbers(settlements, settlement -> settlement.claim().number())
                .ids(settlements, settlement -> settlement.claim().workerId())
                .numbers(
                        settlements,
                        settlement -> Binder.microsOf(settlement.claim().startedAt()));
    }

    static void bindAlike(Session session, Binder binder, List<Settlement> settlements) throws SQLException {
        Claim first = settlements.get(0).claim();
        binder.text(lockWait(session))
                .ids(settlements, settlement -> settlement.claim().jobId())
                .number(first.number())
                .id(first.workerId())
                .number(Binder.microsOf(first.startedAt()))
                .number(settlements.size());
    }

    /** The claim whose settlement has this place in the arrays, which a statement answers in its first column. */
    static Claim claim(ResultSet row, List<Settlement> settlements) throws SQLException {
        return settlements.get(row.getInt(1) - 1).claim();
    }

    /** As many as there are limits, if each job has one: the ids of notes grow with time. */
    static void bindNotes(Binder binder, List<Settlement> settlements) throws SQLException {
        binder.ids(settlements, settlement -> LimitNotes.nextId());
    }

    static Binder bindResults(Binder binder, List<Settlement> settlements) throws SQLException {
        return binder.texts(
                settlements,
                settlement -> settlement instanceof Settlement.Complete complete ? complete.result() : null);
    }

    static void bindRest(Binder binder, List<Settlement> settlements) throws SQLException {
        List<Parts> parts = settlements.stream().map(Parts::of).toList();
        binder.texts(parts, part -> part.status().text())
                .numbers(parts, part -> part.delay() == null ? null : Binder.microsOf(part.delay()))
                .flags(parts, Parts::counts)
                .texts(parts, Parts::reason)
                .texts(parts, Parts.ofError(JobError::message))
                .texts(parts, Parts.ofError(error -> JobRowReader.text(error.kind())))
                .texts(parts, Parts.ofError(JobError::code))
                .texts(parts, Parts.ofError(JobError::exceptionClass))
                .texts(parts, Parts.ofError(JobError::trace))
                .texts(parts, Parts.ofError(PostgresSettleStatements::cause));
    }

    static void bindOne(Session session, Binder binder, Settlement settlement) throws SQLException {
        Claim claim = settlement.claim();
        Parts parts = Parts.of(settlement);
        JobError error = parts.error();
        binder.text(lockWait(session))
                .id(claim.jobId())
                .number(claim.number())
                .id(claim.workerId())
                .number(Binder.microsOf(claim.startedAt()))
                .text(settlement instanceof Settlement.Complete complete ? complete.result() : null)
                .text(parts.status().text())
                .micros(parts.delay())
                .flag(parts.counts())
                .text(parts.reason())
                .text(error == null ? null : error.message())
                .text(error == null ? null : JobRowReader.text(error.kind()))
                .text(error == null ? null : error.code())
                .text(error == null ? null : error.exceptionClass())
                .text(error == null ? null : error.trace())
                .text(error == null ? null : cause(error));
    }

    private static String cause(JobError error) {
        return FailureFingerprint.cause(error.code(), error.exceptionClass(), error.message());
    }

    private static String lockWait(Session session) {
        Duration lockWait = session.lockWait();
        return lockWait == null ? "0" : Long.toString(Math.max(1, lockWait.toMillis()));
    }

    /** What one statement takes of these settlements, in the same order. */
    static List<List<Settlement>> pieces(List<Settlement> settlements) {
        return Pieces.of(settlements, settlements.size(), PostgresSettleStatements::textLength);
    }

    private static long textLength(Settlement settlement) {
        if (settlement instanceof Settlement.AwaitChildren) {
            return 0;
        }
        if (settlement instanceof Settlement.Complete complete) {
            return complete.result() == null ? 0 : complete.result().length();
        }
        JobError error = Parts.of(settlement).error();
        return error == null || error.trace() == null ? 0 : error.trace().length();
    }

    /** The columns of a settlement. */
    record Parts(
            JobStatus status,
            @Nullable Duration delay,
            boolean counts,
            @Nullable String reason,
            @Nullable JobError error) {

        static Parts of(Settlement settlement) {
            if (settlement instanceof Settlement.Complete) {
                return new Parts(JobStatus.COMPLETED, null, true, null, null);
            } else if (settlement instanceof Settlement.Fail fail) {
                return new Parts(JobStatus.FAILED, null, true, null, fail.error());
            } else if (settlement instanceof Settlement.Retry retry) {
                return new Parts(JobStatus.PENDING, retry.delay(), true, null, retry.error());
            } else if (settlement instanceof Settlement.Postpone postpone) {
                return new Parts(JobStatus.PENDING, postpone.delay(), false, postpone.reason(), null);
            } else if (settlement instanceof Settlement.GiveBack) {
                return new Parts(JobStatus.PENDING, null, false, null, null);
            }
            throw new AssertionError("Unknown settlement " + settlement);
        }

        static Function<Parts, @Nullable String> ofError(Function<JobError, @Nullable String> part) {
            return parts -> parts.error == null ? null : part.apply(parts.error);
        }
    }
}
