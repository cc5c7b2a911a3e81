package io.forthwith.jdbc.internal.rows;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads jobs and failures without locks. Immutable and thread-safe. */
public final class JobSelects {
    private final SqlDialect dialect;
    private final JobRowReader rows;
    private final JobPages pages;
    private final StatementText find;
    private final StatementText failures;
    private final StatementText list;
    private final StatementText retryable;
    private final StatementText nextChildren;
    private final StatementText children;
    private final StatementText childrenWithoutPosition;
    private final StatementText predecessors;
    private final StatementText count;

    public JobSelects(SqlDialect dialect, JobRowReader rows, JobPages pages) {
        this.dialect = dialect;
        this.rows = rows;
        this.pages = pages;
        this.find = dialect.sql("SELECT " + JobRowReader.COLUMNS + " FROM {job} WHERE id = ?");
        this.failures = dialect.sql(
                "SELECT " + JobRowReader.FAILURE_COLUMNS + " FROM {job_failure} WHERE job_id = ? ORDER BY claim");
        this.list = dialect.sql("SELECT " + JobRowReader.COLUMNS + " FROM {job}");
        this.retryable = dialect.sql("""
                SELECT id, unique_key IS NULL AND parent_id IS NULL AND sealed IS NULL AND on_predecessor_failure IS NULL
                  AND NOT has_successors
                  AND (SELECT c.parent_id FROM {job} c WHERE c.parent_id = j.id ORDER BY c.position LIMIT 1) IS NULL
                FROM {job} j""");
        String ofParent = "SELECT " + JobRowReader.COLUMNS + " FROM {job} WHERE parent_id = ? AND ";
        this.nextChildren = dialect.sql(ofParent + "position > ? AND position <= ? ORDER BY position");
        this.children = dialect.sql(ofParent + "position > ? ORDER BY position LIMIT ?");
        this.childrenWithoutPosition = dialect.sql(ofParent + "position IS NULL ORDER BY position, id LIMIT ?");
        this.predecessors = dialect.sql("SELECT " + JobRowReader.COLUMNS + " FROM {job}"
                + " JOIN {job_predecessor} e ON e.predecessor_id = id WHERE e.job_id = ? ORDER BY e.place");
        this.count = dialect.sql("SELECT count(*) FROM {job}");
    }

    public Optional<Job> find(Session session, UUID id) throws SQLException {
        return session.first(find, binder -> binder.id(id), rows::job);
    }

    public List<FailedAttempt> failures(Session session, UUID id) throws SQLException {
        return session.query(failures, binder -> binder.id(id), rows::failure);
    }

    public List<Job> list(Session session, JobQuery query) throws SQLException {
        return pages.page(session, list, query, rows::job);
    }

    /**
     * The children of a job in the order of their positions; at the end those without a position, which an older
     * version of the library has added.
     *
     * <p>The positions of a page have no gaps as a rule. Children are read by a range of positions: so the database
     * finds them by the index, however large it expects a family to be.
     */
    public List<Job> children(Session session, UUID parent, int after, int limit) throws SQLException {
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

    public List<Job> predecessors(Session session, UUID id) throws SQLException {
        return session.query(predecessors, binder -> binder.id(id), rows::job);
    }

    /** The same jobs as {@link #list}, with only what a retry needs. */
    public List<Retryable> retryable(Session session, JobQuery query) throws SQLException {
        return pages.page(session, retryable, query, row -> new Retryable(dialect.readId(row, 1), row.getBoolean(2)));
    }

    public long count(Session session, JobQuery query) throws SQLException {
        JobConditions conditions = pages.all(query);
        return session.first(count.plus(conditions.where()), conditions::bind, row -> row.getLong(1))
                .orElseThrow();
    }

    /**
     * A job that may be retried.
     *
     * @param id null if the row has no usable id
     * @param isPlain whether the job has neither relatives nor a unique key
     */
    public record Retryable(@Nullable UUID id, boolean isPlain) {}
}
