package io.forthwith.jdbc;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** Notes which jobs come after which others. */
final class Edges {
    private final String insert;

    Edges(Dialect dialect) {
        this.insert = dialect.sql("INSERT INTO {job_predecessor} (job_id, predecessor_id, place) VALUES (?, ?, ?)");
    }

    /** Those of rows that were inserted just now. */
    void insert(Session session, Collection<NewRow> rows) throws SQLException {
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
