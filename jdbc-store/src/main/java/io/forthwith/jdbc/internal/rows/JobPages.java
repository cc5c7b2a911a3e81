package io.forthwith.jdbc.internal.rows;

import io.forthwith.JobQuery;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlStatement;
import java.sql.SQLException;
import java.util.List;

/** Reads pages of jobs, newest first; a dialect may say the same in other words. Immutable and thread-safe. */
public class JobPages {
    public final <T> List<T> page(Session session, SqlStatement select, JobQuery query, Session.Row<T> row)
            throws SQLException {
        JobConditions conditions = conditions(query);
        return session.query(
                select.plus(conditions.where() + " ORDER BY " + order(query) + " LIMIT ?"),
                binder -> {
                    conditions.bind(binder);
                    binder.number(query.limit());
                },
                row);
    }

    /** The jobs of a page and of those after it. */
    public JobConditions conditions(JobQuery query) {
        JobConditions conditions = all(query);
        addBefore(conditions, query);
        return conditions;
    }

    /** The jobs of all pages. */
    public JobConditions all(JobQuery query) {
        JobConditions conditions = JobConditions.ofJobs(query);
        conditions.addEqual("user_id", query.userId());
        conditions.addEqual("parent_id", query.parentId());
        return conditions;
    }

    /** The order of a page: that of the ids, from the highest. */
    public String order(JobQuery query) {
        return "id DESC";
    }

    public static void addBefore(JobConditions conditions, JobQuery query) {
        if (query.before() != null) {
            conditions.add("id < ?", binder -> binder.id(query.before()));
        }
    }
}
