package io.forthwith.jdbc;

import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Families;
import io.forthwith.store.Settlement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** Adds the jobs that others bring when they begin to wait for them. */
final class Spawning {
    private final Dialect dialect;
    private final Edges edges;

    Spawning(Dialect dialect) {
        this.dialect = dialect;
        this.edges = new Edges(dialect);
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
        List<NewRow> rows = new ArrayList<>();
        Map<UUID, Families> familiesOf = new HashMap<>();
        for (Settlement.AwaitChildren each : waiting) {
            List<EncodedJob> jobs = each.spawn().jobs();
            Families families = Families.ofSpawned(each.claim().jobId(), jobs);
            for (EncodedJob job : jobs) {
                rows.add(NewRow.of(job, families, 0));
                familiesOf.put(job.job().id(), families);
            }
        }
        rows.sort(Adding::insertOrder);
        Session session = changes.session();
        Savepoint before = session.connection().setSavepoint();
        Set<UUID> inserted = dialect.insert(session, rows);
        if (inserted.size() < rows.size()) {
            session.connection().rollback(before);
            return false;
        }
        edges.insert(session, rows);
        for (NewRow row : rows) {
            Families families = Objects.requireNonNull(familiesOf.get(row.id()));
            changes.inserted(row.asJob(changes.moves(), families));
            if (row.status() == JobStatus.WAITING && !row.waitsForSure(inserted, families)) {
                changes.cascade().look(row.id(), Locale.ENGLISH);
            }
        }
        return true;
    }
}
