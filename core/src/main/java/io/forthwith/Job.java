package io.forthwith;

import io.forthwith.limit.JobLimit;
import io.forthwith.limit.SequencePlace;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job as the store had it at one moment. Immutable. Times are from the clock of the store. */
public final class Job {
    private final UUID id;
    private final @Nullable UUID parentId;
    private final @Nullable String userId;
    private final @Nullable String projectId;
    private final String type;
    private final String queue;
    private final int priority;
    private final @Nullable String uniqueKey;
    private final UniqueKey.@Nullable Scope keyScope;
    private final @Nullable Integer maxAttempts;
    private final @Nullable Duration timeLimit;
    private final @Nullable Locale locale;
    private final JobStatus status;
    private final long claim;
    private final @Nullable UUID workerId;
    private final int attempt;
    private final int lostWorkers;
    private final int postponements;
    private final @Nullable Instant postponedSince;
    private final JobProgress progress;
    private final @Nullable String input;
    private final @Nullable String result;
    private final @Nullable String errorMessage;
    private final JobError.@Nullable Kind errorKind;
    private final @Nullable String errorCode;
    private final Instant createdAt;
    private final Instant runAt;
    private final @Nullable Instant startedAt;
    private final @Nullable Instant completedAt;
    private final @Nullable Instant cancelRequestedAt;
    private final Instant updatedAt;
    private final boolean hasUndo;
    private final @Nullable UUID undoes;
    private final JobRelations relations;
    private final Map<String, String> metadata;
    private final @Nullable String traceContext;
    private final @Nullable Instant expiresAt;
    private final List<JobLimit> limits;
    private final @Nullable SequencePlace sequence;

    private Job(
            UUID id,
            @Nullable UUID parentId,
            @Nullable String userId,
            @Nullable String projectId,
            String type,
            String queue,
            int priority,
            @Nullable String uniqueKey,
            UniqueKey.@Nullable Scope keyScope,
            @Nullable Integer maxAttempts,
            @Nullable Duration timeLimit,
            @Nullable Locale locale,
            JobStatus status,
            long claim,
            @Nullable UUID workerId,
            int attempt,
            int lostWorkers,
            int postponements,
            @Nullable Instant postponedSince,
            JobProgress progress,
            @Nullable String input,
            @Nullable String result,
            @Nullable String errorMessage,
            JobError.@Nullable Kind errorKind,
            @Nullable String errorCode,
            Instant createdAt,
            Instant runAt,
            @Nullable Instant startedAt,
            @Nullable Instant completedAt,
            @Nullable Instant cancelRequestedAt,
            Instant updatedAt,
            boolean hasUndo,
            @Nullable UUID undoes,
            JobRelations relations,
            Map<String, String> metadata,
            @Nullable String traceContext,
            @Nullable Instant expiresAt,
            List<JobLimit> limits,
            @Nullable SequencePlace sequence) {
        this.id = id;
        this.parentId = parentId;
        this.userId = userId;
        this.projectId = projectId;
        this.type = type;
        this.queue = queue;
        this.priority = priority;
        this.uniqueKey = uniqueKey;
        this.keyScope = keyScope;
        this.maxAttempts = maxAttempts;
        this.timeLimit = timeLimit;
        this.locale = locale;
        this.status = status;
        this.claim = claim;
        this.workerId = workerId;
        this.attempt = attempt;
        this.lostWorkers = lostWorkers;
        this.postponements = postponements;
        this.postponedSince = postponedSince;
        this.progress = progress;
        this.input = input;
        this.result = result;
        this.errorMessage = errorMessage;
        this.errorKind = errorKind;
        this.errorCode = errorCode;
        this.createdAt = createdAt;
        this.runAt = runAt;
        this.startedAt = startedAt;
        this.completedAt = completedAt;
        this.cancelRequestedAt = cancelRequestedAt;
        this.updatedAt = updatedAt;
        this.hasUndo = hasUndo;
        this.undoes = undoes;
        this.relations = relations;
        this.metadata = Map.copyOf(metadata);
        this.traceContext = traceContext;
        this.expiresAt = expiresAt;
        this.limits = List.copyOf(limits);
        this.sequence = sequence;
    }

    /** Its id, which is also the idempotency key of enqueuing it. */
    public UUID id() {
        return id;
    }

    /** The parent of which it is a child; null if it has none. */
    public @Nullable UUID parentId() {
        return parentId;
    }

    /** The user that it belongs to; null for none. */
    public @Nullable String userId() {
        return userId;
    }

    /** The project that it belongs to; null for none. */
    public @Nullable String projectId() {
        return projectId;
    }

    /** The name of its {@link JobType}; a row that was inserted by plain SQL may have any name. */
    public String type() {
        return type;
    }

    /** Its queue. */
    public String queue() {
        return queue;
    }

    /** 0 to 9; in a queue, higher priorities run first. */
    public int priority() {
        return priority;
    }

    /** A key that at most one job of its type has; null for none. */
    public @Nullable String uniqueKey() {
        return uniqueKey;
    }

    /** Until when it has that key; null if it has no key. */
    public UniqueKey.@Nullable Scope keyScope() {
        return keyScope;
    }

    /** How many attempts it may have; null if the retry policy of its processor decides. */
    public @Nullable Integer maxAttempts() {
        return maxAttempts;
    }

    /** How long one attempt may take; null if its processor decides. */
    public @Nullable Duration timeLimit() {
        return timeLimit;
    }

    /** The language of the library's messages to its user; null for that of the worker. */
    public @Nullable Locale locale() {
        return locale;
    }

    /** Its status. */
    public JobStatus status() {
        return status;
    }

    /** The fencing token: it grows with every claim and take-over, and never shrinks. */
    public long claim() {
        return claim;
    }

    /** The worker that holds it, or the last one that did; null before the first claim. */
    public @Nullable UUID workerId() {
        return workerId;
    }

    /** How many attempts count; while it is processing, the number of the present attempt. */
    public int attempt() {
        return attempt;
    }

    /** How many workers were lost while they ran it. */
    public int lostWorkers() {
        return lostWorkers;
    }

    /** How often it was postponed because it was not ready. */
    public int postponements() {
        return postponements;
    }

    /** When it was first postponed since it was enqueued or last retried by hand; null if it was not. */
    public @Nullable Instant postponedSince() {
        return postponedSince;
    }

    /** How far it has got. */
    public JobProgress progress() {
        return progress;
    }

    /** Its input as JSON. */
    public @Nullable String input() {
        return input;
    }

    /** Its result as JSON; null for none. */
    public @Nullable String result() {
        return result;
    }

    /** What the user is told about the last failure; null if there is none. */
    public @Nullable String errorMessage() {
        return errorMessage;
    }

    /** Who can fix that failure. */
    public JobError.@Nullable Kind errorKind() {
        return errorKind;
    }

    /** A stable word for that failure. */
    public @Nullable String errorCode() {
        return errorCode;
    }

    /** When it was enqueued. */
    public Instant createdAt() {
        return createdAt;
    }

    /** When it is or was due. */
    public Instant runAt() {
        return runAt;
    }

    /** When it was last claimed; null before the first claim. */
    public @Nullable Instant startedAt() {
        return startedAt;
    }

    /** When it ended: completed, failed or cancelled; null while it is open. */
    public @Nullable Instant completedAt() {
        return completedAt;
    }

    /** When its cancellation was requested while it was processing; null if it was not. */
    public @Nullable Instant cancelRequestedAt() {
        return cancelRequestedAt;
    }

    /** When its row last changed. */
    public Instant updatedAt() {
        return updatedAt;
    }

    /** Whether it has begun a durable step that is undone if the job fails or is cancelled. */
    public boolean hasUndo() {
        return hasUndo;
    }

    /** The job whose durable steps it undoes; null if it is not an undo job. */
    public @Nullable UUID undoes() {
        return undoes;
    }

    /** Its relations to other jobs. */
    public JobRelations relations() {
        return relations;
    }

    /** What belongs to it beside the input: {@link NewJob#metadata(String, String)}; empty for none. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** The trace that it belongs to, as {@link NewJob#traceContext(String)} says; null for none. */
    public @Nullable String traceContext() {
        return traceContext;
    }

    /** When it fails unless it has started before; null for never. */
    public @Nullable Instant expiresAt() {
        return expiresAt;
    }

    /** The limits that it is under, in the order of their keys; once it has been claimed, with that of its type if there is one. */
    public List<JobLimit> limits() {
        return limits;
    }

    /** Its place in a sequence; null if it is in none. */
    public @Nullable SequencePlace sequence() {
        return sequence;
    }

    /**
     * Whether an attempt has begun, also if it was given back because its job was not ready, or its worker was lost. False before the first claim, after a
     * worker gave the job back, as it does with those that it cannot finish when it stops, and after a retry by hand.
     */
    public boolean hasStarted() {
        return attempt > 0 || lostWorkers > 0 || postponements > 0;
    }

    /** Whether it is an undo job: it does no work of its own but undoes the durable steps of another job. */
    public boolean isUndo() {
        return undoes != null;
    }

    /** The language of the library's messages to its user: its own, or else {@code otherwise}. */
    public Locale localeOr(Locale otherwise) {
        return locale == null ? otherwise : locale;
    }

    /** The time from enqueuing to the end; null while the job is open. */
    public @Nullable Duration duration() {
        return completedAt == null ? null : Duration.between(createdAt, completedAt);
    }

    /** A builder of a pending job that no worker has claimed. */
    public static Builder builder(UUID id, String type, Instant createdAt) {
        return new Builder(id, type, createdAt);
    }

    /** A builder that starts from this job. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Id, type and status. Input and result are left out, because they may hold secrets. */
    @Override
    public String toString() {
        return "Job " + id + " (" + type + ", " + status.text() + ")";
    }

    /** Builds a {@link Job}, for stores that read jobs from rows, and for tests. Not thread-safe. */
    public static final class Builder {
        private final UUID id;
        private final String type;
        private final Instant createdAt;
        private @Nullable UUID parentId;
        private @Nullable String userId;
        private @Nullable String projectId;
        private String queue = NewJob.DEFAULT_QUEUE;
        private int priority = NewJob.DEFAULT_PRIORITY;
        private @Nullable String uniqueKey;
        private UniqueKey.@Nullable Scope keyScope;
        private @Nullable Integer maxAttempts;
        private @Nullable Duration timeLimit;
        private @Nullable Locale locale;
        private JobStatus status = JobStatus.PENDING;
        private long claim;
        private @Nullable UUID workerId;
        private int attempt;
        private int lostWorkers;
        private int postponements;
        private @Nullable Instant postponedSince;
        private JobProgress progress = JobProgress.NONE;
        private @Nullable String input;
        private @Nullable String result;
        private @Nullable String errorMessage;
        private JobError.@Nullable Kind errorKind;
        private @Nullable String errorCode;
        private Instant runAt;
        private @Nullable Instant startedAt;
        private @Nullable Instant completedAt;
        private @Nullable Instant cancelRequestedAt;
        private Instant updatedAt;
        private boolean hasUndo;
        private @Nullable UUID undoes;
        private JobRelations relations = JobRelations.NONE;
        private Map<String, String> metadata = Map.of();
        private @Nullable String traceContext;
        private @Nullable Instant expiresAt;
        private List<JobLimit> limits = List.of();
        private @Nullable SequencePlace sequence;

        private Builder(UUID id, String type, Instant createdAt) {
            this.id = Objects.requireNonNull(id, "id");
            this.type = Objects.requireNonNull(type, "type");
            this.createdAt = Objects.requireNonNull(createdAt, "createdAt");
            this.runAt = createdAt;
            this.updatedAt = createdAt;
        }

        private Builder(Job job) {
            this(job.id, job.type, job.createdAt);
            this.parentId = job.parentId;
            this.userId = job.userId;
            this.projectId = job.projectId;
            this.queue = job.queue;
            this.priority = job.priority;
            this.uniqueKey = job.uniqueKey;
            this.keyScope = job.keyScope;
            this.maxAttempts = job.maxAttempts;
            this.timeLimit = job.timeLimit;
            this.locale = job.locale;
            this.status = job.status;
            this.claim = job.claim;
            this.workerId = job.workerId;
            this.attempt = job.attempt;
            this.lostWorkers = job.lostWorkers;
            this.postponements = job.postponements;
            this.postponedSince = job.postponedSince;
            this.progress = job.progress;
            this.input = job.input;
            this.result = job.result;
            this.errorMessage = job.errorMessage;
            this.errorKind = job.errorKind;
            this.errorCode = job.errorCode;
            this.runAt = job.runAt;
            this.startedAt = job.startedAt;
            this.completedAt = job.completedAt;
            this.cancelRequestedAt = job.cancelRequestedAt;
            this.updatedAt = job.updatedAt;
            this.hasUndo = job.hasUndo;
            this.undoes = job.undoes;
            this.relations = job.relations;
            this.metadata = job.metadata;
            this.traceContext = job.traceContext;
            this.expiresAt = job.expiresAt;
            this.limits = job.limits;
            this.sequence = job.sequence;
        }

        /** A job with the values that were set so far. */
        public Job build() {
            return new Job(
                    id,
                    parentId,
                    userId,
                    projectId,
                    type,
                    queue,
                    priority,
                    uniqueKey,
                    keyScope,
                    maxAttempts,
                    timeLimit,
                    locale,
                    status,
                    claim,
                    workerId,
                    attempt,
                    lostWorkers,
                    postponements,
                    postponedSince,
                    progress,
                    input,
                    result,
                    errorMessage,
                    errorKind,
                    errorCode,
                    createdAt,
                    runAt,
                    startedAt,
                    completedAt,
                    cancelRequestedAt,
                    updatedAt,
                    hasUndo,
                    undoes,
                    relations,
                    metadata,
                    traceContext,
                    expiresAt,
                    limits,
                    sequence);
        }

        /** See {@link Job#parentId}. */
        public Builder parentId(@Nullable UUID parentId) {
            this.parentId = parentId;
            return this;
        }

        /** See {@link Job#userId}. */
        public Builder userId(@Nullable String userId) {
            this.userId = userId;
            return this;
        }

        /** See {@link Job#projectId}. */
        public Builder projectId(@Nullable String projectId) {
            this.projectId = projectId;
            return this;
        }

        /** See {@link Job#queue}. */
        public Builder queue(String queue) {
            this.queue = queue;
            return this;
        }

        /** See {@link Job#priority}. */
        public Builder priority(int priority) {
            this.priority = priority;
            return this;
        }

        /** A key that it has until it has ended; null for none. */
        public Builder uniqueKey(@Nullable String uniqueKey) {
            return uniqueKey(uniqueKey, UniqueKey.Scope.UNTIL_ENDED);
        }

        /** See {@link Job#uniqueKey} and {@link Job#keyScope}. */
        public Builder uniqueKey(@Nullable String uniqueKey, UniqueKey.Scope scope) {
            this.uniqueKey = uniqueKey;
            this.keyScope = uniqueKey == null ? null : scope;
            return this;
        }

        /** See {@link Job#expiresAt}. */
        public Builder expiresAt(@Nullable Instant expiresAt) {
            this.expiresAt = expiresAt;
            return this;
        }

        /** See {@link Job#limits}. */
        public Builder limits(List<JobLimit> limits) {
            this.limits = JobLimit.sorted(limits);
            return this;
        }

        /** See {@link Job#sequence}. */
        public Builder sequence(@Nullable SequencePlace sequence) {
            this.sequence = sequence;
            return this;
        }

        /** See {@link Job#maxAttempts}. */
        public Builder maxAttempts(@Nullable Integer maxAttempts) {
            this.maxAttempts = maxAttempts;
            return this;
        }

        /** See {@link Job#timeLimit}. */
        public Builder timeLimit(@Nullable Duration timeLimit) {
            this.timeLimit = timeLimit;
            return this;
        }

        /** See {@link Job#locale}. */
        public Builder locale(@Nullable Locale locale) {
            this.locale = locale;
            return this;
        }

        /** See {@link Job#status}. */
        public Builder status(JobStatus status) {
            this.status = status;
            return this;
        }

        /** See {@link Job#claim}. */
        public Builder claim(long claim) {
            this.claim = claim;
            return this;
        }

        /** See {@link Job#workerId}. */
        public Builder workerId(@Nullable UUID workerId) {
            this.workerId = workerId;
            return this;
        }

        /** See {@link Job#attempt}. */
        public Builder attempt(int attempt) {
            this.attempt = attempt;
            return this;
        }

        /** See {@link Job#lostWorkers}. */
        public Builder lostWorkers(int lostWorkers) {
            this.lostWorkers = lostWorkers;
            return this;
        }

        /** See {@link Job#postponements}. */
        public Builder postponements(int postponements) {
            this.postponements = postponements;
            return this;
        }

        /** See {@link Job#postponedSince}. */
        public Builder postponedSince(@Nullable Instant postponedSince) {
            this.postponedSince = postponedSince;
            return this;
        }

        /** See {@link Job#progress}. */
        public Builder progress(JobProgress progress) {
            this.progress = progress;
            return this;
        }

        /** See {@link Job#input}. */
        public Builder input(@Nullable String input) {
            this.input = input;
            return this;
        }

        /** See {@link Job#result}. */
        public Builder result(@Nullable String result) {
            this.result = result;
            return this;
        }

        /** The last failure; null for none. */
        public Builder error(@Nullable JobError error) {
            this.errorMessage = error == null ? null : error.message();
            this.errorKind = error == null ? null : error.kind();
            this.errorCode = error == null ? null : error.code();
            return this;
        }

        /** The columns of the last failure, as the store has them. */
        public Builder error(@Nullable String message, JobError.@Nullable Kind kind, @Nullable String code) {
            this.errorMessage = message;
            this.errorKind = kind;
            this.errorCode = code;
            return this;
        }

        /** See {@link Job#runAt}. */
        public Builder runAt(Instant runAt) {
            this.runAt = runAt;
            return this;
        }

        /** See {@link Job#startedAt}. */
        public Builder startedAt(@Nullable Instant startedAt) {
            this.startedAt = startedAt;
            return this;
        }

        /** See {@link Job#completedAt}. */
        public Builder completedAt(@Nullable Instant completedAt) {
            this.completedAt = completedAt;
            return this;
        }

        /** See {@link Job#cancelRequestedAt}. */
        public Builder cancelRequestedAt(@Nullable Instant cancelRequestedAt) {
            this.cancelRequestedAt = cancelRequestedAt;
            return this;
        }

        /** See {@link Job#updatedAt}. */
        public Builder updatedAt(Instant updatedAt) {
            this.updatedAt = updatedAt;
            return this;
        }

        /** See {@link Job#hasUndo}. */
        public Builder hasUndo(boolean hasUndo) {
            this.hasUndo = hasUndo;
            return this;
        }

        /** See {@link Job#undoes}. */
        public Builder undoes(@Nullable UUID undoes) {
            this.undoes = undoes;
            return this;
        }

        /** See {@link Job#relations}. */
        public Builder relations(JobRelations relations) {
            this.relations = relations;
            return this;
        }

        /** See {@link Job#metadata}. */
        public Builder metadata(Map<String, String> metadata) {
            this.metadata = metadata;
            return this;
        }

        /** See {@link Job#traceContext}. */
        public Builder traceContext(@Nullable String traceContext) {
            this.traceContext = traceContext;
            return this;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Job that
                && Objects.equals(id, that.id)
                && Objects.equals(parentId, that.parentId)
                && Objects.equals(userId, that.userId)
                && Objects.equals(projectId, that.projectId)
                && Objects.equals(type, that.type)
                && Objects.equals(queue, that.queue)
                && priority == that.priority
                && Objects.equals(uniqueKey, that.uniqueKey)
                && Objects.equals(keyScope, that.keyScope)
                && Objects.equals(maxAttempts, that.maxAttempts)
                && Objects.equals(timeLimit, that.timeLimit)
                && Objects.equals(locale, that.locale)
                && Objects.equals(status, that.status)
                && claim == that.claim
                && Objects.equals(workerId, that.workerId)
                && attempt == that.attempt
                && lostWorkers == that.lostWorkers
                && postponements == that.postponements
                && Objects.equals(postponedSince, that.postponedSince)
                && Objects.equals(progress, that.progress)
                && Objects.equals(input, that.input)
                && Objects.equals(result, that.result)
                && Objects.equals(errorMessage, that.errorMessage)
                && Objects.equals(errorKind, that.errorKind)
                && Objects.equals(errorCode, that.errorCode)
                && Objects.equals(createdAt, that.createdAt)
                && Objects.equals(runAt, that.runAt)
                && Objects.equals(startedAt, that.startedAt)
                && Objects.equals(completedAt, that.completedAt)
                && Objects.equals(cancelRequestedAt, that.cancelRequestedAt)
                && Objects.equals(updatedAt, that.updatedAt)
                && hasUndo == that.hasUndo
                && Objects.equals(undoes, that.undoes)
                && Objects.equals(relations, that.relations)
                && Objects.equals(metadata, that.metadata)
                && Objects.equals(traceContext, that.traceContext)
                && Objects.equals(expiresAt, that.expiresAt)
                && Objects.equals(limits, that.limits)
                && Objects.equals(sequence, that.sequence);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                id,
                parentId,
                userId,
                projectId,
                type,
                queue,
                priority,
                uniqueKey,
                keyScope,
                maxAttempts,
                timeLimit,
                locale,
                status,
                claim,
                workerId,
                attempt,
                lostWorkers,
                postponements,
                postponedSince,
                progress,
                input,
                result,
                errorMessage,
                errorKind,
                errorCode,
                createdAt,
                runAt,
                startedAt,
                completedAt,
                cancelRequestedAt,
                updatedAt,
                hasUndo,
                undoes,
                relations,
                metadata,
                traceContext,
                expiresAt,
                limits,
                sequence);
    }
}
