package io.forthwith.jdbc;

import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.NewFamilies;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Adds the jobs that others bring when they begin to wait for them. */
final class Spawning {
    private final Dialect dialect;
    private final Relations relations;
    private final Members members;

    Spawning(Dialect dialect, Kin kin) {
        this.dialect = dialect;
        this.relations = kin.relations();
        this.members = new Members(dialect);
    }

    /**
     * Adds what these bring: all together, or if that does not go, for each all of it or nothing.
     *
     * @param waiting of jobs that are locked and whose claims hold
     * @return the claims of those for which nothing was added, since an id or a unique key was taken
     */
    Set<Claim> conflicts(Changes changes, Collection<Settlement.AwaitChildren> waiting) throws SQLException {
        if (waiting.isEmpty() || isAdded(changes, List.copyOf(waiting))) {
            return Set.of();
        }
        Set<Claim> conflicts = new HashSet<>();
        for (Settlement.AwaitChildren each : waiting) {
            if (waiting.size() == 1 || !isAdded(changes, List.of(each))) {
                conflicts.add(each.claim());
            }
        }
        return conflicts;
    }

    private boolean isAdded(Changes changes, List<Settlement.AwaitChildren> waiting) throws SQLException {
        Session session = changes.session();
        List<NewFamilies> families = waiting.stream()
                .map(each ->
                        NewFamilies.ofSpawned(each.claim().jobId(), each.spawn().jobs()))
                .toList();
        Set<UUID> parents = new HashSet<>();
        families.forEach(each -> parents.addAll(each.parents()));
        Map<UUID, Integer> lastPositions = relations.lastPositions(session, parents);
        List<NewRow> all = new ArrayList<>();
        for (int i = 0; i < waiting.size(); i++) {
            all.addAll(NewRow.of(waiting.get(i).spawn().jobs(), families.get(i), lastPositions));
        }
        List<NewRow> rows = Adding.inInsertOrder(all);
        Savepoint before = session.connection().setSavepoint();
        if (dialect.insert(session, rows).size() < rows.size()) {
            session.connection().rollback(before);
            return false;
        }
        members.takeUp(changes, rows, lastPositions.keySet());
        return true;
    }
}
