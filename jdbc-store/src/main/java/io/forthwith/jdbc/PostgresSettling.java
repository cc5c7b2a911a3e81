package io.forthwith.jdbc;

import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.JobStoreException;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Settles jobs without a parent with one statement, however many they are and whatever becomes of them, and the rest, which
 * that statement does not touch, in a transaction: jobs with a parent, that leave steps to undo or undo them, and those whose
 * claim no longer holds.
 *
 * <p>The arrays are sorted by id, and the planner walks them from the outside of a nested loop over the primary key, so rows
 * are locked in id order. To keep it from going through the index of running jobs instead, which is full of dead entries
 * after a few seconds of work, the status is compared with a value that the planner cannot see.
 */
final class PostgresSettling {
    private static final Comparator<Settlement> LOCK_ORDER =
            Comparator.comparing(settlement -> settlement.claim().jobId(), IdOrder.ASCENDING);

    private static final String FENCE = """
            WHERE job.id = s.id AND job.claim = s.claim AND job.worker_id = s.worker_id
              AND job.status = (SELECT 'processing') AND job.parent_id IS NULL
              AND job.undoes IS NULL AND (NOT job.has_undo OR %s)
            RETURNING job.id, job.claim, job.worker_id, job.status""";

    private static final String COMPLETE = """
            UPDATE {job} AS job SET
              status = CASE WHEN cancel_requested_at IS NULL THEN 'completed' ELSE 'cancelled' END,
              result_data = CASE WHEN cancel_requested_at IS NULL THEN CAST(s.result AS jsonb) ELSE result_data END,
              progress = CASE WHEN cancel_requested_at IS NULL THEN 100 ELSE progress END,
              error_message = NULL, error_kind = NULL, error_code = NULL,
              completed_at = now(), updated_at = now()
            FROM unnest(?::uuid[], ?::bigint[], ?::uuid[], ?::text[]) AS s (id, claim, worker_id, result)
            """ + FENCE.formatted("cancel_requested_at IS NULL");

    private static final String SETTLE =
            """
            WITH s AS MATERIALIZED (
              SELECT * FROM unnest(?::uuid[], ?::bigint[], ?::uuid[], ?::text[], ?::text[], ?::bigint[], ?::boolean[],
                ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
                AS s (id, claim, worker_id, result, status, delay, counts,
                reason, error_message, error_kind, error_code, exception_class, trace)
            ), settled AS (
              UPDATE {job} AS job SET
                status = CASE WHEN cancel_requested_at IS NULL THEN s.status ELSE 'cancelled' END,
                attempt = CASE WHEN s.counts OR cancel_requested_at IS NOT NULL THEN attempt ELSE attempt - 1 END,
                postponements = CASE WHEN s.reason IS NULL OR cancel_requested_at IS NOT NULL
                  THEN postponements ELSE postponements + 1 END,
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
            """ + FENCE.formatted("(cancel_requested_at IS NULL AND s.status <> 'failed')") + """
            , job.attempt, job.started_at
            ), history AS (
              INSERT INTO {job_failure} (job_id, claim, attempt, kind, code, message, exception_class, trace, worker_id,
                started_at, failed_at)
              SELECT s.id, s.claim, settled.attempt, s.error_kind, s.error_code, s.error_message, s.exception_class,
                s.trace, s.worker_id, settled.started_at, now()
              FROM settled JOIN s ON s.id = settled.id AND s.claim = settled.claim
              WHERE s.error_code IS NOT NULL AND settled.status <> 'cancelled'
            )
            SELECT id, claim, worker_id, status FROM settled""";

    private final FencedSettling fenced;
    private final String complete;
    private final String settle;

    PostgresSettling(Dialect dialect) {
        this.fenced = new FencedSettling(new Kin(dialect));
        this.complete = dialect.sql(COMPLETE);
        this.settle = dialect.sql(SETTLE);
    }

    List<Settled> settle(Database database, List<Settlement> settlements) {
        String what = "settle " + settlements.size() + (settlements.size() == 1 ? " job" : " jobs");
        Map<Claim, Settled> answers = new HashMap<>();
        List<Settlement> single = settlements.stream()
                .filter(settlement -> !(settlement instanceof Settlement.AwaitChildren))
                .sorted(LOCK_ORDER)
                .toList();
        if (!single.isEmpty()) {
            answers.putAll(database.once(what, session -> settleSingle(session, single)));
        }
        List<Settlement> rest = settlements.stream()
                .filter(settlement -> !answers.containsKey(settlement.claim()))
                .toList();
        if (!rest.isEmpty()) {
            List<Settled> others = settleRest(database, what, rest, !answers.isEmpty());
            for (int i = 0; i < rest.size(); i++) {
                answers.put(rest.get(i).claim(), others.get(i));
            }
        }
        return settlements.stream()
                .map(settlement -> answers.getOrDefault(settlement.claim(), Settled.LOST))
                .toList();
    }

    /** The first statement has been committed: what goes wrong now must not read as "nothing was changed". */
    private List<Settled> settleRest(Database database, String what, List<Settlement> rest, boolean someAreDone) {
        try {
            return database.transaction(what, session -> fenced.settle(session, rest));
        } catch (JobStoreException failed) {
            if (someAreDone && failed.kind() == JobStoreException.Kind.TRANSIENT) {
                throw new JobStoreException(
                        JobStoreException.Kind.UNKNOWN_OUTCOME,
                        "Could not " + what + ": all but " + rest.size() + " are settled; repeat the call for the rest",
                        failed);
            }
            throw failed;
        }
    }

    private Map<Claim, Settled> settleSingle(Session session, List<Settlement> settlements) throws SQLException {
        boolean allComplete = settlements.stream().allMatch(settlement -> settlement instanceof Settlement.Complete);
        Map<Claim, Settled> answers = new HashMap<>();
        session.query(
                allComplete ? complete : settle,
                binder -> {
                    bindClaims(binder, settlements);
                    if (!allComplete) {
                        bindRest(binder, settlements);
                    }
                },
                row -> answers.put(claim(row), answer(row.getString(4))));
        return answers;
    }

    private static Claim claim(ResultSet row) throws SQLException {
        return new Claim(row.getObject(1, UUID.class), row.getLong(2), row.getObject(3, UUID.class));
    }

    private static Settled answer(String status) {
        return status.equals(JobStatus.CANCELLED.text()) ? Settled.CANCELLED : Settled.APPLIED;
    }

    private static void bindClaims(Binder binder, List<Settlement> settlements) throws SQLException {
        binder.ids(settlements, settlement -> settlement.claim().jobId())
                .numbers(settlements, settlement -> settlement.claim().number())
                .ids(settlements, settlement -> settlement.claim().workerId())
                .texts(
                        settlements,
                        settlement -> settlement instanceof Settlement.Complete complete ? complete.result() : null);
    }

    private static void bindRest(Binder binder, List<Settlement> settlements) throws SQLException {
        List<Parts> parts = settlements.stream().map(Parts::of).toList();
        binder.texts(parts, part -> part.status().text())
                .numbers(parts, part -> part.delay() == null ? null : Binder.microsOf(part.delay()))
                .flags(parts, Parts::counts)
                .texts(parts, Parts::reason)
                .texts(parts, Parts.ofError(JobError::message))
                .texts(parts, Parts.ofError(error -> JobRows.text(error.kind())))
                .texts(parts, Parts.ofError(JobError::code))
                .texts(parts, Parts.ofError(JobError::exceptionClass))
                .texts(parts, Parts.ofError(JobError::trace));
    }

    /** A settlement taken apart into columns. */
    private record Parts(
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
