package io.forthwith.jdbc.internal.operations;

import io.forthwith.JobStep;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.CarriedSqlException;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.rules.StepRule;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Records durable steps. Every write first locks the row of the job. The transaction that ends the job locks the same
 * row and hands over its steps: so it either sees the write, or the write is refused. Immutable and thread-safe.
 */
public class RecordSteps {
    private final JobRowReader rows;
    private final FamilyLocks locks;
    private final StatementText steps;
    private final StatementText begin;
    private final StatementText withUndo;
    private final StatementText finish;
    private final StatementText undone;

    public RecordSteps(SqlDialect dialect, JobRowReader rows, FamilyLocks locks) {
        this.rows = rows;
        this.locks = locks;
        this.steps = dialect.sql(
                "SELECT " + JobRowReader.STEP_COLUMNS + " FROM {job_step} WHERE {among job_id}" + " ORDER BY position");
        this.begin = dialect.sql("""
                INSERT INTO {job_step} (job_id, claim, name, part, position, has_undo, started_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)""");
        this.withUndo = dialect.sql(
                "UPDATE {job_step} SET has_undo = TRUE WHERE job_id = ? AND claim = ? AND name = ? AND part = ?");
        this.finish = dialect.sql("""
                UPDATE {job_step} SET result_data = {json}, finished_at = ?
                WHERE job_id = ? AND claim = ? AND name = ? AND part = ?""");
        this.undone = dialect.sql("""
                UPDATE {job_step} SET undone_at = ? WHERE job_id = ? AND claim = ? AND name = ? AND part = ?""");
    }

    public StepBegun begin(Database database, Claim claim, StepName name, boolean hasUndo) {
        return database.transaction(
                "begin step " + name + " of job " + claim.jobId(), session -> begin(session, claim, name, hasUndo));
    }

    public Settled finish(Database database, Claim claim, StepName name, @Nullable String result) {
        return database.transaction(
                "finish step " + name + " of job " + claim.jobId(), session -> finish(session, claim, name, result));
    }

    public final Settled undone(Database database, Claim undo, JobStep step) {
        return database.transaction("note that " + step + " is undone", session -> undone(session, undo, step));
    }

    public final List<JobStep> steps(Session session, UUID jobId) throws SQLException {
        return session.query(steps, binder -> binder.among(Set.of(jobId)), rows::step);
    }

    private StepBegun begin(Session session, Claim claim, StepName name, boolean hasUndo) throws SQLException {
        LockedJobs locked = locks.lockOnly(session, Set.of(claim.jobId()));
        StepRule.BeginVerdict verdict = CarriedSqlException.unpacked(() -> StepRule.begin(
                locked.get(claim.jobId()),
                claim,
                name,
                hasUndo,
                () -> stepsWithin(session, claim.jobId()),
                locked.transitions()));
        if (verdict.job() != null) {
            locked.put(verdict.job());
            locked.write();
        }
        JobStep step = verdict.step();
        if (step != null && verdict.answer().outcome() == Settled.APPLIED) {
            insert(session, step);
        } else if (step != null) {
            session.update(withUndo, binder -> bindKey(binder, step));
        }
        return verdict.answer();
    }

    private void insert(Session session, JobStep step) throws SQLException {
        session.update(
                begin,
                binder -> binder.id(step.jobId())
                        .number(step.claim())
                        .text(step.name())
                        .text(step.part())
                        .number(step.position())
                        .flag(step.hasUndo())
                        .time(step.startedAt()));
    }

    private Settled finish(Session session, Claim claim, StepName name, @Nullable String result) throws SQLException {
        LockedJobs locked = locks.lockOnly(session, Set.of(claim.jobId()));
        StepRule.Verdict verdict = CarriedSqlException.unpacked(() -> StepRule.finish(
                locked.get(claim.jobId()),
                claim,
                name,
                result,
                () -> stepsWithin(session, claim.jobId()),
                locked.transitions()));
        JobStep finished = verdict.step();
        if (finished != null) {
            session.update(finish, binder -> {
                binder.text(finished.result()).time(finished.finishedAt());
                bindKey(binder, finished);
            });
        }
        return verdict.answer();
    }

    private Settled undone(Session session, Claim undo, JobStep step) throws SQLException {
        LockedJobs locked = locks.lockOnly(session, Set.of(undo.jobId()));
        StepRule.Verdict verdict = CarriedSqlException.unpacked(() -> StepRule.undone(
                locked.get(undo.jobId()), undo, step, () -> stepsWithin(session, step.jobId()), locked.transitions()));
        JobStep done = verdict.step();
        if (done != null) {
            session.update(undone, binder -> {
                binder.time(done.undoneAt());
                bindKey(binder, done);
            });
        }
        return verdict.answer();
    }

    private List<JobStep> stepsWithin(Session session, UUID jobId) {
        return CarriedSqlException.carried(() -> steps(session, jobId));
    }

    private static void bindKey(Binder binder, JobStep step) throws SQLException {
        binder.id(step.jobId()).number(step.claim()).text(step.name()).text(step.part());
    }
}
