package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobQuery;
import io.forthwith.jdbc.internal.rows.JobConditions;
import io.forthwith.jdbc.internal.rows.JobPages;

/**
 * Keeps lists and counts of one parent's or one user's jobs on the index of parents or users, whatever the planner believes of their number. In a
 * plan for any user it takes every user for one with many jobs, and to find the few of this one would walk through all jobs in the order of
 * their ids. So the order is that of the index by name, and the one value is a range, or the planner would see that only the order
 * of ids is left.
 */
public final class PostgresJobPages extends JobPages {
    @Override
    public JobConditions conditions(JobQuery query) {
        if (query.parentId() != null || query.userId() == null || query.before() == null) {
            return super.conditions(query);
        }
        JobConditions conditions = JobConditions.ofJobs(query);
        conditions.add(
                "user_id >= ? AND (user_id, id) < (?, ?)",
                binder -> binder.text(query.userId()).text(query.userId()).id(query.before()));
        return conditions;
    }

    @Override
    public JobConditions all(JobQuery query) {
        JobConditions conditions = JobConditions.ofJobs(query);
        if (query.parentId() != null) {
            conditions.add(
                    "parent_id >= ? AND parent_id <= ?",
                    binder -> binder.id(query.parentId()).id(query.parentId()));
            conditions.addEqual("user_id", query.userId());
        } else if (query.userId() != null) {
            conditions.add(
                    "user_id >= ? AND user_id <= ?",
                    binder -> binder.text(query.userId()).text(query.userId()));
        }
        return conditions;
    }

    @Override
    public String order(JobQuery query) {
        if (query.parentId() != null) {
            return "parent_id DESC, id DESC";
        }
        return query.userId() != null ? "user_id DESC, id DESC" : "id DESC";
    }
}
