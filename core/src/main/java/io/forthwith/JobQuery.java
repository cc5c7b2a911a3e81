package io.forthwith;

import io.forthwith.internal.NullRules;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Selects the jobs to list, count, retry, cancel or change. Lists are in the order of descending ids, which for ids of the library
 * means newest first. Immutable: every setting returns a new value. Settings are combined with "and".
 *
 * <pre>{@code
 * jobs.list(JobQuery.all().user(userId).project(projectId).status(JobStatus.FAILED).limit(20));
 * }</pre>
 *
 * @param statuses only jobs in one of these statuses; empty for all
 * @param type only jobs of this type; null for all
 * @param userId only jobs of this user; null for all
 * @param projectId only jobs of this project; null for all
 * @param queue only jobs of this queue; null for all
 * @param parentId only children of this job; null for all
 * @param errorCode only jobs whose last error has this code; null for all
 * @param uniqueKey only jobs that were enqueued with this unique key, whatever its scope and whether they still have it; null for all
 * @param onlyUndos whether to select only jobs that undo the durable steps of others
 * @param since only jobs that were enqueued at this time or later; null for all
 * @param before only jobs with an id lower than this one, for the next page; null for the first page; ignored when
 *     counting
 * @param limit the largest number of jobs in a list, 1 to 1,000; ignored when counting
 */
public record JobQuery(
        Set<JobStatus> statuses,
        @Nullable String type,
        @Nullable String userId,
        @Nullable String projectId,
        @Nullable String queue,
        @Nullable UUID parentId,
        @Nullable String errorCode,
        @Nullable String uniqueKey,
        boolean onlyUndos,
        @Nullable Instant since,
        @Nullable UUID before,
        int limit) {
    /** The largest number of jobs in a list, by default. */
    public static final int DEFAULT_LIMIT = 100;

    private static final int MAX_LIMIT = 1_000;
    private static final JobQuery ALL =
            new JobQuery(Set.of(), null, null, null, null, null, null, null, false, null, null, DEFAULT_LIMIT);

    /** Copies the set. */
    public JobQuery {
        statuses = Set.copyOf(NullRules.requireAll(statuses, "statuses", "give an empty set for every status"));
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("Limit " + limit + " is out of range: 1 to " + MAX_LIMIT
                    + "; fetch further pages with before(id of the last job)");
        }
    }

    /** Every job, also those that undo durable steps; a list has the newest {@value #DEFAULT_LIMIT}. */
    public static JobQuery all() {
        return ALL;
    }

    /** Only jobs in one of these statuses. */
    public JobQuery status(JobStatus first, JobStatus... more) {
        NullRules.require(first, "first", "leave status() out for jobs in every status");
        NullRules.requireAll(more, "more", "leave it out for one status only");
        return new JobQuery(
                EnumSet.of(first, more),
                type,
                userId,
                projectId,
                queue,
                parentId,
                errorCode,
                uniqueKey,
                onlyUndos,
                since,
                before,
                limit);
    }

    /** Only jobs of this type. */
    public JobQuery type(String onlyType) {
        NullRules.require(onlyType, "type", "leave type() out for jobs of every type");
        return new JobQuery(
                statuses, onlyType, userId, projectId, queue, parentId, errorCode, uniqueKey, onlyUndos, since, before,
                limit);
    }

    /** Only jobs of this user. */
    public JobQuery user(String onlyUser) {
        NullRules.require(onlyUser, "user", "leave user() out for jobs of any user or none");
        return new JobQuery(
                statuses, type, onlyUser, projectId, queue, parentId, errorCode, uniqueKey, onlyUndos, since, before,
                limit);
    }

    /** Only jobs of this project. */
    public JobQuery project(String onlyProject) {
        NullRules.require(onlyProject, "project", "leave project() out for jobs of any project or none");
        return new JobQuery(
                statuses,
                type,
                userId,
                onlyProject,
                queue,
                parentId,
                errorCode,
                uniqueKey,
                onlyUndos,
                since,
                before,
                limit);
    }

    /** Only jobs of this queue. */
    public JobQuery queue(String onlyQueue) {
        NullRules.require(onlyQueue, "queue", "leave queue() out for jobs of every queue");
        return new JobQuery(
                statuses, type, userId, projectId, onlyQueue, parentId, errorCode, uniqueKey, onlyUndos, since, before,
                limit);
    }

    /** Only children of this job. */
    public JobQuery parent(UUID onlyParent) {
        NullRules.require(onlyParent, "parent", "leave parent() out for jobs of any parent or none");
        return new JobQuery(
                statuses,
                type,
                userId,
                projectId,
                queue,
                onlyParent,
                errorCode,
                uniqueKey,
                onlyUndos,
                since,
                before,
                limit);
    }

    /** Only jobs whose last error has this code: failed jobs, and jobs that wait for their next attempt. */
    public JobQuery errorCode(String onlyCode) {
        NullRules.require(onlyCode, "errorCode", "leave errorCode() out for jobs of any error or none");
        return new JobQuery(
                statuses, type, userId, projectId, queue, parentId, onlyCode, uniqueKey, onlyUndos, since, before,
                limit);
    }

    /**
     * Only jobs that were enqueued with this unique key, whatever its scope and whether they still have it; without those that have given it up
     * by a retry by hand. PostgreSQL finds up to 5,000 of them by an index; other stores look at one job after the other.
     */
    public JobQuery uniqueKey(String onlyKey) {
        NullRules.require(onlyKey, "uniqueKey", "leave uniqueKey() out for jobs of any key or none");
        return new JobQuery(
                statuses, type, userId, projectId, queue, parentId, errorCode, onlyKey, onlyUndos, since, before,
                limit);
    }

    /** Only jobs that undo the durable steps of others. */
    public JobQuery undos() {
        return new JobQuery(
                statuses, type, userId, projectId, queue, parentId, errorCode, uniqueKey, true, since, before, limit);
    }

    /** Only jobs that were enqueued at this time or later, by the clock of the store. */
    public JobQuery since(Instant time) {
        NullRules.require(time, "since", "leave since() out for jobs of any age");
        return new JobQuery(
                statuses, type, userId, projectId, queue, parentId, errorCode, uniqueKey, onlyUndos, time, before,
                limit);
    }

    /** Only jobs with a lower id: give the last id of the page before. */
    public JobQuery before(UUID id) {
        NullRules.require(id, "before", "leave before() out for the first page");
        return new JobQuery(
                statuses, type, userId, projectId, queue, parentId, errorCode, uniqueKey, onlyUndos, since, id, limit);
    }

    /**
     * The largest number of jobs in a list. By default {@value #DEFAULT_LIMIT}.
     *
     * @throws IllegalArgumentException unless it is 1 to 1,000
     */
    public JobQuery limit(int most) {
        return new JobQuery(
                statuses, type, userId, projectId, queue, parentId, errorCode, uniqueKey, onlyUndos, since, before,
                most);
    }

    /**
     * Only jobs that can be retried by hand. If this query names no status, these are the failed and the cancelled jobs.
     *
     * @throws IllegalArgumentException if this query names another status
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

    /**
     * Only open jobs. If this query names no status, these are the pending, the running and the waiting jobs.
     *
     * @throws IllegalArgumentException if this query names a status in which jobs have ended
     */
    public JobQuery open() {
        for (JobStatus status : statuses) {
            if (status.isFinal()) {
                throw new IllegalArgumentException("Only open jobs can be cancelled or changed; the query asks for "
                        + status.text() + " ones: name no status, or pending, processing or waiting");
            }
        }
        return statuses.isEmpty() ? status(JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.WAITING) : this;
    }

    /**
     * Whether this query selects a job; it ignores {@link #before} and {@link #limit}. For stores that filter rows in
     * memory.
     */
    public boolean selects(Job job) {
        return (statuses.isEmpty() || statuses.contains(job.status()))
                && (type == null || type.equals(job.type()))
                && (userId == null || userId.equals(job.userId()))
                && (projectId == null || projectId.equals(job.projectId()))
                && (queue == null || queue.equals(job.queue()))
                && (parentId == null || parentId.equals(job.parentId()))
                && (errorCode == null || errorCode.equals(job.errorCode()))
                && (uniqueKey == null || uniqueKey.equals(job.uniqueKey()))
                && (!onlyUndos || job.isUndo())
                && (since == null || !job.createdAt().isBefore(since));
    }
}
