package io.forthwith.jdbc;

import io.forthwith.JobQuery;
import java.sql.SQLException;
import java.util.List;

/** Reads pages of jobs, newest first; a dialect may say the same in other words. Immutable and thread-safe. */
class Listing {
    final <T> List<T> page(Session session, String select, JobQuery query, Session.Row<T> row) throws SQLException {
        Conditions conditions = conditions(query);
        return session.query(
                select + conditions.where() + " ORDER BY " + order(query) + " LIMIT ?",
                binder -> {
                    conditions.bind(binder);
                    binder.number(query.limit());
                },
                row);
    }

    /** The jobs of a page and of those after it. */
    Conditions conditions(JobQuery query) {
        Conditions conditions = all(query);
        addBefore(conditions, query);
        return conditions;
    }

    /** The jobs of all pages. */
    Conditions all(JobQuery query) {
        Conditions conditions = Conditions.ofJobs(query);
        conditions.addEqual("user_id", query.userId());
        conditions.addEqual("parent_id", query.parentId());
        return conditions;
    }

    /** The order of a page: that of the ids, from the highest. */
    String order(JobQuery query) {
        return "id DESC";
    }

    static void addBefore(Conditions conditions, JobQuery query) {
        if (query.before() != null) {
            conditions.add("id < ?", binder -> binder.id(query.before()));
        }
    }
}
