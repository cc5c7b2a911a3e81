package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import io.forthwith.limit.LimitKey;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Selects the jobs to list, count, retry, cancel or change. Lists are in the order of descending ids, which for ids of the library
 * means newest first. Immutable: every setting returns a new value. Settings are combined with "and".
 *
 * <pre>{@code
 * jobs.scan(JobQuery.all().user(userId).project(projectId).status(JobStatus.FAILED).atMost(20));
 * }</pre>
 */
@CheckReturnValue
public final class JobQuery {
    /** How many jobs a list has at most, by default. */
    public static final int DEFAULT_AT_MOST = 100;

    private static final int MOST = 1_000;
    private static final JobQuery ALL = new Draft().query();

    /**
     * A label of a job: metadata whose name the host has declared to the store. Immutable.
     *
     * @param name the name, as for {@link NewJob#metadata}
     * @param value 1 to {@value #LONGEST_VALUE} characters
     */
    public record Label(String name, String value) {
        /** The longest value of a label. Longer metadata is kept with the job, and is no label. */
        public static final int LONGEST_VALUE = 200;

        /** Checks both. */
        public Label {
            NullRules.require(name, "name", "leave label() out for jobs with any labels or none");
            NameRules.requireShort("Label", name);
            NullRules.require(value, "value", "leave label() out for jobs with any labels or none");
            if (value.isEmpty() || value.length() > LONGEST_VALUE || !SafeText.isStorable(value)) {
                throw new IllegalArgumentException("No job has the label " + name + " = \"" + SafeText.line(value, 80)
                        + "\": labels have 1 to " + LONGEST_VALUE + " characters, without NUL or lone surrogates");
            }
        }
    }

    private final Set<JobStatus> statuses;
    private final @Nullable String type;
    private final @Nullable String userId;
    private final @Nullable String projectId;
    private final @Nullable String queue;
    private final @Nullable UUID parentId;
    private final @Nullable String errorCode;
    private final @Nullable String uniqueKey;
    private final @Nullable Label label;
    private final @Nullable LimitKey limitKey;
    private final @Nullable UUID workerId;
    private final boolean onlyUndos;
    private final @Nullable Instant since;
    private final @Nullable Instant until;
    private final @Nullable Instant endedSince;
    private final @Nullable Instant endedUntil;
    private final @Nullable UUID before;
    private final @Nullable Integer atMost;

    /** The library makes it from what it is asked for. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobQuery(
            LibraryOnly by,
            Set<JobStatus> statuses,
            @Nullable String type,
            @Nullable String userId,
            @Nullable String projectId,
            @Nullable String queue,
            @Nullable UUID parentId,
            @Nullable String errorCode,
            @Nullable String uniqueKey,
            @Nullable Label label,
            @Nullable LimitKey limitKey,
            @Nullable UUID workerId,
            boolean onlyUndos,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable Instant endedSince,
            @Nullable Instant endedUntil,
            @Nullable UUID before,
            @Nullable Integer atMost) {
        Objects.requireNonNull(by, "by");
        if (atMost != null && (atMost < 1 || atMost > MOST)) {
            throw new IllegalArgumentException("At most " + atMost + " jobs is out of range: 1 to " + MOST
                    + "; fetch further pages with before(id of the last job)");
        }
        this.statuses = Set.copyOf(NullRules.requireAll(statuses, "statuses", "give an empty set for every status"));
        this.type = type;
        this.userId = userId;
        this.projectId = projectId;
        this.queue = queue;
        this.parentId = parentId;
        this.errorCode = errorCode;
        this.uniqueKey = uniqueKey;
        this.label = label;
        this.limitKey = limitKey;
        this.workerId = workerId;
        this.onlyUndos = onlyUndos;
        this.since = since;
        this.until = until;
        this.endedSince = endedSince;
        this.endedUntil = endedUntil;
        this.before = before;
        this.atMost = atMost;
    }

    /** Only jobs in one of these statuses; empty for all. */
    public Set<JobStatus> statuses() {
        return statuses;
    }

    /** Only jobs of this type; null for all. */
    public @Nullable String type() {
        return type;
    }

    /** Only jobs of this user; null for all. */
    public @Nullable String userId() {
        return userId;
    }

    /** Only jobs of this project; null for all. */
    public @Nullable String projectId() {
        return projectId;
    }

    /** Only jobs of this queue; null for all. */
    public @Nullable String queue() {
        return queue;
    }

    /** Only children of this job; null for all. */
    public @Nullable UUID parentId() {
        return parentId;
    }

    /** Only jobs whose last error has this code; null for all. */
    public @Nullable String errorCode() {
        return errorCode;
    }

    /** Only jobs that were enqueued with this unique key, whatever its scope and whether they still have it; null for all. */
    public @Nullable String uniqueKey() {
        return uniqueKey;
    }

    /** Only jobs with this label; null for all. */
    public @Nullable Label label() {
        return label;
    }

    /** Only jobs under a limit with this key; null for all. */
    public @Nullable LimitKey limitKey() {
        return limitKey;
    }

    /** Only jobs that this worker runs, or was the last to run; null for all. */
    public @Nullable UUID workerId() {
        return workerId;
    }

    /** Whether to select only jobs that undo the durable steps of others. */
    public boolean onlyUndos() {
        return onlyUndos;
    }

    /** Only jobs that were enqueued at this time or later; null for all. */
    public @Nullable Instant since() {
        return since;
    }

    /** Only jobs that were enqueued before this time; null for all. */
    public @Nullable Instant until() {
        return until;
    }

    /** Only jobs that ended at this time or later; null for all. */
    public @Nullable Instant endedSince() {
        return endedSince;
    }

    /** Only jobs that ended before this time; null for all. */
    public @Nullable Instant endedUntil() {
        return endedUntil;
    }

    /** Only jobs with an id lower than this one, for the next page; null for the first page; ignored when counting. */
    public @Nullable UUID before() {
        return before;
    }

    /** How many jobs a list has at most, 1 to 1,000; ignored when counting. */
    public int atMost() {
        return atMost == null ? DEFAULT_AT_MOST : atMost;
    }

    /** Whether {@link #atMost(int)} says how many. Without it, calls that do something to all jobs of a query do it to all. */
    public boolean hasAtMost() {
        return atMost != null;
    }

    /** Every job, also those that undo durable steps; a list has the newest {@value #DEFAULT_AT_MOST}. */
    public static JobQuery all() {
        return ALL;
    }

    /** Only jobs in one of these statuses. */
    public JobQuery status(JobStatus first, JobStatus... more) {
        NullRules.require(first, "first", "leave status() out for jobs in every status");
        NullRules.requireAll(more, "more", "leave it out for one status only");
        return with(draft -> draft.statuses = EnumSet.of(first, more));
    }

    /** Only jobs of this type. */
    public JobQuery type(String onlyType) {
        NullRules.require(onlyType, "type", "leave type() out for jobs of every type");
        return with(draft -> draft.type = onlyType);
    }

    /** Only jobs of this type. Those that were enqueued under a former name of it have that name. */
    public JobQuery type(JobType<?> onlyType) {
        return type(NullRules.require(onlyType, "type", "leave type() out for jobs of every type")
                .name());
    }

    /** Only jobs of this user. */
    public JobQuery user(String onlyUser) {
        NullRules.require(onlyUser, "user", "leave user() out for jobs of any user or none");
        return with(draft -> draft.userId = onlyUser);
    }

    /** Only jobs of this project. */
    public JobQuery project(String onlyProject) {
        NullRules.require(onlyProject, "project", "leave project() out for jobs of any project or none");
        return with(draft -> draft.projectId = onlyProject);
    }

    /** Only jobs of this queue. */
    public JobQuery queue(String onlyQueue) {
        NullRules.require(onlyQueue, "queue", "leave queue() out for jobs of every queue");
        return with(draft -> draft.queue = onlyQueue);
    }

    /** Only children of this job. */
    public JobQuery parent(UUID onlyParent) {
        NullRules.require(onlyParent, "parent", "leave parent() out for jobs of any parent or none");
        return with(draft -> draft.parentId = onlyParent);
    }

    /** Only jobs whose last error has this code: failed jobs, and jobs that wait for their next attempt. */
    public JobQuery errorCode(String onlyCode) {
        NullRules.require(onlyCode, "errorCode", "leave errorCode() out for jobs of any error or none");
        return with(draft -> draft.errorCode = onlyCode);
    }

    /**
     * Only jobs that were enqueued with this unique key, whatever its scope and whether they still have it; without those that have given it up
     * by a retry by hand. PostgreSQL finds up to 5,000 of them by an index; other stores look at one job after the other.
     */
    public JobQuery uniqueKey(String onlyKey) {
        NullRules.require(onlyKey, "uniqueKey", "leave uniqueKey() out for jobs of any key or none");
        return with(draft -> draft.uniqueKey = onlyKey);
    }

    /**
     * Only jobs with this label: metadata with this name and value, if the name is declared to the store, as by {@code
     * JdbcJobStore.labels("order")}. Jobs that were enqueued before, or by SQL, have none. An index finds them. A query has one label: a second call replaces the first.
     *
     * @throws IllegalArgumentException if no job can have it, because a label has 1 to 200 characters
     */
    public JobQuery label(String name, String value) {
        Label only = new Label(name, value);
        return with(draft -> draft.label = only);
    }

    /** Only jobs under a limit with this key, whether it holds them up or not; of a limit on a type, the jobs of that type. */
    public JobQuery limitKey(LimitKey onlyKey) {
        NullRules.require(onlyKey, "limitKey", "leave limitKey() out for jobs under any limits or none");
        return with(draft -> draft.limitKey = onlyKey);
    }

    /** Only jobs that this worker runs, or was the last to run. */
    public JobQuery worker(UUID onlyWorker) {
        NullRules.require(onlyWorker, "worker", "leave worker() out for jobs of any worker or none");
        return with(draft -> draft.workerId = onlyWorker);
    }

    /** Only jobs that undo the durable steps of others. */
    public JobQuery undos() {
        return with(draft -> draft.onlyUndos = true);
    }

    /** Only jobs that were enqueued at this time or later, by the clock of the store. */
    public JobQuery since(Instant time) {
        NullRules.require(time, "since", "leave since() out for jobs of any age");
        return with(draft -> draft.since = time);
    }

    /** Only jobs that were enqueued before this time, by the clock of the store. */
    public JobQuery until(Instant time) {
        NullRules.require(time, "until", "leave until() out for jobs up to now");
        return with(draft -> draft.until = time);
    }

    /** Only jobs that ended at this time or later, by the clock of the store: those that completed, failed or were cancelled. */
    public JobQuery endedSince(Instant time) {
        NullRules.require(time, "endedSince", "leave endedSince() out for jobs that ended at any time, or are open");
        return with(draft -> draft.endedSince = time);
    }

    /** Only jobs that ended before this time, by the clock of the store. */
    public JobQuery endedUntil(Instant time) {
        NullRules.require(time, "endedUntil", "leave endedUntil() out for jobs that ended at any time, or are open");
        return with(draft -> draft.endedUntil = time);
    }

    /** Only jobs with a lower id: give the last id of the page before. */
    public JobQuery before(UUID id) {
        NullRules.require(id, "before", "leave before() out for the first page");
        return with(draft -> draft.before = id);
    }

    /**
     * At most so many jobs: in a list, by default {@value #DEFAULT_AT_MOST}; in a call that does something to all jobs of a query, by default all.
     *
     * @throws IllegalArgumentException unless it is 1 to 1,000
     */
    public JobQuery atMost(int jobs) {
        return with(draft -> draft.atMost = jobs);
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
     * Whether this query selects a job; it ignores {@link #before} and {@link #atMost}. For stores that filter rows in
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
                && (label == null || label.value.equals(job.metadata().get(label.name)))
                && (limitKey == null || isUnder(job, limitKey))
                && (workerId == null || workerId.equals(job.workerId()))
                && (!onlyUndos || job.isUndo())
                && isWithin(job.createdAt(), since, until)
                && isWithin(job.completedAt(), endedSince, endedUntil);
    }

    private static boolean isUnder(Job job, LimitKey key) {
        return key.name().equals(LimitKey.TYPE)
                ? key.key().equals(job.type())
                : job.limits().stream().anyMatch(limit -> limit.key().equals(key));
    }

    private static boolean isWithin(@Nullable Instant time, @Nullable Instant from, @Nullable Instant to) {
        return (from == null || (time != null && !time.isBefore(from)))
                && (to == null || (time != null && time.isBefore(to)));
    }

    private JobQuery with(Consumer<Draft> setting) {
        Draft draft = new Draft(this);
        setting.accept(draft);
        return draft.query();
    }

    /** The values of a query that is being made. */
    private static final class Draft {
        private Set<JobStatus> statuses = Set.of();
        private @Nullable String type;
        private @Nullable String userId;
        private @Nullable String projectId;
        private @Nullable String queue;
        private @Nullable UUID parentId;
        private @Nullable String errorCode;
        private @Nullable String uniqueKey;
        private @Nullable Label label;
        private @Nullable LimitKey limitKey;
        private @Nullable UUID workerId;
        private boolean onlyUndos;
        private @Nullable Instant since;
        private @Nullable Instant until;
        private @Nullable Instant endedSince;
        private @Nullable Instant endedUntil;
        private @Nullable UUID before;
        private @Nullable Integer atMost;

        private Draft() {}

        private Draft(JobQuery from) {
            this.statuses = from.statuses;
            this.type = from.type;
            this.userId = from.userId;
            this.projectId = from.projectId;
            this.queue = from.queue;
            this.parentId = from.parentId;
            this.errorCode = from.errorCode;
            this.uniqueKey = from.uniqueKey;
            this.label = from.label;
            this.limitKey = from.limitKey;
            this.workerId = from.workerId;
            this.onlyUndos = from.onlyUndos;
            this.since = from.since;
            this.until = from.until;
            this.endedSince = from.endedSince;
            this.endedUntil = from.endedUntil;
            this.before = from.before;
            this.atMost = from.atMost;
        }

        private JobQuery query() {
            return new JobQuery(
                    LibraryOnly.KEY,
                    statuses,
                    type,
                    userId,
                    projectId,
                    queue,
                    parentId,
                    errorCode,
                    uniqueKey,
                    label,
                    limitKey,
                    workerId,
                    onlyUndos,
                    since,
                    until,
                    endedSince,
                    endedUntil,
                    before,
                    atMost);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobQuery that
                && Objects.equals(statuses, that.statuses)
                && Objects.equals(type, that.type)
                && Objects.equals(userId, that.userId)
                && Objects.equals(projectId, that.projectId)
                && Objects.equals(queue, that.queue)
                && Objects.equals(parentId, that.parentId)
                && Objects.equals(errorCode, that.errorCode)
                && Objects.equals(uniqueKey, that.uniqueKey)
                && Objects.equals(label, that.label)
                && Objects.equals(limitKey, that.limitKey)
                && Objects.equals(workerId, that.workerId)
                && onlyUndos == that.onlyUndos
                && Objects.equals(since, that.since)
                && Objects.equals(until, that.until)
                && Objects.equals(endedSince, that.endedSince)
                && Objects.equals(endedUntil, that.endedUntil)
                && Objects.equals(before, that.before)
                && Objects.equals(atMost, that.atMost);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                statuses,
                type,
                userId,
                projectId,
                queue,
                parentId,
                errorCode,
                uniqueKey,
                label,
                limitKey,
                workerId,
                onlyUndos,
                since,
                until,
                endedSince,
                endedUntil,
                before,
                atMost);
    }

    @Override
    public String toString() {
        return "JobQuery[statuses=" + statuses + ", type=" + type + ", userId=" + userId + ", projectId=" + projectId
                + ", queue=" + queue + ", parentId=" + parentId + ", errorCode=" + errorCode + ", uniqueKey="
                + uniqueKey + ", label=" + label + ", limitKey=" + limitKey + ", workerId=" + workerId + ", onlyUndos="
                + onlyUndos + ", since=" + since + ", until=" + until + ", endedSince=" + endedSince + ", endedUntil="
                + endedUntil + ", before=" + before + ", atMost=" + atMost() + "]";
    }
}
