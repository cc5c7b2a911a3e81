package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.operations.RecordSteps;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Begins and finishes steps with one statement each. If the statement writes nothing, a transaction finds out why.
 * Immutable and thread-safe.
 *
 * <p>The statement locks the row of the job itself. If it has to wait for a transaction that ends the job, PostgreSQL
 * reads the new row before it goes on, and finds that the claim no longer holds.
 */
public final class PostgresRecordSteps extends RecordSteps {
    private static final String HELD = "id = ? AND claim = ? AND worker_id = ? AND status = 'processing'";

    private final JobRowReader rows;
    private final StatementText begin;
    private final StatementText finish;

    PostgresRecordSteps(SqlDialect dialect, JobRowReader rows, FamilyLocks locks) {
        super(dialect, rows, locks);
        this.rows = rows;
        this.begin = dialect.sql("""
                WITH held AS (
                  UPDATE {job} AS job SET has_undo = has_undo OR ?, updated_at = now()
                  WHERE %s AND cancel_requested_at IS NULL
                    AND NOT EXISTS (SELECT 1 FROM {job_step} s
                      WHERE s.job_id = job.id AND s.name = ? AND s.part = ? AND s.undo_job_id IS NULL)
                  RETURNING id, claim)
                INSERT INTO {job_step} (job_id, claim, name, part, has_undo, started_at, position)
                SELECT id, claim, ?, ?, ?, now(), (
                  SELECT count(*) + 1 FROM {job_step} s WHERE s.job_id >= held.id AND s.job_id <= held.id)
                FROM held ON CONFLICT DO NOTHING
                RETURNING %s""".formatted(HELD, JobRowReader.STEP_COLUMNS));
        this.finish = dialect.sql("""
                WITH held AS MATERIALIZED (SELECT id FROM {job} WHERE %s FOR UPDATE)
                UPDATE {job_step} SET result_data = {json}, finished_at = now()
                WHERE job_id = (SELECT id FROM held) AND name = ? AND part = ?
                  AND undo_job_id IS NULL AND finished_at IS NULL""".formatted(HELD));
    }

    @Override
    public StepBegun begin(Database database, Claim claim, StepName name, boolean hasUndo) {
        return database.once(
                        "begin step " + name + " of job " + claim.jobId(),
                        session -> session.first(
                                begin,
                                binder -> bindClaim(binder.flag(hasUndo), claim)
                                        .text(name.step())
                                        .text(name.part())
                                        .text(name.step())
                                        .text(name.part())
                                        .flag(hasUndo),
                                rows::step))
                .map(step -> new StepBegun(Settled.APPLIED, step))
                .orElseGet(() -> super.begin(database, claim, name, hasUndo));
    }

    @Override
    public Settled finish(Database database, Claim claim, StepName name, @Nullable String result) {
        int written = database.once(
                "finish step " + name + " of job " + claim.jobId(),
                session -> session.update(
                        finish,
                        binder -> bindClaim(binder, claim)
                                .text(result)
                                .text(name.step())
                                .text(name.part())));
        return written == 1 ? Settled.APPLIED : super.finish(database, claim, name, result);
    }

    private static Binder bindClaim(Binder binder, Claim claim) throws SQLException {
        return binder.id(claim.jobId()).number(claim.number()).id(claim.workerId());
    }
}
