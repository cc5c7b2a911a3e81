package io.forthwith.jdbc.internal.rows;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads pages of jobs, newest first. A database may use other conditions for the same page. Immutable and thread-safe. */
public class JobPages {
    public final <T> List<T> page(Session session, StatementText select, JobQuery query, Session.Row<T> row)
            throws SQLException {
        JobConditions conditions = conditions(query);
        return session.query(
                select.plus(conditions.where() + " ORDER BY " + order(query) + " LIMIT ?"),
                binder -> {
                    conditions.bind(binder);
                    binder.number(query.atMost());
                },
                row);
    }

    /** The conditions for a page and all later pages. */
    public JobConditions conditions(JobQuery query) {
        JobConditions conditions = all(query);
        addBefore(conditions, query);
        return conditions;
    }

    /** The conditions for all pages. */
    public JobConditions all(JobQuery query) {
        return JobConditions.all(query);
    }

    /** The order of a page: the highest id first. H2 reads the index of users backwards only if the order names both columns. */
    public String order(JobQuery query) {
        return query.userId() == null ? "id DESC" : "user_id DESC, id DESC";
    }

    /**
     * The order in which an index finds the jobs of one status, as a clause, which may be empty; null if no index finds them.
     */
    public @Nullable String orderOf(JobStatus status) {
        return null;
    }

    /**
     * Whether a walk is a query of its own, inside of the one that looks at its rows: then the planner cannot look for these in another way, such as
     * by reading the whole table.
     */
    public boolean walksApart() {
        return false;
    }

    /** Whether an index has the failed jobs in the order of their ids: then a search for them walks down that index. */
    public boolean walksFailed() {
        return false;
    }

    /** Whether an index finds the groups that are open. */
    public boolean findsOpenGroups() {
        return false;
    }

    /** Whether the planner looks at the job of each entry of a list when a statement says so, and never reads other jobs instead. */
    public boolean keepsToEntries() {
        return false;
    }

    /** Whether the same index finds those of one queue. */
    public boolean answersQueue(JobStatus status) {
        return false;
    }

    /** Whether the same index finds those since a time. */
    public boolean answersSince(JobStatus status) {
        return false;
    }

    /** Whether an index finds the jobs of a unique key. */
    public boolean findsKeys() {
        return false;
    }

    /** The condition by which an index finds the jobs whose ids do not grow with time; null if there is no such index. */
    public @Nullable String otherIds() {
        return null;
    }

    /** The conditions by which the index of labels finds the entries of one, below an id if there is one. */
    public JobConditions ofLabel(JobQuery.Label label, @Nullable IdPlace before) {
        JobConditions conditions = new JobConditions();
        conditions.addEqual("name", label.name());
        conditions.addEqual("label_value", label.value());
        if (before != null) {
            conditions.add("job_id < ?", before::bind);
        }
        return conditions;
    }

    public static void addBefore(JobConditions conditions, JobQuery query) {
        if (query.before() != null) {
            conditions.add("id < ?", binder -> binder.id(query.before()));
        }
    }
}
