package io.forthwith.jdbc.internal.operations;

import io.forthwith.JobStatus;
import io.forthwith.Retention;
import io.forthwith.jdbc.internal.rows.UnlockedJobs;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.store.rules.PurgeRule;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Finds jobs that ended long ago and that no other job needs. Thread-safe. */
public interface OldJobs {
    /**
     * The condition that no other job needs the job {@code j}.
     *
     * <p>Each job is checked by sub-selects in the order of their indexes, not by joins: if one job has very many
     * successors, or the tables have no statistics yet, the planner would read whole tables for a join.
     */
    String NOT_NEEDED = """
            NOT (j.status = 'failed' AND j.sequence_failure IS NOT NULL AND j.sequence_failure = 'block')
            AND (SELECT p.id FROM {job} p WHERE p.id = j.parent_id AND p.status <> 'completed') IS NULL
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

    /**
     * The condition that a job ended long enough ago, to be bound by {@link #bind}. The first part is a range of the index on the end; the
     * second one lets the jobs of each type go at their own time.
     *
     * @param types how many types have times of their own
     */
    static String isOld(int types) {
        return types == 0
                ? "completed_at <= {after}"
                : "completed_at <= {after} AND completed_at <= CASE j.type " + "WHEN ? THEN {after} ".repeat(types)
                        + "ELSE {after} END";
    }

    /** Binds one {@link #isOld}. */
    static Binder bind(Binder binder, JobStatus status, Retention retention) throws SQLException {
        binder.number(shortest(status, retention));
        for (Map.Entry<String, Retention> type : retention.types().entrySet()) {
            binder.text(type.getKey()).number(until(PurgeRule.kept(status, type.getValue())));
        }
        return retention.types().isEmpty() ? binder : binder.number(until(PurgeRule.kept(status, retention)));
    }

    /** The parameter of <code>{after}</code> for the latest end of jobs that are old, of whatever type. */
    static long shortest(JobStatus status, Retention retention) {
        return until(PurgeRule.shortest(status, retention));
    }

    private static long until(Duration kept) {
        return -Binder.microsOf(kept);
    }

    /** Finds old jobs by the index on their end, where there is one. Thread-safe. */
    final class ByEnd implements OldJobs {
        private final JobOperations operations;
        /** By the number of types. */
        private final Map<Integer, Statements> statements = new ConcurrentHashMap<>();

        ByEnd(JobOperations operations) {
            this.operations = operations;
        }

        private record Statements(UnlockedJobs ended, UnlockedJobs failed) {}

        private Statements statements(int types) {
            return new Statements(
                    operations.unlockedJobs(old("status IN ('completed', 'cancelled')", types)),
                    operations.unlockedJobs(old("status = 'failed'", types)));
        }

        private static String old(String hasEnded, int types) {
            return "FROM {job} j WHERE " + hasEnded + " AND " + isOld(types) + " AND " + NOT_NEEDED;
        }

        @Override
        public List<UUID> lock(Session session, Retention retention, int limit) throws SQLException {
            Statements some = statements.computeIfAbsent(retention.types().size(), this::statements);
            List<UUID> locked = new ArrayList<>(
                    some.ended.lock(session, binder -> bind(binder, JobStatus.COMPLETED, retention), limit));
            if (locked.size() < limit) {
                locked.addAll(some.failed.lock(
                        session, binder -> bind(binder, JobStatus.FAILED, retention), limit - locked.size()));
            }
            return locked;
        }
    }
}
