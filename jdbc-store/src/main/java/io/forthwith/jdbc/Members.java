package io.forthwith.jdbc;

import io.forthwith.JobStatus;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Takes up members of families and graphs that were inserted just now: who comes after whom, and who has to be looked at. */
final class Members {
    private final String insert;

    Members(Dialect dialect) {
        this.insert = dialect.sql("INSERT INTO {job_predecessor} (job_id, predecessor_id, place) VALUES (?, ?, ?)");
    }

    /** @param withChildren the parents among them that have children from before: of another job, deleted since, that had their id */
    void takeUp(Changes changes, Collection<NewRow> inserted, Set<UUID> withChildren) throws SQLException {
        insertEdges(changes.session(), inserted);
        Set<UUID> ids = inserted.stream().map(NewRow::id).collect(Collectors.toSet());
        for (NewRow row : inserted) {
            changes.inserted(row.asJob(changes.moves()));
        }
        for (NewRow row : inserted) {
            if (row.status() == JobStatus.WAITING && !(row.waitsForSure(ids) && !withChildren.contains(row.id()))) {
                changes.cascade().look(row.id(), Locale.ENGLISH);
            }
        }
    }

    private void insertEdges(Session session, Collection<NewRow> rows) throws SQLException {
        List<Edge> edges = new ArrayList<>();
        for (NewRow row : rows) {
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
