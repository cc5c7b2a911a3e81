package io.forthwith.jdbc.internal.family;

import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Inserts the predecessors of new members of families and graphs, and decides about members whose predecessors have
 * already ended.
 */
public final class FamilyInserts {
    private final StatementText deleteLeft;
    private final StatementText insert;

    public FamilyInserts(SqlDialect dialect) {
        this.deleteLeft = dialect.sql("DELETE FROM {job_predecessor} WHERE {among job_id}");
        this.insert = dialect.sql("INSERT INTO {job_predecessor} (job_id, predecessor_id, place) VALUES (?, ?, ?)");
    }

    /**
     * Takes up the rows of a call.
     *
     * <p>Children that are left of a deleted parent with the same id are locked before they are counted. Otherwise one
     * transaction inserts the parent and sees a child that still runs, the other one fails that child and sees no
     * parent, and the parent would wait for ever. {@link LockedJobs#get} is the other half.
     *
     * @param withChildren those of the new parents that already have children: children of another job, deleted
     *     since, that had the same id
     */
    public void takeUp(LockedJobs locked, Collection<NewJobRow> inserted, Set<UUID> withChildren) throws SQLException {
        insertPredecessors(locked.session(), inserted);
        Set<UUID> ids = inserted.stream().map(NewJobRow::id).collect(Collectors.toSet());
        for (NewJobRow row : inserted) {
            locked.inserted(row.asJob(locked.transitions()));
        }
        Set<UUID> comeBack = new HashSet<>(ids);
        comeBack.retainAll(withChildren);
        if (!comeBack.isEmpty()) {
            locked.requireLocked(locked.queries().allChildren(locked.session(), comeBack));
        }
        for (NewJobRow row : inserted) {
            if (row.status() == JobStatus.WAITING && !(row.waitsForSure(ids) && !withChildren.contains(row.id()))) {
                locked.cascade().look(row.id(), Locale.ENGLISH);
            }
        }
    }

    /** First it deletes what jobs with the same ids have left, whose rows somebody has deleted by hand. */
    private void insertPredecessors(Session session, Collection<NewJobRow> rows) throws SQLException {
        List<PredecessorRow> predecessorRows = new ArrayList<>();
        for (NewJobRow row : rows) {
            List<UUID> predecessors = row.job().predecessors();
            for (int place = 1; place <= predecessors.size(); place++) {
                predecessorRows.add(new PredecessorRow(row.id(), predecessors.get(place - 1), place));
            }
        }
        if (predecessorRows.isEmpty()) {
            return;
        }
        Set<UUID> ids = predecessorRows.stream().map(PredecessorRow::jobId).collect(Collectors.toSet());
        session.update(deleteLeft, binder -> binder.among(ids));
        session.batch(
                insert,
                predecessorRows,
                (binder, edge) -> binder.id(edge.jobId).id(edge.predecessorId).number(edge.place));
    }

    private record PredecessorRow(UUID jobId, UUID predecessorId, int place) {}
}
