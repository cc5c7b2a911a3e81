package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.family.LocksNeeded;
import io.forthwith.jdbc.internal.operations.SettleInTransaction;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.SettleRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Settles the jobs of a batch. Thread-safe.
 *
 * <p>Jobs without relatives need one statement for all of them, whatever becomes of them; a second one if some of
 * them are to be deleted. Completed children need one statement, and a transaction that looks at their parents.
 * {@link SettleInTransaction} settles the rest: children that fail, predecessors, jobs that leave steps to undo, undo
 * jobs, and jobs whose claim no longer holds.
 *
 * <p>The arrays are sorted by id, and the planner walks them in the outer loop over the primary key, so rows are
 * locked in the order of their ids. Two things keep the planner from worse plans. It does not see the value with
 * which the status is compared; otherwise it would use the index of running jobs, which is full of dead entries after
 * a few seconds of work. And it does not see the length of the arrays; otherwise it would read the whole table for a
 * large batch.
 */
final class PostgresSettle {
    private static final Comparator<Settlement> LOCK_ORDER =
            Comparator.comparing(settlement -> settlement.claim().jobId(), IdOrder.ASCENDING);

    private static final String FENCE = """
            WHERE job.id = s.id AND job.claim = s.claim AND job.worker_id = s.worker_id
              AND job.status = (SELECT 'processing') AND %s
              AND job.sealed IS NULL AND job.on_predecessor_failure IS NULL AND NOT job.has_successors
              AND job.undoes IS NULL AND (NOT job.has_undo OR %s)
            RETURNING job.id, job.claim, job.worker_id, job.status, job.parent_id""";

    private static final String COMPLETE_ALL = """
            UPDATE {job} AS job SET
              status = CASE WHEN cancel_requested_at IS NULL THEN 'completed' ELSE 'cancelled' END,
              result_data = CASE WHEN cancel_requested_at IS NULL THEN CAST(s.result AS jsonb) ELSE result_data END,
              progress = CASE WHEN cancel_requested_at IS NULL THEN 100 ELSE progress END,
              error_message = NULL, error_kind = NULL, error_code = NULL,
              completed_at = now(), updated_at = now()
            FROM unnest((SELECT ?::uuid[]), (SELECT ?::bigint[]), (SELECT ?::uuid[]), (SELECT ?::text[]))
              AS s (id, claim, worker_id, result)
            """;

    private static final String COMPLETE =
            COMPLETE_ALL + FENCE.formatted("job.parent_id IS NULL", "cancel_requested_at IS NULL");

    /** Also children, except finishers. A job whose cancellation was requested may change others, so it is left out. */
    private static final String COMPLETE_CHILDREN = COMPLETE_ALL
            + FENCE.formatted(
                    "coalesce(job.position, 1) > 0 AND job.cancel_requested_at IS NULL", "cancel_requested_at IS NULL");

    /**
     * Deletes their failed attempts as well; a job at its first claim has none. Bounds and orders keep the planner on
     * the indexes of steps and attempts, also if one job has nearly all rows.
     */
    private static final String DELETE = """
            WITH gone AS (
              DELETE FROM {job} AS job
              USING unnest((SELECT ?::uuid[]), (SELECT ?::bigint[]), (SELECT ?::uuid[])) AS s (id, claim, worker_id)
            """ + FENCE.formatted("""
                    job.parent_id IS NULL AND job.cancel_requested_at IS NULL
                      AND (SELECT step.job_id FROM {job_step} step WHERE step.job_id >= job.id AND step.job_id <= job.id
                        ORDER BY step.job_id LIMIT 1) IS NULL""", "FALSE") + """
            ), history AS (
              DELETE FROM {job_failure} WHERE job_id = ANY(ARRAY(SELECT id FROM gone WHERE claim > 1))
                AND job_id >= (SELECT id FROM gone ORDER BY id LIMIT 1)
                AND job_id <= (SELECT id FROM gone ORDER BY id DESC LIMIT 1)
            )
            SELECT id, claim, worker_id FROM gone""";

    private static final String SETTLE = """
            WITH s AS MATERIALIZED (
              SELECT * FROM unnest((SELECT ?::uuid[]), (SELECT ?::bigint[]), (SELECT ?::uuid[]), (SELECT ?::text[]),
                (SELECT ?::text[]), (SELECT ?::bigint[]), (SELECT ?::boolean[]), (SELECT ?::text[]), (SELECT ?::text[]),
                (SELECT ?::text[]), (SELECT ?::text[]), (SELECT ?::text[]), (SELECT ?::text[]))
                AS s (id, claim, worker_id, result, status, delay, counts,
                reason, error_message, error_kind, error_code, exception_class, trace)
            ), settled AS (
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
            + FENCE.formatted("job.parent_id IS NULL", "(cancel_requested_at IS NULL AND s.status <> 'failed')") + """
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

    private final FamilyLocks locks;
    private final SettleInTransaction inTransaction;
    private final StatementText complete;
    private final StatementText completeChildren;
    private final StatementText delete;
    private final StatementText settle;
    /**
     * Whether most jobs of the last batch were children. Then children are tried first: the next batch is likely to
     * be similar.
     */
    private volatile boolean areMostlyChildren;

    PostgresSettle(SqlDialect dialect, FamilyLocks locks, SettleInTransaction inTransaction) {
        this.locks = locks;
        this.inTransaction = inTransaction;
        this.complete = dialect.sql(COMPLETE);
        this.completeChildren = dialect.sql(COMPLETE_CHILDREN);
        this.delete = dialect.sql(DELETE);
        this.settle = dialect.sql(SETTLE);
    }

    AnswerWithNotices<List<Settled>> settle(Database database, List<Settlement> settlements) {
        Batch batch = new Batch(database, settlements);
        int deleted = batch.delete();
        if (areMostlyChildren) {
            int all = batch.settleChildren();
            int single = batch.settleSingle() + deleted;
            areMostlyChildren = 2 * batch.children > all + single;
        } else {
            int single = batch.settleSingle() + deleted;
            batch.settleChildren();
            areMostlyChildren = batch.children > single;
        }
        batch.settleRest();
        return batch.answer();
    }

    /** The settlements of one call and their answers so far. Not thread-safe. */
    private final class Batch {
        private final Database database;
        private final String what;
        private final List<Settlement> all;
        private final Map<Claim, Settled> answers = new HashMap<>();
        private final List<Claim> toCancel = new ArrayList<>();
        private boolean hasReleased;
        private int children;

        Batch(Database database, List<Settlement> all) {
            this.database = database;
            this.all = all;
            this.what = "settle " + all.size() + (all.size() == 1 ? " job" : " jobs");
        }

        AnswerWithNotices<List<Settled>> answer() {
            return new AnswerWithNotices<>(
                    all.stream()
                            .map(settlement -> answers.getOrDefault(settlement.claim(), Settled.LOST))
                            .toList(),
                    toCancel,
                    hasReleased);
        }

        /** Deletes jobs that no other job depends on, with one statement. */
        int delete() {
            List<Settlement> toDelete = open(SettleRule::asksToDelete);
            if (toDelete.isEmpty()) {
                return 0;
            }
            database.once(
                            what,
                            session -> session.query(
                                    delete, binder -> bindClaims(binder, toDelete), PostgresSettle::claim))
                    .forEach(claim -> answers.put(claim, Settled.APPLIED));
            return answers.size();
        }

        /** Settles jobs without relatives with one statement. */
        int settleSingle() {
            List<Settlement> single = open(settlement -> !(settlement instanceof Settlement.AwaitChildren));
            if (single.isEmpty()) {
                return 0;
            }
            Map<Claim, Settled> settled = afterOthers(
                    () -> database.once(what, session -> PostgresSettle.this.settleSingle(session, single)));
            answers.putAll(settled);
            return settled.size();
        }

        /** Completes children with one statement, before their parents are locked and looked at. */
        int settleChildren() {
            List<Settlement> completed = open(settlement -> settlement instanceof Settlement.Complete);
            if (completed.isEmpty()) {
                return 0;
            }
            Map<Claim, UUID> parents = new HashMap<>();
            try {
                int settled = count(afterOthers(
                        () -> database.transaction(what, session -> complete(session, completed, parents))));
                children = parents.size();
                return settled;
            } catch (LocksNeeded more) {
                // Rolled back: the rest of the family has to be locked together with them.
                return 0;
            }
        }

        void settleRest() {
            List<Settlement> rest = open(settlement -> true);
            if (!rest.isEmpty()) {
                AnswerWithNotices<List<Settled>> settled = afterOthers(() -> inTransaction.settle(database, rest));
                Map<Claim, Settled> each = new HashMap<>();
                for (int i = 0; i < rest.size(); i++) {
                    each.put(rest.get(i).claim(), settled.answer().get(i));
                }
                count(settled.answering(each));
            }
        }

        private List<Settlement> open(Predicate<Settlement> which) {
            return all.stream()
                    .filter(settlement -> !answers.containsKey(settlement.claim()) && which.test(settlement))
                    .sorted(LOCK_ORDER)
                    .toList();
        }

        private int count(AnswerWithNotices<Map<Claim, Settled>> settled) {
            answers.putAll(settled.answer());
            toCancel.addAll(settled.toCancel());
            hasReleased |= settled.hasReleased();
            return settled.answer().size();
        }

        /** Earlier statements of the call are committed: a failure now must not say "nothing was changed". */
        private <T> T afterOthers(Supplier<T> next) {
            try {
                return next.get();
            } catch (JobStoreException failed) {
                if (!answers.isEmpty() && failed.kind() == JobStoreException.Kind.TRANSIENT) {
                    throw new JobStoreException(
                            JobStoreException.Kind.UNKNOWN_OUTCOME,
                            "Could not " + what + ": " + answers.size()
                                    + " of them are settled; repeat the call for the rest",
                            failed);
                }
                throw failed;
            }
        }
    }

    /**
     * @param parents receives the parents of the jobs that have one
     */
    private AnswerWithNotices<Map<Claim, Settled>> complete(
            Session session, List<Settlement> completed, Map<Claim, UUID> parents) throws SQLException {
        Map<Claim, Settled> answers = new HashMap<>();
        parents.clear();
        session.query(completeChildren, binder -> bindResults(bindClaims(binder, completed), completed), row -> {
            Claim claim = claim(row);
            UUID parent = row.getObject(5, UUID.class);
            if (parent != null) {
                parents.put(claim, parent);
            }
            return answers.put(claim, Settled.APPLIED);
        });
        if (parents.isEmpty()) {
            return AnswerWithNotices.withoutNotices(answers);
        }
        LockedJobs locked = locks.lock(session, new HashSet<>(parents.values()), Set.of());
        for (Settlement settlement : completed) {
            UUID parent = parents.get(settlement.claim());
            if (parent != null) {
                locked.cascade().completedChildOf(parent, settlement.locale());
            }
        }
        locked.end();
        return locked.committed(answers);
    }

    private Map<Claim, Settled> settleSingle(Session session, List<Settlement> settlements) throws SQLException {
        boolean allComplete = settlements.stream().allMatch(settlement -> settlement instanceof Settlement.Complete);
        Map<Claim, Settled> answers = new HashMap<>();
        session.query(
                allComplete ? complete : settle,
                binder -> {
                    bindResults(bindClaims(binder, settlements), settlements);
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

    private static Binder bindClaims(Binder binder, List<Settlement> settlements) throws SQLException {
        return binder.ids(settlements, settlement -> settlement.claim().jobId())
                .numbers(settlements, settlement -> settlement.claim().number())
                .ids(settlements, settlement -> settlement.claim().workerId());
    }

    private static Binder bindResults(Binder binder, List<Settlement> settlements) throws SQLException {
        return binder.texts(
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
                .texts(parts, Parts.ofError(error -> JobRowReader.text(error.kind())))
                .texts(parts, Parts.ofError(JobError::code))
                .texts(parts, Parts.ofError(JobError::exceptionClass))
                .texts(parts, Parts.ofError(JobError::trace));
    }

    /** The columns of a settlement. */
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
