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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Records durable steps. Every write first locks the row of the job. The transaction that ends the job locks the same
 * row and hands over its steps: so it either sees the write, or the write is refused. Immutable and thread-safe.
 */
public class RecordSteps {
    /** With more claims than this one statement reads all steps of the job; the server returns the few. */
    private static final int MOST_LOOKS = 8;

    private final JobRowReader rows;
    private final FamilyLocks locks;
    private final StepCache memory;
    private final StatementText steps;
    private final StatementText step;
    private final StatementText named;
    private final StatementText begin;
    private final StatementText replace;
    private final StatementText finish;
    private final StatementText undone;

    public RecordSteps(SqlDialect dialect, JobRowReader rows, FamilyLocks locks) {
        this.rows = rows;
        this.locks = locks;
        this.memory = new StepCache(dialect);
        String select = "SELECT " + JobRowReader.STEP_COLUMNS + " FROM {job_step} ";
        this.steps = dialect.sql(select + "WHERE {among job_id} ORDER BY position");
        this.step = dialect.sql(select + "WHERE job_id = ? AND claim = ? AND name = ? AND part = ?");
        this.named = dialect.sql(select + "WHERE {among job_id} AND name = ? AND part = ?");
        this.begin = dialect.sql("""
                INSERT INTO {job_step} (job_id, claim, name, part, position, has_undo, started_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)""");
        this.replace = dialect.sql("""
                UPDATE {job_step} SET has_undo = ?, result_data = {json}, started_at = ?, finished_at = ?
                WHERE job_id = ? AND claim = ? AND name = ? AND part = ?""");
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

    /** What this process remembers of the steps that ran under a claim. */
    protected final StepCache.OfClaim remembered(Session session, Claim claim) throws SQLException {
        return memory.of(session, claim);
    }

    private StepBegun begin(Session session, Claim claim, StepName name, boolean hasUndo) throws SQLException {
        LockedJobs locked = locks.lockOnly(session, Set.of(claim.jobId()));
        StepRule.BeginVerdict verdict = CarriedSqlException.unpacked(() -> StepRule.begin(
                locked.get(claim.jobId()), claim, name, hasUndo, new Stored(session, claim), locked.transitions()));
        if (verdict.job() != null) {
            locked.put(verdict.job());
            locked.write();
        }
        locked.hold();
        JobStep step = verdict.step();
        if (step != null && verdict.replaced() == null) {
            insert(session, step);
            remembered(session, claim).begun(step.claim());
        } else if (step != null) {
            replace(session, step);
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

    private void replace(Session session, JobStep step) throws SQLException {
        session.update(replace, binder -> {
            binder.flag(step.hasUndo())
                    .text(step.result())
                    .time(step.startedAt())
                    .time(step.finishedAt());
            bindKey(binder, step);
        });
    }

    private Settled finish(Session session, Claim claim, StepName name, @Nullable String result) throws SQLException {
        LockedJobs locked = locks.lockOnly(session, Set.of(claim.jobId()));
        StepRule.Verdict verdict = CarriedSqlException.unpacked(() -> StepRule.finish(
                locked.get(claim.jobId()), claim, name, result, new Stored(session, claim), locked.transitions()));
        locked.hold();
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
                locked.get(undo.jobId()),
                undo,
                step,
                () -> CarriedSqlException.carried(() -> read(session, step.jobId(), step.claim(), StepName.of(step))),
                locked.transitions()));
        locked.hold();
        JobStep done = verdict.step();
        if (done != null) {
            session.update(undone, binder -> {
                binder.time(done.undoneAt());
                bindKey(binder, done);
            });
        }
        return verdict.answer();
    }

    private List<JobStep> read(Session session, UUID jobId, long claim, StepName name) throws SQLException {
        return session.query(
                step, binder -> binder.id(jobId).number(claim).text(name.step()).text(name.part()), rows::step);
    }

    private static void bindKey(Binder binder, JobStep step) throws SQLException {
        binder.id(step.jobId()).number(step.claim()).text(step.name()).text(step.part());
    }

    /** The steps of a job as they are stored. The row of the job is locked, so no other transaction adds one. */
    private final class Stored implements StepRule.Steps {
        private final Session session;
        private final Claim claim;

        Stored(Session session, Claim claim) {
            this.session = session;
            this.claim = claim;
        }

        @Override
        public List<JobStep> named(StepName name) {
            return CarriedSqlException.carried(() -> find(name));
        }

        private List<JobStep> find(StepName name) throws SQLException {
            UUID jobId = claim.jobId();
            List<Long> claims = remembered(session, claim).claims();
            if (claims.size() > MOST_LOOKS) {
                return session.query(
                        named,
                        binder -> binder.among(Set.of(jobId)).text(name.step()).text(name.part()),
                        rows::step);
            }
            List<JobStep> found = new ArrayList<>();
            for (long under : claims) {
                found.addAll(read(session, jobId, under, name));
            }
            return found;
        }

        @Override
        public int lastPosition() {
            return CarriedSqlException.carried(() -> remembered(session, claim).next() - 1);
        }
    }
}
