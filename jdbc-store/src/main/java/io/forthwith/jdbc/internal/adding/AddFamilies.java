package io.forthwith.jdbc.internal.adding;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyInserts;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.sql.CarriedSqlException;
import io.forthwith.jdbc.internal.sql.SavepointScope;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.rules.NewFamilies;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Adds families and graphs: all jobs of a call, or none. First it locks the parents and predecessors that the call
 * names, so that none of them ends or is sealed meanwhile. What follows for the new jobs, for instance because a
 * predecessor has failed already, is settled last.
 */
final class AddFamilies {
    private final JobInserts inserts;
    private final FamilyLocks locks;
    private final KeyHolders keyHolders;
    private final AddJobs adding;
    private final FamilyInserts familyInserts;

    AddFamilies(SqlDialect dialect, FamilyLocks locks, JobInserts inserts, KeyHolders keyHolders, AddJobs adding) {
        this.keyHolders = keyHolders;
        this.inserts = inserts;
        this.locks = locks;
        this.adding = adding;
        this.familyInserts = new FamilyInserts(dialect);
    }

    AnswerWithNotices<List<Added>> add(Session session, List<EncodedJob> jobs, NewFamilies families)
            throws SQLException {
        for (int round = 0; round < AddJobs.MOST_ROUNDS; round++) {
            Optional<AnswerWithNotices<List<Added>>> answers =
                    FamilyLocks.repeatedlyWithin(session, more -> attempt(session, jobs, families, more));
            if (answers.isPresent()) {
                return answers.get();
            }
        }
        throw AddJobs.keysChangeHands(jobs.size());
    }

    /** Empty if a key was taken and was free again at the second query, or a job was gone or came. Then nothing is added. */
    private Optional<AnswerWithNotices<List<Added>>> attempt(
            Session session, List<EncodedJob> jobs, NewFamilies families, Set<UUID> more) throws SQLException {
        LockedJobs locked = locks.lockNamed(session, families.toLock(), more);
        Optional<Added> ofAllNew = refusal(locked, Map.of(), families);
        // A call that only names jobs which exist already is not refused because of them.
        Map<UUID, Job> known = ofAllNew.isEmpty() ? Map.of() : adding.find(session, jobs);
        Optional<Added> refusal = ofAllNew.isEmpty() ? ofAllNew : refusal(locked, known, families);
        if (refusal.isPresent()) {
            return refused(jobs, refusal.get());
        }
        Map<UUID, Integer> lastPositions = locks.queries().lastPositions(session, families.parents());
        List<NewJobRow> rows = adding.rows(session, jobs, families, lastPositions);
        // An insert would wait for a transaction that changes the row with the same id. That transaction may wait for
        // the parents that this one has locked.
        // And if the call is not refused because jobs are there, only the others are added: a purge may have deleted
        // one since that look.
        List<NewJobRow> absent =
                AddJobs.without(ofAllNew.isEmpty() ? adding.probablyExisting(session, rows) : known.keySet(), rows);
        if (hasUnlockedParent(locked, rows, absent, families)) {
            return Optional.empty();
        }
        try (SavepointScope scope = session.savepoint()) {
            Map<UUID, Added> taken = keyHolders.take(session, absent);
            if (!taken.isEmpty()) {
                scope.rollBack();
                Set<UUID> own = absent.stream().map(NewJobRow::id).collect(Collectors.toSet());
                UUID conflict = conflict(absent, taken, own);
                // Without one, a job of the call has its key still, and was deleted.
                UUID holder =
                        conflict == null ? taken.values().iterator().next().id() : conflict;
                return refused(jobs, new Added(holder, Added.Outcome.CONFLICT));
            }
            Set<UUID> inserted = absent.isEmpty() ? Set.of() : inserts.insert(session, absent);
            Map<UUID, Added> refusals = Map.of();
            if (inserted.size() < rows.size()) {
                List<NewJobRow> others = AddJobs.without(inserted, rows);
                refusals = adding.refusals(session, others);
                if (refusals.size() < others.size()
                        || !refusals.values().stream().allMatch(AddJobs::isThere)) {
                    scope.rollBack();
                    UUID conflict = conflict(others, refusals, inserted);
                    return conflict == null
                            ? Optional.empty()
                            : refused(jobs, new Added(conflict, Added.Outcome.CONFLICT));
                }
            }
            follow(locked, rows, inserted, lastPositions.keySet());
            Map<UUID, Added> there = refusals;
            locks.writes()
                    .leaveNotes(
                            session,
                            rows.stream()
                                    .filter(row -> there.containsKey(row.id()))
                                    .map(row -> row.job().limits())
                                    .toList());
            return Optional.of(locked.committed(jobs.stream()
                    .map(job -> job.job().id())
                    .map(id -> there.getOrDefault(id, new Added(id, Added.Outcome.ADDED)))
                    .toList()));
        }
    }

    private static Optional<AnswerWithNotices<List<Added>>> refused(List<EncodedJob> jobs, Added refusal) {
        return Optional.of(AnswerWithNotices.withoutNotices(
                jobs.stream().map(job -> refusal).toList()));
    }

    /** Whether a parent of the call was added by others after this transaction has locked those that were there. */
    private static boolean hasUnlockedParent(
            LockedJobs locked, List<NewJobRow> rows, List<NewJobRow> absent, NewFamilies families) {
        Set<UUID> there = rows.stream().map(NewJobRow::id).collect(Collectors.toSet());
        absent.forEach(row -> there.remove(row.id()));
        there.retainAll(families.parents());
        return !locked.ids().containsAll(there);
    }

    private Optional<Added> refusal(LockedJobs locked, Map<UUID, Job> known, NewFamilies families) throws SQLException {
        return CarriedSqlException.unpacked(() -> families.refusal(
                id -> locked.ids().contains(id) ? locked.get(id) : known.get(id),
                ids -> CarriedSqlException.carried(() -> waiters(locked, ids))));
    }

    /**
     * The jobs that wait for these, locked. Otherwise two calls at the same moment could each add half of a circle
     * that the other one does not see.
     */
    private Set<UUID> waiters(LockedJobs locked, Set<UUID> ids) throws SQLException {
        Set<UUID> waiters = locks.queries().waiters(locked.session(), ids);
        locked.requireLocked(waiters);
        return waiters;
    }

    /** The job that makes the store refuse the family: the holder of a key, or a member with the key of another member. */
    private static @Nullable UUID conflict(List<NewJobRow> refused, Map<UUID, Added> refusals, Set<UUID> inserted) {
        for (NewJobRow row : refused) {
            Added refusal = refusals.get(row.id());
            if (refusal != null && !AddJobs.isThere(refusal)) {
                return inserted.contains(refusal.id()) ? row.id() : refusal.id();
            }
        }
        return null;
    }

    private void follow(LockedJobs locked, List<NewJobRow> rows, Set<UUID> inserted, Set<UUID> withChildren)
            throws SQLException {
        List<NewJobRow> fresh =
                rows.stream().filter(row -> inserted.contains(row.id())).toList();
        for (NewJobRow row : fresh) {
            for (UUID id : row.job().predecessors()) {
                Job predecessor = inserted.contains(id) ? null : locked.get(id);
                if (predecessor != null && !predecessor.relations().hasSuccessors()) {
                    locked.put(locked.transitions().withSuccessors(predecessor));
                }
            }
        }
        familyInserts.takeUp(locked, fresh, withChildren);
        locked.end();
    }
}
