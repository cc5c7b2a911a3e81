package io.forthwith.jdbc.internal.family;

import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Takes up members of families and graphs that were inserted just now: who comes after whom, and who has to be looked at. */
public final class FamilyInserts {
    private final SqlStatement insert;

    public FamilyInserts(SqlDialect dialect) {
        this.insert = dialect.sql("INSERT INTO {job_predecessor} (job_id, predecessor_id, place) VALUES (?, ?, ?)");
    }

    /**
     * Adds the relations of new jobs to the family that is locked.
     *
     * @param withChildren the parents among them that have children from before: of another job, deleted since, that had their id
     */
    public void takeUp(LockedJobs locked, Collection<NewJobRow> inserted, Set<UUID> withChildren) throws SQLException {
        insertEdges(locked.session(), inserted);
        Set<UUID> ids = inserted.stream().map(NewJobRow::id).collect(Collectors.toSet());
        for (NewJobRow row : inserted) {
            locked.inserted(row.asJob(locked.transitions()));
        }
        for (NewJobRow row : inserted) {
            if (row.status() == JobStatus.WAITING && !(row.waitsForSure(ids) && !withChildren.contains(row.id()))) {
                locked.cascade().look(row.id(), Locale.ENGLISH);
            }
        }
    }

    private void insertEdges(Session session, Collection<NewJobRow> rows) throws SQLException {
        List<Edge> edges = new ArrayList<>();
        for (NewJobRow row : rows) {
            List<UUID> predecessors = row.job().predecessors();
            for (int place = 1; place <= predecessors.size(); place++) {
                edges.add(new Edge(row.id(), predecessors.get(place - 1), place));
            }
        }
        session.batch(
                insert,
                edges,
                (binder, edge) -> binder.id(edge.jobId).id(edge.predecessorId).number(edge.place));
    }

    private record Edge(UUID jobId, UUID predecessorId, int place) {}
}
