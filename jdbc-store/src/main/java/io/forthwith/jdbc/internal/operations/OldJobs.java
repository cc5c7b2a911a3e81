package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.store.Retention;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Finds jobs that ended long ago and that no other job needs. Thread-safe. */
public interface OldJobs {
    /**
     * The condition that no other job needs the job {@code j}.
     *
     * <p>Each job is checked by sub-selects in the order of their indexes, not by joins: if one job has very many
     * successors, or the tables have no statistics yet, the planner would read whole tables for a join.
     */
    String NOT_NEEDED = """
            (SELECT p.id FROM {job} p WHERE p.id = j.parent_id AND p.status <> 'completed') IS NULL
            AND (SELECT u.undoes FROM {job} u
              WHERE u.undoes >= j.id AND u.undoes <= j.id AND u.undoes IS NOT NULL AND u.status <> 'completed'
              ORDER BY u.undoes LIMIT 1) IS NULL
            AND (NOT j.has_successors OR (SELECT e.predecessor_id FROM {job_predecessor} e
              WHERE e.predecessor_id >= j.id AND e.predecessor_id <= j.id
                AND (SELECT s.status FROM {job} s WHERE s.id = e.job_id) <> 'completed'
              ORDER BY e.predecessor_id LIMIT 1) IS NULL)""";

    /**
     * Locks some that no other transaction has locked. A call may look at some of the ended jobs only; the next one
     * goes on from there.
     *
     * @param limit the most to lock
     */
    List<UUID> lock(Session session, Retention retention, int limit) throws SQLException;

    /** The parameter of <code>{after}</code> for the time at which a job ended at the latest. */
    static long until(Duration kept) {
        return -Binder.microsOf(kept);
    }
}
