package io.forthwith.jdbc.internal.adding;

import io.forthwith.jdbc.internal.family.FamilyInserts;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.FamilyQueries;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.Labels;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.sql.SavepointScope;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.NewFamilies;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Adds the children that jobs have spawned, at the moment at which those begin to wait for them. */
public final class AddSpawnedJobs {
    private final JobInserts inserts;
    private final SequencePlaces places;
    private final FamilyQueries queries;
    private final FamilyInserts familyInserts;
    private final KeyHolders keyHolders;
    private final Labels labels;

    public AddSpawnedJobs(SqlDialect dialect, FamilyLocks locks, JobInserts inserts) {
        this.inserts = inserts;
        this.queries = locks.queries();
        this.labels = locks.writes().labels();
        this.familyInserts = new FamilyInserts(dialect);
        this.keyHolders = new KeyHolders(dialect);
        this.places = new SequencePlaces(dialect);
    }

    /**
     * Adds all children of all these jobs together. If one of them is refused, it adds for each job all of its
     * children or none.
     *
     * @param waiting of jobs that are locked and whose claims hold
     * @return the claims of the jobs for which nothing was added, since an id or a unique key was taken
     */
    public Set<Claim> conflicts(LockedJobs locked, Collection<Settlement.AwaitChildren> waiting) throws SQLException {
        if (waiting.isEmpty() || isAdded(locked, List.copyOf(waiting))) {
            return Set.of();
        }
        Set<Claim> conflicts = new HashSet<>();
        for (Settlement.AwaitChildren each : waiting) {
            if (waiting.size() == 1 || !isAdded(locked, List.of(each))) {
                conflicts.add(each.claim());
            }
        }
        return conflicts;
    }

    private boolean isAdded(LockedJobs locked, List<Settlement.AwaitChildren> waiting) throws SQLException {
        Session session = locked.session();
        List<NewFamilies> families = waiting.stream()
                .map(each ->
                        NewFamilies.ofSpawned(each.claim().jobId(), each.spawn().jobs()))
                .toList();
        Set<UUID> parents = new HashSet<>();
        families.forEach(each -> parents.addAll(each.parents()));
        Map<UUID, Integer> lastPositions = queries.lastPositions(session, parents);
        List<NewJobRow> all = new ArrayList<>();
        for (int i = 0; i < waiting.size(); i++) {
            List<EncodedJob> jobs = waiting.get(i).spawn().jobs();
            all.addAll(NewJobRow.of(jobs, families.get(i), lastPositions, places.first(session, jobs), labels));
        }
        List<NewJobRow> rows = AddJobs.inInsertOrder(all);
        if (AddJobs.hasLabels(rows)) {
            labels.note(session);
        }
        try (SavepointScope scope = session.savepoint()) {
            if (!keyHolders.take(session, rows).isEmpty()
                    || inserts.insert(session, rows).size() < rows.size()) {
                scope.rollBack();
                return false;
            }
        }
        familyInserts.takeUp(locked, rows, lastPositions.keySet());
        return true;
    }
}
