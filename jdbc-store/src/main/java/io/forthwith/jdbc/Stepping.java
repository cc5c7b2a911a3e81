package io.forthwith.jdbc;

import io.forthwith.JobStep;
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
 * Durable steps. Each write first locks the job's row, which is what ends the job and hands its steps over: what is written
 * here is either seen by that or refused.
 */
class Stepping {
    private final Dialect dialect;
    private final Kin kin;
    private final String steps;
    private final String begin;
    private final String withUndo;
    private final String finish;
    private final String undone;

    Stepping(Dialect dialect, Kin kin) {
        this.dialect = dialect;
        this.kin = kin;
        this.steps = dialect.sql("SELECT " + JobRows.STEP_COLUMNS + " FROM {job_step} WHERE " + Dialect.among("job_id")
                + " ORDER BY position");
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

    StepBegun begin(Database database, Claim claim, StepName name, boolean hasUndo) {
        return database.transaction(
                "begin step " + name + " of job " + claim.jobId(), session -> begin(session, claim, name, hasUndo));
    }

    Settled finish(Database database, Claim claim, StepName name, @Nullable String result) {
        return database.transaction(
                "finish step " + name + " of job " + claim.jobId(), session -> finish(session, claim, name, result));
    }

    final Settled undone(Database database, Claim undo, JobStep step) {
        return database.transaction("note that " + step + " is undone", session -> undone(session, undo, step));
    }

    final List<JobStep> steps(Session session, UUID jobId) throws SQLException {
        return session.query(steps, binder -> binder.among(Set.of(jobId)), dialect.rows()::step);
    }

    private StepBegun begin(Session session, Claim claim, StepName name, boolean hasUndo) throws SQLException {
        Changes changes = kin.lockOnly(session, Set.of(claim.jobId()));
        StepRule.BeginVerdict verdict = SqlTrouble.unpacked(() -> StepRule.begin(
                changes.get(claim.jobId()),
                claim,
                name,
                hasUndo,
                () -> stepsWithin(session, claim.jobId()),
                changes.moves()));
        if (verdict.job() != null) {
            changes.put(verdict.job());
            changes.write();
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
        Changes changes = kin.lockOnly(session, Set.of(claim.jobId()));
        StepRule.Verdict verdict = SqlTrouble.unpacked(() -> StepRule.finish(
                changes.get(claim.jobId()),
                claim,
                name,
                result,
                () -> stepsWithin(session, claim.jobId()),
                changes.moves()));
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
        Changes changes = kin.lockOnly(session, Set.of(undo.jobId()));
        StepRule.Verdict verdict = SqlTrouble.unpacked(() -> StepRule.undone(
                changes.get(undo.jobId()), undo, step, () -> stepsWithin(session, step.jobId()), changes.moves()));
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
        return SqlTrouble.carried(() -> steps(session, jobId));
    }

    private static void bindKey(Binder binder, JobStep step) throws SQLException {
        binder.id(step.jobId()).number(step.claim()).text(step.name()).text(step.part());
    }
}
