package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobQuery;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The questions that change nothing. */
final class Reads {
    private final Dialect dialect;
    private final JobRows rows;
    private final Listing listing;
    private final String find;
    private final String failures;
    private final String list;
    private final String retryable;
    private final String nextChildren;
    private final String children;
    private final String childrenWithoutPosition;
    private final String predecessors;
    private final String count;

    Reads(Dialect dialect) {
        this.dialect = dialect;
        this.rows = dialect.rows();
        this.listing = dialect.listing();
        this.find = dialect.sql("SELECT " + JobRows.COLUMNS + " FROM {job} WHERE id = ?");
        this.failures = dialect.sql(
                "SELECT " + JobRows.FAILURE_COLUMNS + " FROM {job_failure} WHERE job_id = ? ORDER BY claim");
        this.list = dialect.sql("SELECT " + JobRows.COLUMNS + " FROM {job}");
        this.retryable = dialect.sql("""
                SELECT id, unique_key IS NULL AND parent_id IS NULL AND sealed IS NULL AND on_predecessor_failure IS NULL
                  AND NOT has_successors
                  AND (SELECT c.parent_id FROM {job} c WHERE c.parent_id = j.id ORDER BY c.position LIMIT 1) IS NULL
                FROM {job} j""");
        String ofParent = "SELECT " + JobRows.COLUMNS + " FROM {job} WHERE parent_id = ? AND ";
        this.nextChildren = dialect.sql(ofParent + "position > ? AND position <= ? ORDER BY position");
        this.children = dialect.sql(ofParent + "position > ? ORDER BY position LIMIT ?");
        this.childrenWithoutPosition = dialect.sql(ofParent + "position IS NULL ORDER BY position, id LIMIT ?");
        this.predecessors = dialect.sql("SELECT " + JobRows.COLUMNS + " FROM {job}"
                + " JOIN {job_predecessor} e ON e.predecessor_id = id WHERE e.job_id = ? ORDER BY e.place");
        this.count = dialect.sql("SELECT count(*) FROM {job}");
    }

    Optional<Job> find(Session session, UUID id) throws SQLException {
        return session.first(find, binder -> binder.id(id), rows::job);
    }

    List<JobFailure> failures(Session session, UUID id) throws SQLException {
        return session.query(failures, binder -> binder.id(id), rows::failure);
    }

    List<Job> list(Session session, JobQuery query) throws SQLException {
        return listing.page(session, list, query, rows::job);
    }

    /**
     * In the order of their places; in the end those that an older version of the library has added, without a place. The places of a
     * page have no gaps as a rule: asked for by their numbers they are found by them, whatever the planner believes of families.
     */
    List<Job> children(Session session, UUID parent, int after, int limit) throws SQLException {
        List<Job> page = session.query(
                nextChildren, binder -> binder.id(parent).number(after).number((long) after + limit), rows::job);
        if (page.size() < limit) {
            int last = page.isEmpty() ? after : positionOf(page.get(page.size() - 1));
            int left = limit - page.size();
            page.addAll(session.query(
                    children, binder -> binder.id(parent).number(last).number(left), rows::job));
        }
        if (page.size() < limit) {
            int left = limit - page.size();
            page.addAll(session.query(
                    childrenWithoutPosition, binder -> binder.id(parent).number(left), rows::job));
        }
        return page;
    }

    private static int positionOf(Job child) {
        return Objects.requireNonNull(child.relations().position());
    }

    List<Job> predecessors(Session session, UUID id) throws SQLException {
        return session.query(predecessors, binder -> binder.id(id), rows::job);
    }

    /** What {@link #list} would read, as far as it takes to retry it. */
    List<Retryable> retryable(Session session, JobQuery query) throws SQLException {
        return listing.page(session, retryable, query, row -> new Retryable(dialect.readId(row, 1), row.getBoolean(2)));
    }

    long count(Session session, JobQuery query) throws SQLException {
        Conditions conditions = listing.all(query);
        return session.first(count + conditions.where(), conditions::bind, row -> row.getLong(1))
                .orElseThrow();
    }

    /**
     * A job that may be retried.
     *
     * @param id null if the row has none that makes sense
     * @param isPlain whether it has neither relatives nor a unique key
     */
    record Retryable(@Nullable UUID id, boolean isPlain) {}
}
