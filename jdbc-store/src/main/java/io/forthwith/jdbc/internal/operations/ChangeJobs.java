package io.forthwith.jdbc.internal.operations;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedAndBusyJobs;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.rules.ChangeRule;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Changes the time, the priority and the queue of jobs by hand: no other row depends on these, so only the jobs themselves are locked. Immutable
 * and thread-safe.
 */
public final class ChangeJobs {
    private final FamilyLocks locks;
    private final JobSelects reads;
    private final StatementText update;

    public ChangeJobs(SqlDialect dialect, FamilyLocks locks, JobSelects reads) {
        this.locks = locks;
        this.reads = reads;
        this.update = dialect.sql("""
                UPDATE {job} SET run_at = coalesce(?, due_at, run_at), due_at = NULL, parked_under = NULL, parked_rank = NULL,
                  priority = coalesce(?, priority), queue = coalesce(?, queue),
                  updated_at = ?
                WHERE id {in}""");
    }

    /** Waits for a claim or another change of the job, and then decides on the row that it has left. */
    public AnswerWithNotices<ActResult> change(Database database, UUID id, JobChange change) {
        return change(database, id, change, Beside.nothing());
    }

    /** The same, and does something in the same transaction. */
    public AnswerWithNotices<ActResult> change(Database database, UUID id, JobChange change, Beside<ActResult> beside) {
        change.notEmpty();
        return database.transaction("change job " + id, session -> {
            beside.begins(session);
            LockedJobs locked = locks.lockOnly(session, Set.of(id));
            ChangeRule.Verdict verdict = ChangeRule.decide(locked.get(id), change, locked.transitions());
            write(session, changed(verdict), change);
            beside.ends(session, verdict.answer());
            return new AnswerWithNotices<>(verdict.answer(), List.of(), verdict.isDue());
        });
    }

    /** Changes all jobs of the page in one transaction, which waits for no other one. */
    public AnswerWithNotices<BulkResult> changePage(Database database, JobQuery query, JobChange change) {
        change.notEmpty();
        JobQuery page = query.open();
        JobSelects.Page found = database.read("list jobs to change", session -> reads.candidates(session, page));
        if (found.jobs().isEmpty()) {
            return AnswerWithNotices.withoutNotices(BulkResult.NONE.goingOnFrom(LibraryOnly.KEY, found.next()));
        }
        List<UUID> ids = found.jobs().stream().map(JobSelects.Candidate::id).toList();
        AnswerWithNotices<RetryCancelPage.Done> answer = database.transaction(
                "change " + ids.size() + " jobs", session -> change(session, ids, page::selects, change));
        return answer.answering(answer.answer().result().goingOnFrom(LibraryOnly.KEY, found.next()));
    }

    /** A job that has left the query since it was listed stays as it is, and is not counted. */
    public AnswerWithNotices<RetryCancelPage.Done> change(
            Session session, List<UUID> ids, Predicate<Job> isSelected, JobChange change) throws SQLException {
        LockedAndBusyJobs free = locks.lockWhatIsFree(session, ids);
        BulkResult answer = BulkResult.NONE.and(
                LibraryOnly.KEY, ActResult.Outcome.LOCKED, free.busy().size());
        List<Job> changed = new ArrayList<>();
        boolean isAnyDue = false;
        List<Job> selected = free.locked().getAll(free.locked().ids()).stream()
                .filter(isSelected)
                .toList();
        for (Job job : selected) {
            ChangeRule.Verdict verdict =
                    ChangeRule.decide(job, change, free.locked().transitions());
            answer = answer.and(LibraryOnly.KEY, verdict.answer());
            changed.addAll(changed(verdict));
            isAnyDue |= verdict.isDue();
        }
        write(session, changed, change);
        List<UUID> done = changed.stream().map(Job::id).toList();
        return new AnswerWithNotices<>(new RetryCancelPage.Done(done, answer), List.of(), isAnyDue);
    }

    private static List<Job> changed(ChangeRule.Verdict verdict) {
        return verdict.changed() == null ? List.of() : List.of(verdict.changed());
    }

    /** What changes is the same in all of them. */
    private void write(Session session, List<Job> changed, JobChange change) throws SQLException {
        if (changed.isEmpty()) {
            return;
        }
        Job any = changed.get(0);
        session.update(
                update,
                binder -> binder.time(change.hasTime() ? any.runAt() : null)
                        .number(change.priority())
                        .text(change.queue())
                        .time(any.updatedAt())
                        .ids(IdOrder.sorted(changed.stream().map(Job::id).toList())));
        locks.writes().leaveNotes(session, changed.stream().map(Job::limits).toList());
    }
}
