package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.store.ParentRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Changes jobs together with their relatives.
 *
 * <p><b>Lock order.</b> Who belongs together is read first, without locks: parents never change. Then everything is locked
 * in one statement in id order, so that two operations on one family cannot wait for each other. Children are counted in a
 * statement after that: an older snapshot might not see a sibling that ended while we waited for the lock, and two last
 * children would miss each other.
 */
final class Kin {
    private static final int PARENT_COLUMN = 2;
    private static final ParentRule.Children NO_CHILDREN = new ParentRule.Children(0, 0, 0, 0, 0);

    private final Dialect dialect;
    private final Writes writes;
    private final String parents;
    private final String children;
    private final String lock;
    private final String lockFree;
    private final String count;
    private final String firstFailure;

    Kin(Dialect dialect) {
        this.dialect = dialect;
        this.writes = new Writes(dialect);
        this.parents = dialect.sql("SELECT id, parent_id FROM {job} WHERE id = ANY(?)");
        this.children = dialect.sql("SELECT id, parent_id FROM {job} WHERE parent_id = ANY(?)");
        this.lock = dialect.sql(
                "SELECT " + JobRows.COLUMNS + ", {now} FROM {job} WHERE id = ANY(?) ORDER BY id FOR UPDATE");
        this.lockFree = lock + " SKIP LOCKED";
        this.count = dialect.sql("""
                SELECT parent_id, count(*),
                  count(*) FILTER (WHERE status = 'completed'),
                  count(*) FILTER (WHERE status = 'failed'),
                  count(*) FILTER (WHERE status = 'cancelled'),
                  sum(progress)
                FROM {job} WHERE parent_id = ANY(?) GROUP BY parent_id""");
        this.firstFailure = dialect.sql("""
                SELECT error_message, error_kind FROM {job} WHERE parent_id = ? AND status = 'failed'
                ORDER BY completed_at, id LIMIT 1""");
    }

    /** The jobs and all their ancestors. */
    Set<UUID> withAncestors(Session session, Collection<UUID> ids) throws SQLException {
        return closure(session, parents, ids, PARENT_COLUMN);
    }

    /** The jobs and all their descendants. */
    Set<UUID> withDescendants(Session session, Collection<UUID> ids) throws SQLException {
        return closure(session, children, ids, 1);
    }

    private Set<UUID> closure(Session session, String step, Collection<UUID> ids, int next) throws SQLException {
        Set<UUID> all = new HashSet<>(ids);
        Set<UUID> edge = all;
        while (!edge.isEmpty()) {
            Set<UUID> from = edge;
            edge = new HashSet<>(session.query(step, binder -> binder.ids(from), row -> dialect.readId(row, next)));
            edge.removeAll(all);
            all.addAll(edge);
        }
        return all;
    }

    /** Locks rows in id order, waiting for whoever holds them. */
    Changes lock(Session session, Collection<UUID> ids) throws SQLException {
        return lock(session, lock, ids);
    }

    /** Locks those rows that nobody else has locked. */
    Changes lockFree(Session session, Collection<UUID> ids) throws SQLException {
        return lock(session, lockFree, ids);
    }

    private Changes lock(Session session, String statement, Collection<UUID> ids) throws SQLException {
        Map<UUID, Job> rows = new HashMap<>();
        List<Instant> times = session.query(statement, binder -> binder.ids(IdOrder.sorted(ids)), row -> {
            Job job = dialect.rows().job(row);
            if (job == null) {
                return null;
            }
            rows.put(job.id(), job);
            return JobRows.time(row, JobRows.COUNT + 1);
        });
        return new Changes(rows, times.isEmpty() ? Instant.EPOCH : times.get(0));
    }

    /** Writes all changes, then settles the waiting parents they concern, level by level upwards. */
    void finish(Session session, Changes changes) throws SQLException {
        changes.write(session, writes);
        for (Map<UUID, Locale> level = changes.takeDeepestParents();
                !level.isEmpty();
                level = changes.takeDeepestParents()) {
            level.keySet().removeIf(id -> !isWaiting(changes.get(id)));
            if (!level.isEmpty()) {
                Map<UUID, ParentRule.Children> counts = count(session, level.keySet());
                for (Map.Entry<UUID, Locale> parent : level.entrySet()) {
                    ParentRule.Children children = counts.getOrDefault(parent.getKey(), NO_CHILDREN);
                    settle(session, changes, parent.getKey(), children, parent.getValue());
                }
                changes.write(session, writes);
            }
        }
    }

    private static boolean isWaiting(@Nullable Job job) {
        return job != null && job.status() == JobStatus.WAITING;
    }

    private void settle(Session session, Changes changes, UUID id, ParentRule.Children children, Locale locale)
            throws SQLException {
        Job parent = changes.get(id);
        if (parent == null) {
            return;
        }
        ParentRule.FirstFailure failure =
                children.failed() == 0 ? null : firstFailure(session, id).orElse(null);
        ParentRule.Verdict verdict = ParentRule.decide(parent, children, failure, locale);
        Job decided = changes.moves().settleParent(parent, verdict);
        if (verdict.status().isFinal() || verdict.percent() != parent.progress().percent()) {
            changes.putDecided(decided, locale);
        }
    }

    private Map<UUID, ParentRule.Children> count(Session session, Collection<UUID> parentIds) throws SQLException {
        Map<UUID, ParentRule.Children> counts = new HashMap<>();
        session.query(count, binder -> binder.ids(parentIds), row -> {
            UUID parent = dialect.readId(row, 1);
            return parent == null
                    ? null
                    : counts.put(
                            parent,
                            new ParentRule.Children(
                                    row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6)));
        });
        return counts;
    }

    private Optional<ParentRule.FirstFailure> firstFailure(Session session, UUID parent) throws SQLException {
        return session.first(firstFailure, binder -> binder.id(parent), Kin::failure);
    }

    private static ParentRule.FirstFailure failure(ResultSet row) throws SQLException {
        String kind = row.getString(2);
        return new ParentRule.FirstFailure(
                row.getString(1),
                JobRows.text(JobError.Kind.USER).equals(kind) ? JobError.Kind.USER : JobError.Kind.SYSTEM);
    }
}
