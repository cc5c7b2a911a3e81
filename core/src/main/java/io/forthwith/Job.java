package io.forthwith;

import io.forthwith.limit.JobLimit;
import io.forthwith.limit.JobSequence;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as the store had it at one moment. Immutable. Times are from the clock of the store.
 *
 * @param id its id, which is also the idempotency key of enqueuing it
 * @param parentId the parent of which it is a child; null if it has none
 * @param userId the user that it belongs to; null for none
 * @param projectId the project that it belongs to; null for none
 * @param type the name of its {@link JobType}; a row that was inserted by plain SQL may have any name
 * @param queue its queue
 * @param priority 0 to 9; in a queue, higher priorities run first
 * @param uniqueKey a key that at most one job of its type has; null for none
 * @param keyScope until when it has that key; null if it has no key
 * @param maxAttempts how many attempts it may have; null if the retry policy of its processor decides
 * @param timeLimit how long one attempt may take; null if its processor decides
 * @param locale the language of the library's messages to its user; null for that of the worker
 * @param status its status
 * @param claim the fencing token: it grows with every claim and take-over, and never shrinks
 * @param workerId the worker that holds it, or the last one that did; null before the first claim
 * @param attempt how many attempts count; while it is processing, the number of the present attempt
 * @param lostWorkers how many workers were lost while they ran it
 * @param postponements how often it was postponed because it was not ready
 * @param postponedSince when it was first postponed since it was enqueued or last retried by hand; null if it was not
 * @param progress how far it has got
 * @param input its input as JSON
 * @param result its result as JSON; null for none
 * @param errorMessage what the user is told about the last failure; null if there is none
 * @param errorKind who can fix that failure
 * @param errorCode a stable word for that failure
 * @param createdAt when it was enqueued
 * @param runAt when it is or was due
 * @param startedAt when it was last claimed; null before the first claim
 * @param completedAt when it ended: completed, failed or cancelled; null while it is open
 * @param cancelRequestedAt when its cancellation was requested while it was processing; null if it was not
 * @param updatedAt when its row last changed
 * @param hasUndo whether it has begun a durable step that is undone if the job fails or is cancelled
 * @param undoes the job whose durable steps it undoes; null if it is not an undo job
 * @param relations its relations to other jobs
 * @param metadata what belongs to it beside the input: {@link NewJob#metadata(String, String)}; empty for none
 * @param traceContext the trace that it belongs to, as {@link NewJob#traceContext(String)} says; null for none
 * @param expiresAt when it fails unless it has started before; null for never
 * @param limits the limits that it is under, in the order of their keys; once it has been claimed, with that of its type if there is one
 * @param sequence its place in a sequence; null if it is in none
 */
public record Job(
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
        @Nullable JobSequence sequence) {
    /** Copies the metadata and the limits. */
    public Job {
        metadata = Map.copyOf(metadata);
        limits = List.copyOf(limits);
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

    /** The time from enqueuing to the end; empty while the job is open. */
    public Optional<Duration> duration() {
        return completedAt == null ? Optional.empty() : Optional.of(Duration.between(createdAt, completedAt));
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
        private @Nullable JobSequence sequence;

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
        public Builder sequence(@Nullable JobSequence sequence) {
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
}
