package io.forthwith;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs to list or count; newest first, paged by id. Immutable: every setting returns a new value.
 *
 * <pre>{@code
 * jobs.list(JobQuery.all().user(userId).project(projectId).status(JobStatus.FAILED).limit(20));
 * }</pre>
 *
 * @param statuses only jobs in one of these; empty for all
 * @param type only jobs of this type; null for all
 * @param userId only jobs of this user; null for all
 * @param projectId only jobs of this project; null for all
 * @param queue only jobs of this queue; null for all
 * @param parentId only children of this job; null for all
 * @param errorCode only jobs whose latest error has this code; null for all
 * @param onlyUndos whether only jobs are wanted that undo the durable steps of others
 * @param before only jobs with a lower id, to fetch the next page; null for the first page; ignored when counting
 * @param limit how many at the most, 1 to 1,000; ignored when counting
 */
public record JobQuery(
        Set<JobStatus> statuses,
        @Nullable String type,
        @Nullable String userId,
        @Nullable String projectId,
        @Nullable String queue,
        @Nullable UUID parentId,
        @Nullable String errorCode,
        boolean onlyUndos,
        @Nullable UUID before,
        int limit) {
    /** How many jobs a list holds at the most, by default. */
    public static final int DEFAULT_LIMIT = 100;

    private static final int MAX_LIMIT = 1_000;
    private static final JobQuery ALL =
            new JobQuery(Set.of(), null, null, null, null, null, null, false, null, DEFAULT_LIMIT);

    /** Checks the limit and copies the set. */
    public JobQuery {
        statuses = Set.copyOf(statuses);
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("Limit " + limit + " is out of range: 1 to " + MAX_LIMIT
                    + "; fetch further pages with before(id of the last job)");
        }
    }

    /** Every job, those that undo steps included, the newest {@value #DEFAULT_LIMIT} first. */
    public static JobQuery all() {
        return ALL;
    }

    /** Only jobs in one of these statuses. */
    public JobQuery status(JobStatus first, JobStatus... more) {
        return new JobQuery(
                EnumSet.of(first, more), type, userId, projectId, queue, parentId, errorCode, onlyUndos, before, limit);
    }

    /** Only jobs of this type. */
    public JobQuery type(String onlyType) {
        Objects.requireNonNull(onlyType, "type");
        return new JobQuery(
                statuses, onlyType, userId, projectId, queue, parentId, errorCode, onlyUndos, before, limit);
    }

    /** Only jobs of this user. */
    public JobQuery user(String onlyUser) {
        Objects.requireNonNull(onlyUser, "user");
        return new JobQuery(statuses, type, onlyUser, projectId, queue, parentId, errorCode, onlyUndos, before, limit);
    }

    /** Only jobs of this project. */
    public JobQuery project(String onlyProject) {
        Objects.requireNonNull(onlyProject, "project");
        return new JobQuery(statuses, type, userId, onlyProject, queue, parentId, errorCode, onlyUndos, before, limit);
    }

    /** Only jobs of this queue. */
    public JobQuery queue(String onlyQueue) {
        Objects.requireNonNull(onlyQueue, "queue");
        return new JobQuery(
                statuses, type, userId, projectId, onlyQueue, parentId, errorCode, onlyUndos, before, limit);
    }

    /** Only children of this job. */
    public JobQuery parent(UUID onlyParent) {
        Objects.requireNonNull(onlyParent, "parent");
        return new JobQuery(statuses, type, userId, projectId, queue, onlyParent, errorCode, onlyUndos, before, limit);
    }

    /** Only jobs whose latest error has this code: failed ones, and those that wait for their next try. */
    public JobQuery errorCode(String onlyCode) {
        Objects.requireNonNull(onlyCode, "errorCode");
        return new JobQuery(statuses, type, userId, projectId, queue, parentId, onlyCode, onlyUndos, before, limit);
    }

    /** Only jobs that undo the durable steps of others. */
    public JobQuery undos() {
        return new JobQuery(statuses, type, userId, projectId, queue, parentId, errorCode, true, before, limit);
    }

    /** Only jobs older than this one: the last of the page before. */
    public JobQuery before(UUID id) {
        Objects.requireNonNull(id, "before");
        return new JobQuery(statuses, type, userId, projectId, queue, parentId, errorCode, onlyUndos, id, limit);
    }

    /**
     * How many at the most. By default {@value #DEFAULT_LIMIT}.
     *
     * @throws IllegalArgumentException unless it is 1 to 1,000
     */
    public JobQuery limit(int most) {
        return new JobQuery(statuses, type, userId, projectId, queue, parentId, errorCode, onlyUndos, before, most);
    }

    /**
     * Only jobs that can be retried by hand: those in the statuses of this query or, if it names none, the failed and the cancelled ones.
     *
     * @throws IllegalArgumentException if it names a status whose jobs cannot be retried
     */
    public JobQuery retryable() {
        for (JobStatus status : statuses) {
            if (!status.isRetryable()) {
                throw new IllegalArgumentException("Only failed and cancelled jobs can be retried; the query asks for "
                        + status.text() + " ones: name no status, or failed, or cancelled, or both");
            }
        }
        return statuses.isEmpty() ? status(JobStatus.FAILED, JobStatus.CANCELLED) : this;
    }

    /** Whether a job is one of those, wherever a page begins: for stores that filter what they read. */
    public boolean selects(Job job) {
        return (statuses.isEmpty() || statuses.contains(job.status()))
                && (type == null || type.equals(job.type()))
                && (userId == null || userId.equals(job.userId()))
                && (projectId == null || projectId.equals(job.projectId()))
                && (queue == null || queue.equals(job.queue()))
                && (parentId == null || parentId.equals(job.parentId()))
                && (errorCode == null || errorCode.equals(job.errorCode()))
                && (!onlyUndos || job.isUndo());
    }
}
