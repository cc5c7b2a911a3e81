package io.forthwith.jdbc.internal.family;

import io.forthwith.JobError;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.SequencePlace;
import io.forthwith.store.rules.CascadeRows.ChildCounts;
import io.forthwith.store.rules.CascadeRows.FirstFailure;
import io.forthwith.store.rules.CascadeRows.PredecessorCounts;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the children and predecessors of jobs, each question in a statement of its own, for many jobs at once.
 * Immutable and thread-safe.
 */
public class FamilyQueries {
    public static final String OPEN = "('pending', 'processing', 'waiting')";
    /** A child that an older version of the library has added has no position. */
    private static final String NO_FINISHER = "coalesce(c.position, 1) > 0";

    private static final String FIRST = """
            ORDER BY %1$s.completed_at, CASE WHEN %1$s.error_code = 'predecessor_failed' THEN 1 ELSE 0 END, %1$s.id LIMIT 1""";

    private final SqlDialect dialect;
    private final StatementText withOpenChildren;
    private final StatementText children;
    private final StatementText finishers;
    private final StatementText allChildren;
    private final StatementText childrenToCancel;
    private final StatementText endedChildren;
    private final StatementText endedPredecessors;
    private final StatementText openPredecessors;
    private final StatementText unmarkedParents;
    private final StatementText endedBelow;
    private final StatementText parentsOf;
    private final StatementText lastPositions;
    private final StatementText firstFailedChild;
    private final StatementText successors;
    private final StatementText waiters;
    private final StatementText behind;
    private final StatementText withOpenPredecessors;
    private final StatementText predecessors;
    private final StatementText firstFailedPredecessor;

    public FamilyQueries(SqlDialect dialect) {
        this.dialect = dialect;
        this.withOpenChildren = dialect.sql("""
                SELECT id FROM {job} p WHERE id {in} AND EXISTS (
                  SELECT 1 FROM {job} c WHERE c.parent_id = p.id AND {filter c.status} IN %s AND %s) {latest}""".formatted(OPEN, NO_FINISHER));
        this.children = dialect.sql("""
                SELECT c.parent_id, count(*),
                  sum(CASE WHEN c.status = 'completed' THEN 1 ELSE 0 END),
                  sum(CASE WHEN c.status = 'failed' THEN 1 ELSE 0 END),
                  sum(CASE WHEN c.status = 'cancelled' THEN 1 ELSE 0 END),
                  sum(c.progress)
                FROM {all_children} AND %s GROUP BY c.parent_id {latest}""".formatted(NO_FINISHER));
        this.finishers = dialect.sql("SELECT c.parent_id, c.id FROM {finishers} {latest}");
        this.allChildren = dialect.sql("SELECT c.id FROM {all_children} {latest}");
        this.childrenToCancel = dialect.sql(
                "SELECT c.id FROM {children} AND (c.sealed IS NOT NULL OR {filter c.status} IN " + OPEN + ") {latest}");
        this.endedChildren = dialect.sql(
                "SELECT c.parent_id, c.id FROM {children} AND {filter c.status} IN ('failed', 'cancelled') {latest}");
        this.endedPredecessors = dialect.sql(
                "SELECT e.job_id, p.id FROM {predecessors} AND {filter p.status} IN ('failed', 'cancelled') {latest}");
        this.openPredecessors =
                dialect.sql("SELECT p.id FROM {predecessors} AND {filter p.status} IN " + OPEN + " {latest}");
        this.endedBelow = dialect.sql(
                "SELECT c.id FROM {children} AND {filter c.status} IN ('failed', 'cancelled') {latest}"
                        + " {union} SELECT p.id FROM {predecessors} AND {filter p.status} IN ('failed', 'cancelled') {latest}");
        this.parentsOf = dialect.sql("SELECT id, parent_id FROM {job} WHERE id {in} {latest}");
        this.unmarkedParents = dialect.sql("""
                SELECT p.id FROM {job} p WHERE p.id {in} AND p.sealed IS NULL
                  AND (SELECT c.parent_id FROM {job} c WHERE c.parent_id = p.id AND c.created_at >= p.created_at
                       ORDER BY c.position LIMIT 1) IS NOT NULL {latest}""");
        this.lastPositions = dialect.sql("{last_positions}");
        this.firstFailedChild = dialect.sql("SELECT c.error_message, c.error_kind, c.error_code FROM {children}"
                + " AND {filter c.status} = 'failed' AND " + NO_FINISHER + ' ' + FIRST.formatted("c") + " {latest}");
        this.successors = dialect.sql(
                "SELECT e.job_id, e.predecessor_id FROM {successors} AND {filter s.status} = 'waiting' {latest}");
        this.behind = dialect.sql("SELECT id FROM {job} WHERE {open_sequence} = ? AND sequence_place > ? AND status IN "
                + OPEN + " ORDER BY sequence_place {latest}");
        this.waiters = dialect.sql("""
                SELECT p.id FROM {job} c JOIN {job} p ON p.id = c.parent_id WHERE c.id {in} AND p.status <> 'completed' {latest}
                {union} SELECT s.id FROM {successors} AND s.status <> 'completed' {latest}
                {union} SELECT c.id FROM {finishers} AND c.status <> 'completed' {latest}
                {union} SELECT s.id FROM {job} c JOIN {job} s ON s.parent_id = c.parent_id
                  WHERE c.id {in} AND s.position = 0 AND s.status <> 'completed' {latest}""");
        this.withOpenPredecessors = dialect.sql("""
                SELECT id FROM {job} s WHERE id {in} AND EXISTS (
                  SELECT 1 FROM {job_predecessor} e JOIN {job} p ON p.id = e.predecessor_id
                  WHERE e.job_id = s.id AND {filter p.status} IN %s) {latest}""".formatted(OPEN));
        this.predecessors = dialect.sql("""
                SELECT e.job_id,
                  sum(CASE WHEN p.status IN %s THEN 1 ELSE 0 END),
                  sum(CASE WHEN p.status = 'failed' THEN 1 ELSE 0 END),
                  sum(CASE WHEN p.status = 'cancelled' THEN 1 ELSE 0 END)
                FROM {predecessors} GROUP BY e.job_id {latest}""".formatted(OPEN));
        this.firstFailedPredecessor =
                dialect.sql("SELECT p.error_message, p.error_kind, p.error_code FROM {predecessors}"
                        + " AND {filter p.status} = 'failed' " + FIRST.formatted("p") + " {latest}");
    }

    /** The parents with an open child other than the finisher. The answer may leave out some: those are counted then. */
    public Set<UUID> withOpenChildren(Session session, Set<UUID> parentIds) throws SQLException {
        return ids(session, withOpenChildren, parentIds);
    }

    /** The jobs with an open predecessor. The answer may leave out some: those are counted then. */
    public Set<UUID> withOpenPredecessors(Session session, Set<UUID> jobs) throws SQLException {
        return ids(session, withOpenPredecessors, jobs);
    }

    protected final Set<UUID> ids(Session session, StatementText statement, Collection<UUID> of) throws SQLException {
        return new HashSet<>(session.query(statement, binder -> binder.ids(of), row -> dialect.readId(row, 1)));
    }

    public Map<UUID, ChildCounts> children(Session session, Set<UUID> parentIds) throws SQLException {
        return byId(
                session,
                children,
                parentIds,
                row -> new ChildCounts(row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6)));
    }

    public Map<UUID, UUID> finishers(Session session, Set<UUID> parentIds) throws SQLException {
        return byId(session, finishers, parentIds, row -> dialect.readId(row, 2));
    }

    /** The children of these jobs, also of those that do not exist any more. */
    Set<UUID> allChildren(Session session, Set<UUID> parents) throws SQLException {
        return ids(session, allChildren, parents);
    }

    /** The children of these jobs that are open or parents. */
    public List<UUID> childrenToCancel(Session session, Set<UUID> parents) throws SQLException {
        return session.query(childrenToCancel, binder -> binder.ids(parents), row -> dialect.readId(row, 1));
    }

    /** The children and predecessors of these jobs that have failed or were cancelled. */
    public List<UUID> endedBelow(Session session, Set<UUID> jobs) throws SQLException {
        return session.query(endedBelow, binder -> binder.ids(jobs).ids(jobs), row -> dialect.readId(row, 1));
    }

    /** The children of these jobs that have failed or were cancelled, by their parents. */
    public Map<UUID, List<UUID>> endedChildren(Session session, Collection<UUID> parents) throws SQLException {
        return relatives(session, endedChildren, parents);
    }

    /** The predecessors of these jobs that have failed or were cancelled, by the jobs. */
    public Map<UUID, List<UUID>> endedPredecessors(Session session, Collection<UUID> jobs) throws SQLException {
        return relatives(session, endedPredecessors, jobs);
    }

    private Map<UUID, List<UUID>> relatives(Session session, StatementText statement, Collection<UUID> of)
            throws SQLException {
        Map<UUID, List<UUID>> relatives = new HashMap<>();
        session.queryByIds(statement, List.copyOf(of), row -> {
            UUID job = dialect.readId(row, 1);
            UUID relative = dialect.readId(row, 2);
            return job != null
                    && relative != null
                    && relatives.computeIfAbsent(job, id -> new ArrayList<>()).add(relative);
        });
        return relatives;
    }

    /** The predecessors of these jobs that are open. */
    public Set<UUID> openPredecessors(Session session, Set<UUID> jobs) throws SQLException {
        return ids(session, openPredecessors, jobs);
    }

    /**
     * The parents that an older version of the library has added with their children. Children that are older than
     * the job belonged to another job with the same id.
     */
    public Set<UUID> unmarkedParents(Session session, Collection<UUID> ids) throws SQLException {
        return ids(session, unmarkedParents, ids);
    }

    /** The parents of these jobs; no entry for a job without a parent. */
    public Map<UUID, UUID> parentsOf(Session session, Set<UUID> jobs) throws SQLException {
        return byId(session, parentsOf, jobs, row -> dialect.readId(row, 2));
    }

    /**
     * The highest position among the children of these parents; no entry for a parent without children. The parent
     * itself need not exist any more.
     */
    public Map<UUID, Integer> lastPositions(Session session, Set<UUID> parentIds) throws SQLException {
        return parentIds.isEmpty()
                ? Map.of()
                : byId(session, lastPositions, parentIds, row -> JobRowReader.integer(row, 2));
    }

    @Nullable
    public FirstFailure firstFailedChild(Session session, UUID parent) throws SQLException {
        return session.first(firstFailedChild, binder -> binder.ids(Set.of(parent)), FamilyQueries::failure)
                .orElse(null);
    }

    /** The waiting jobs that have one of these as a predecessor. */
    public Set<UUID> successors(Session session, Set<UUID> ids) throws SQLException {
        return ids(session, successors, ids);
    }

    /**
     * The same.
     *
     * @param each receives each predecessor with each of its successors
     */
    Set<UUID> successors(Session session, Set<UUID> ids, BiConsumer<UUID, UUID> each) throws SQLException {
        return new HashSet<>(session.query(successors, binder -> binder.ids(ids), row -> {
            UUID successor = dialect.readId(row, 1);
            UUID predecessor = dialect.readId(row, 2);
            if (successor != null && predecessor != null) {
                each.accept(predecessor, successor);
            }
            return successor;
        }));
    }

    /** The open jobs of a sequence behind a place. */
    List<UUID> behind(Session session, SequencePlace place) throws SQLException {
        return session.query(
                behind, binder -> binder.text(place.key()).number(place.number()), row -> dialect.readId(row, 1));
    }

    /** The jobs that wait directly for one of these: as its parent, its successor or its finisher. */
    public Set<UUID> waiters(Session session, Set<UUID> ids) throws SQLException {
        return new HashSet<>(session.query(
                waiters, binder -> binder.ids(ids).ids(ids).ids(ids).ids(ids), row -> dialect.readId(row, 1)));
    }

    public Map<UUID, PredecessorCounts> predecessors(Session session, Set<UUID> jobs) throws SQLException {
        return byId(
                session,
                predecessors,
                jobs,
                row -> new PredecessorCounts(row.getLong(2), row.getLong(3), row.getLong(4)));
    }

    @Nullable
    public FirstFailure firstFailedPredecessor(Session session, UUID job) throws SQLException {
        return session.first(firstFailedPredecessor, binder -> binder.ids(Set.of(job)), FamilyQueries::failure)
                .orElse(null);
    }

    private <T> Map<UUID, T> byId(Session session, StatementText statement, Set<UUID> ids, Session.Row<T> value)
            throws SQLException {
        Map<UUID, T> byId = new HashMap<>();
        session.query(statement, binder -> binder.ids(ids), row -> {
            UUID id = dialect.readId(row, 1);
            T read = value.read(row);
            return id == null || read == null ? null : byId.put(id, read);
        });
        return byId;
    }

    private static FirstFailure failure(ResultSet row) throws SQLException {
        String kind = row.getString(2);
        return new FirstFailure(
                row.getString(1),
                JobRowReader.text(JobError.Kind.USER).equals(kind) ? JobError.Kind.USER : JobError.Kind.SYSTEM,
                row.getString(3));
    }
}
