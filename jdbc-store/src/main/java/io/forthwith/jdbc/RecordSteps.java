package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobStep;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.rules.Transitions;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Durable steps. Each write first locks the job's row, which is what ends the job and hands its steps over: what is written
 * here is either seen by that or refused.
 */
class RecordSteps {
    private final JobRowReader rows;
    private final FamilyLocks locks;
    private final SqlStatement steps;
    private final SqlStatement begin;
    private final SqlStatement withUndo;
    private final SqlStatement finish;
    private final SqlStatement undone;

    RecordSteps(SqlDialect dialect, JobRowReader rows, FamilyLocks locks) {
        this.rows = rows;
        this.locks = locks;
        this.steps = dialect.sql("SELECT " + JobRowReader.STEP_COLUMNS + " FROM {job_step} WHERE {among job_id}" + " ORDER BY position");
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
        return session.query(steps, binder -> binder.among(Set.of(jobId)), rows::step);
    }

    private StepBegun begin(Session session, Claim claim, StepName name, boolean hasUndo) throws SQLException {
        LockedJobs locked = locks.lockOnly(session, Set.of(claim.jobId()));
        Job job = locked.get(claim.jobId());
        Optional<StepBegun> refused = Transitions.refusedStep(job, claim);
        if (job == null || refused.isPresent()) {
            return refused.orElse(StepBegun.refused(Settled.LOST));
        }
        List<JobStep> all = steps(session, job.id());
        Optional<JobStep> standing = standing(all, name);
        if (hasUndo && !job.hasUndo()) {
            locked.put(locked.transitions().withUndo(job));
            locked.write();
        }
        if (standing.isPresent()) {
            return new StepBegun(Settled.ALREADY_APPLIED, known(session, standing.get(), hasUndo));
        }
        JobStep step = locked.transitions().begin(claim, name, hasUndo, all.size());
        session.update(
                begin,
                binder -> binder.id(step.jobId())
                        .number(step.claim())
                        .text(step.name())
                        .text(step.part())
                        .number(step.position())
                        .flag(hasUndo)
                        .time(step.startedAt()));
        return new StepBegun(Settled.APPLIED, step);
    }

    /** The undo may have come with a new version of the processor. */
    private JobStep known(Session session, JobStep standing, boolean hasUndo) throws SQLException {
        if (!hasUndo || standing.hasUndo()) {
            return standing;
        }
        session.update(withUndo, binder -> bindKey(binder, standing));
        return Transitions.withUndo(standing);
    }

    private Settled finish(Session session, Claim claim, StepName name, @Nullable String result) throws SQLException {
        LockedJobs locked = locks.lockOnly(session, Set.of(claim.jobId()));
        if (Transitions.refusal(locked.get(claim.jobId()), claim).isPresent()) {
            return Settled.LOST;
        }
        Optional<JobStep> standing = standing(steps(session, claim.jobId()), name);
        if (standing.isEmpty() || standing.get().isFinished()) {
            return standing.isEmpty() ? Settled.LOST : Settled.ALREADY_APPLIED;
        }
        JobStep finished = locked.transitions().finish(standing.get(), result);
        session.update(finish, binder -> {
            binder.text(result).time(finished.finishedAt());
            bindKey(binder, finished);
        });
        return Settled.APPLIED;
    }

    private Settled undone(Session session, Claim undo, JobStep step) throws SQLException {
        LockedJobs locked = locks.lockOnly(session, Set.of(undo.jobId()));
        if (Transitions.refusal(locked.get(undo.jobId()), undo).isPresent()) {
            return Settled.LOST;
        }
        Optional<JobStep> mine = steps(session, step.jobId()).stream()
                .filter(each -> each.key().equals(step.key()) && undo.jobId().equals(each.undoJobId()))
                .findFirst();
        if (mine.isEmpty() || mine.get().undoneAt() != null) {
            return mine.isEmpty() ? Settled.LOST : Settled.ALREADY_APPLIED;
        }
        JobStep done = locked.transitions().undone(mine.get());
        session.update(undone, binder -> {
            binder.time(done.undoneAt());
            bindKey(binder, done);
        });
        return Settled.APPLIED;
    }

    private static void bindKey(Binder binder, JobStep step) throws SQLException {
        binder.id(step.jobId()).number(step.claim()).text(step.name()).text(step.part());
    }

    private static Optional<JobStep> standing(List<JobStep> all, StepName name) {
        return all.stream()
                .filter(step -> step.stands() && StepName.of(step).equals(name))
                .findFirst();
    }
}
