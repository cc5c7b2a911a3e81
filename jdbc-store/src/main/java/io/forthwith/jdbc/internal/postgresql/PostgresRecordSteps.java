package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobStep;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.operations.RecordSteps;
import io.forthwith.jdbc.internal.operations.StepCache;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Begins and finishes steps with one statement each. If the statement writes nothing, a transaction finds out why.
 * Immutable and thread-safe.
 *
 * <p>The statement locks the row of the job itself. If it has to wait for a transaction that ends the job, PostgreSQL
 * reads the new row before it goes on, and finds that the claim no longer holds.
 *
 * <p>A step that was begun before writes nothing, and yet has to wait for a synchronous standby: the first answer may have been lost.
 *
 * <p>A step is looked up claim by claim, each time by the whole primary key: a list of claims would make the planner
 * read the table while it takes it for small, and it may keep that plan. The claims are a sub-select: if the planner
 * saw them, it would plan every call again.
 */
public final class PostgresRecordSteps extends RecordSteps {
    private static final String HELD =
            "id = ? AND claim = ? AND worker_id = ? AND started_at = ? AND status = 'processing'";

    private final JobRowReader rows;
    private final StatementText begin;
    private final StatementText finish;

    PostgresRecordSteps(SqlDialect dialect, JobRowReader rows, FamilyLocks locks) {
        super(dialect, rows, locks);
        this.rows = rows;
        this.begin = dialect.sql("""
                WITH known AS MATERIALIZED (
                  SELECT s.* FROM unnest((SELECT ?::bigint[])) AS tried (number) CROSS JOIN LATERAL (
                    SELECT %2$s FROM {job_step}
                    WHERE job_id = ? AND claim = number AND name = ? AND part = ? AND undo_job_id IS NULL LIMIT 1) AS s
                ), held AS (
                  UPDATE {job} AS job SET has_undo = has_undo OR ?, updated_at = now()
                  WHERE %1$s AND cancel_requested_at IS NULL AND NOT EXISTS (SELECT FROM known)
                  RETURNING id, claim
                ), begun AS (
                  INSERT INTO {job_step} (job_id, claim, name, part, has_undo, started_at, position)
                  SELECT id, claim, ?, ?, ?, now(), ? FROM held ON CONFLICT DO NOTHING
                  RETURNING %2$s)
                SELECT %2$s, true, NULL::pg_lsn FROM begun
                UNION ALL
                SELECT %2$s, false, %3$s FROM known AS k WHERE (k.has_undo OR NOT ?) AND EXISTS (
                  SELECT FROM {job} WHERE %1$s AND cancel_requested_at IS NULL AND (has_undo OR NOT ?)
                    AND created_at <= k.started_at)
                """.formatted(HELD, JobRowReader.STEP_COLUMNS, PostgresDialect.AWAIT_STANDBYS));
        this.finish = dialect.sql("""
                WITH held AS MATERIALIZED (SELECT id FROM {job} WHERE %s FOR UPDATE
                ), known AS MATERIALIZED (
                  SELECT s.claim FROM unnest((SELECT ?::bigint[])) AS tried (number) CROSS JOIN LATERAL (
                    SELECT claim FROM {job_step}
                    WHERE job_id = ? AND claim = number AND name = ? AND part = ? AND undo_job_id IS NULL LIMIT 1) AS s)
                UPDATE {job_step} SET result_data = {json}, finished_at = now()
                WHERE job_id = (SELECT id FROM held) AND claim = (SELECT claim FROM known LIMIT 1)
                  AND name = ? AND part = ? AND undo_job_id IS NULL AND finished_at IS NULL""".formatted(HELD));
    }

    @Override
    public StepBegun begin(Database database, Claim claim, StepName name, boolean hasUndo) {
        return database.once(
                        "begin step " + name + " of job " + claim.jobId(),
                        session -> begin(session, claim, name, hasUndo))
                .orElseGet(() -> super.begin(database, claim, name, hasUndo));
    }

    private Optional<StepBegun> begin(Session session, Claim claim, StepName name, boolean hasUndo)
            throws SQLException {
        StepCache.OfClaim memory = remembered(session, claim);
        int position = memory.next();
        Optional<StepBegun> answer = session.first(
                begin,
                binder -> {
                    bindKnown(binder, memory, claim, name);
                    bindName(bindClaim(binder.flag(hasUndo), claim), name)
                            .flag(hasUndo)
                            .number(position);
                    bindClaim(binder.flag(hasUndo), claim).flag(hasUndo);
                },
                this::begun);
        if (answer.isEmpty() || answer.get().outcome() != Settled.APPLIED) {
            memory.giveBack(position);
        }
        return answer;
    }

    private @Nullable StepBegun begun(ResultSet row) throws SQLException {
        JobStep step = rows.step(row);
        boolean isNew = row.getBoolean(JobRowReader.STEP_COUNT + 1);
        return step == null ? null : new StepBegun(isNew ? Settled.APPLIED : Settled.ALREADY_APPLIED, step);
    }

    @Override
    public Settled finish(Database database, Claim claim, StepName name, @Nullable String result) {
        int written = database.once("finish step " + name + " of job " + claim.jobId(), session -> {
            StepCache.OfClaim memory = remembered(session, claim);
            return session.update(finish, binder -> {
                bindKnown(bindClaim(binder, claim), memory, claim, name).text(result);
                bindName(binder, name);
            });
        });
        return written == 1 ? Settled.APPLIED : super.finish(database, claim, name, result);
    }

    private static Binder bindKnown(Binder binder, StepCache.OfClaim memory, Claim claim, StepName name)
            throws SQLException {
        return bindName(binder.numbers(memory.claims(), number -> number).id(claim.jobId()), name);
    }

    private static Binder bindName(Binder binder, StepName name) throws SQLException {
        return binder.text(name.step()).text(name.part());
    }

    private static Binder bindClaim(Binder binder, Claim claim) throws SQLException {
        return binder.id(claim.jobId())
                .number(claim.number())
                .id(claim.workerId())
                .time(claim.startedAt());
    }
}
