package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.rules.NewFamilies;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Adds families and graphs, all of a call or nothing. The parents and predecessors that it names are locked first, so that none of
 * them ends or is sealed meanwhile; those that follow from what is added, say because a predecessor has failed already, in the end.
 */
final class AddingFamilies {
    private final Dialect dialect;
    private final Kin kin;
    private final Adding adding;
    private final Members members;

    AddingFamilies(Dialect dialect, Kin kin, Adding adding) {
        this.dialect = dialect;
        this.kin = kin;
        this.adding = adding;
        this.members = new Members(dialect);
    }

    Moved<List<Added>> add(Session session, List<EncodedJob> jobs, NewFamilies families) throws SQLException {
        for (int round = 0; round < Adding.MOST_ROUNDS; round++) {
            Optional<Moved<List<Added>>> answers =
                    Kin.repeatedlyWithin(session, more -> attempt(session, jobs, families, more));
            if (answers.isPresent()) {
                return answers.get();
            }
        }
        throw Adding.keysChangeHands(jobs.size());
    }

    /** Empty if a key was taken, and free again when we looked who had it: nothing is added then. */
    private Optional<Moved<List<Added>>> attempt(
            Session session, List<EncodedJob> jobs, NewFamilies families, Set<UUID> more) throws SQLException {
        Changes changes = kin.lockNamed(session, families.toLock(), more);
        Optional<Added> refusal = refusal(changes, jobs, families);
        if (refusal.isPresent()) {
            return refused(jobs, refusal.get());
        }
        Map<UUID, Integer> lastPositions = kin.relations().lastPositions(session, families.parents());
        List<NewRow> rows = Adding.inInsertOrder(NewRow.of(jobs, families, lastPositions));
        // An insert waits for whoever is changing the row that has the id, and that one may wait for the parents that
        // we have locked.
        List<NewRow> absent = Adding.without(adding.existing(session, rows), rows);
        Savepoint before = session.connection().setSavepoint();
        Set<UUID> inserted = absent.isEmpty() ? Set.of() : dialect.insert(session, absent);
        Map<UUID, Added> known = Map.of();
        if (inserted.size() < rows.size()) {
            List<NewRow> others = Adding.without(inserted, rows);
            known = adding.refusals(session, others);
            if (known.size() < others.size() || !known.values().stream().allMatch(Adding::isThere)) {
                session.connection().rollback(before);
                UUID conflict = conflict(others, known, inserted);
                return conflict == null ? Optional.empty() : refused(jobs, new Added(conflict, Added.Outcome.CONFLICT));
            }
        }
        follow(changes, rows, inserted, lastPositions.keySet());
        Map<UUID, Added> there = known;
        return Optional.of(changes.moved(jobs.stream()
                .map(job -> job.job().id())
                .map(id -> there.getOrDefault(id, new Added(id, Added.Outcome.ADDED)))
                .toList()));
    }

    private static Optional<Moved<List<Added>>> refused(List<EncodedJob> jobs, Added refusal) {
        return Optional.of(Moved.quietly(jobs.stream().map(job -> refusal).toList()));
    }

    /** What is refused for a job that exists already is not refused. */
    private Optional<Added> refusal(Changes changes, List<EncodedJob> jobs, NewFamilies families) throws SQLException {
        Optional<Added> refusal = refusal(changes, Map.of(), families);
        return refusal.isEmpty() ? refusal : refusal(changes, adding.find(changes.session(), jobs), families);
    }

    private Optional<Added> refusal(Changes changes, Map<UUID, Job> known, NewFamilies families) throws SQLException {
        return SqlTrouble.unpacked(() -> families.refusal(
                id -> changes.ids().contains(id) ? changes.get(id) : known.get(id),
                ids -> SqlTrouble.carried(() -> waiters(changes, ids))));
    }

    /** Who waits for these, locked: or two calls at the same moment could each add the half of a circle that the other does not see. */
    private Set<UUID> waiters(Changes changes, Set<UUID> ids) throws SQLException {
        Set<UUID> waiters = kin.relations().waiters(changes.session(), ids);
        changes.requireLocked(waiters);
        return waiters;
    }

    /** The job that keeps the family out: the holder of a key, or a member that would be its second holder. */
    private static @Nullable UUID conflict(List<NewRow> refused, Map<UUID, Added> refusals, Set<UUID> inserted) {
        for (NewRow row : refused) {
            Added refusal = refusals.get(row.id());
            if (refusal != null && !Adding.isThere(refusal)) {
                return inserted.contains(refusal.id()) ? row.id() : refusal.id();
            }
        }
        return null;
    }

    private void follow(Changes changes, List<NewRow> rows, Set<UUID> inserted, Set<UUID> withChildren)
            throws SQLException {
        List<NewRow> fresh =
                rows.stream().filter(row -> inserted.contains(row.id())).toList();
        for (NewRow row : fresh) {
            for (UUID id : row.job().predecessors()) {
                Job predecessor = inserted.contains(id) ? null : changes.get(id);
                if (predecessor != null && !predecessor.relations().hasSuccessors()) {
                    changes.put(changes.moves().withSuccessors(predecessor));
                }
            }
        }
        members.takeUp(changes, fresh, withChildren);
        changes.end();
    }
}
