package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.rows.IdPlace;
import io.forthwith.jdbc.internal.rows.JobConditions;
import io.forthwith.jdbc.internal.rows.JobPages;
import org.jspecify.annotations.Nullable;

/**
 * Lists and counts the jobs of one parent or user by the index of parents or users, independent of the number of jobs the
 * planner expects.
 *
 * <p>In a plan for any user the planner takes every user for one with many jobs, and would walk through all jobs in
 * the order of their ids to find the few of this one. So the order names all columns of the index, and the one value
 * is a range: otherwise the planner would see that only the order of ids remains.
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
        boolean areOfParent = query.parentId() != null;
        JobConditions conditions = areOfParent ? JobConditions.ofFewJobs(query) : JobConditions.ofJobs(query);
        if (areOfParent) {
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

    /** The order is that of the index, so the planner takes the index. */
    @Override
    public @Nullable String orderOf(JobStatus status) {
        return switch (status) {
            case PENDING -> " ORDER BY queue, priority DESC, run_at, id";
            case PROCESSING -> " ORDER BY worker_id";
            case FAILED -> " ORDER BY created_at";
            case WAITING, COMPLETED, CANCELLED -> null;
        };
    }

    @Override
    public boolean findsOpenGroups() {
        return true;
    }

    @Override
    public boolean keepsToEntries() {
        return true;
    }

    @Override
    public boolean walksApart() {
        return true;
    }

    @Override
    public boolean walksFailed() {
        return true;
    }

    @Override
    public boolean answersQueue(JobStatus status) {
        return status == JobStatus.PENDING;
    }

    @Override
    public boolean answersSince(JobStatus status) {
        return status == JobStatus.FAILED;
    }

    @Override
    public boolean findsKeys() {
        return true;
    }

    @Override
    public String otherIds() {
        return "get_byte(uuid_send(id), 6) >> 4 <> 7";
    }

    /** One value as a range, as for users: otherwise only the order of ids would remain, and the primary key has that order, too. */
    @Override
    public JobConditions ofLabel(JobQuery.Label label, @Nullable IdPlace before) {
        JobConditions conditions = new JobConditions();
        conditions.add(
                "(name, label_value) >= (?, ?)",
                binder -> binder.text(label.name()).text(label.value()));
        if (before == null) {
            conditions.add(
                    "(name, label_value) <= (?, ?)",
                    binder -> binder.text(label.name()).text(label.value()));
        } else {
            conditions.add(
                    "(name, label_value, job_id) < (?, ?, ?)",
                    binder -> before.bind(binder.text(label.name()).text(label.value())));
        }
        return conditions;
    }

    @Override
    public String order(JobQuery query) {
        return query.parentId() != null ? "parent_id DESC, id DESC" : super.order(query);
    }
}
