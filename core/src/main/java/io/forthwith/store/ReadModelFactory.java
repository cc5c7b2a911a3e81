package io.forthwith.store;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobRelations;
import io.forthwith.JobStep;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.LabelName;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.RunningJob;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes the values that a store answers with, from what it has read. For stores, and for tests of programs that read them. The parameters are those values in their
 * order; a minor version may add one.
 */
public final class ReadModelFactory {
    private ReadModelFactory() {}

    /** See {@link FailedAttempt}. */
    public static FailedAttempt failedAttempt(
            UUID jobId,
            long claim,
            int attempt,
            JobError.Kind kind,
            String code,
            String message,
            @Nullable String exceptionClass,
            @Nullable String trace,
            @Nullable UUID workerId,
            @Nullable Instant startedAt,
            Instant failedAt) {
        return new FailedAttempt(
                LibraryOnly.KEY,
                jobId,
                claim,
                attempt,
                kind,
                code,
                message,
                exceptionClass,
                trace,
                workerId,
                startedAt,
                failedAt);
    }

    /** See {@link JobProgress}. */
    public static JobProgress jobProgress(
            int percent, int currentStep, @Nullable Integer totalSteps, @Nullable String message) {
        return new JobProgress(LibraryOnly.KEY, percent, currentStep, totalSteps, message);
    }

    /** See {@link JobRelations}. */
    public static JobRelations jobRelations(
            @Nullable Integer position,
            boolean isParent,
            boolean isSealed,
            ChildFailurePolicy onChildFailure,
            boolean cancelsOtherChildren,
            @Nullable PredecessorFailurePolicy onPredecessorFailure,
            boolean hasSuccessors) {
        return new JobRelations(
                LibraryOnly.KEY,
                position,
                isParent,
                isSealed,
                onChildFailure,
                cancelsOtherChildren,
                onPredecessorFailure,
                hasSuccessors);
    }

    /** See {@link JobStep}. */
    public static JobStep jobStep(
            UUID jobId,
            long claim,
            String name,
            String part,
            int position,
            boolean hasUndo,
            @Nullable String result,
            Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable UUID undoJobId,
            @Nullable Instant undoneAt) {
        return new JobStep(
                LibraryOnly.KEY,
                jobId,
                claim,
                name,
                part,
                position,
                hasUndo,
                result,
                startedAt,
                finishedAt,
                undoJobId,
                undoneAt);
    }

    /** See {@link BulkResult}. */
    public static BulkResult bulkResult(long done, Map<ActResult.Outcome, Long> skipped, @Nullable UUID next) {
        return new BulkResult(LibraryOnly.KEY, done, skipped, next);
    }

    /** See {@link PausedQueue}. */
    public static PausedQueue pausedQueue(String queue, Pause pause) {
        return new PausedQueue(LibraryOnly.KEY, queue, pause);
    }

    /** See {@link QueueState}. */
    public static QueueState queueState(
            String queue,
            BoundedCount due,
            BoundedCount scheduled,
            BoundedCount limited,
            BoundedCount running,
            @Nullable Duration oldestAge,
            @Nullable Pause pause) {
        return new QueueState(LibraryOnly.KEY, queue, due, scheduled, limited, running, oldestAge, pause);
    }

    /** See {@link LabelName}. */
    public static LabelName labelName(String name, Instant since) {
        return new LabelName(LibraryOnly.KEY, name, since);
    }

    /** See {@link JobOutcomes}. */
    public static JobOutcomes jobOutcomes(
            Instant from,
            Duration span,
            String queue,
            String type,
            JobOutcomes.Outcome outcome,
            long jobs,
            DurationBuckets waits,
            DurationBuckets runs) {
        return new JobOutcomes(LibraryOnly.KEY, from, span, queue, type, outcome, jobs, waits, runs);
    }

    /** See {@link JobPage}. */
    public static JobPage jobPage(List<Job> jobs, @Nullable JobQuery next, @Nullable Instant searchedBackTo) {
        return new JobPage(LibraryOnly.KEY, jobs, next, searchedBackTo);
    }

    /** See {@link StoredSchedule.Declaration}. */
    public static StoredSchedule.Declaration scheduleDeclaration(
            String owner, long version, Instant declaredAt, @Nullable Instant retiredAt) {
        return new StoredSchedule.Declaration(LibraryOnly.KEY, owner, version, declaredAt, retiredAt);
    }

    /** See {@link Pause}. */
    public static Pause pause(Instant since, @Nullable String by, @Nullable String reason) {
        return new Pause(LibraryOnly.KEY, since, by, reason);
    }

    /** See {@link StoredSchedule.Progress}. */
    public static StoredSchedule.Progress scheduleProgress(
            @Nullable Instant anchor,
            @Nullable String fingerprint,
            @Nullable Instant nextAt,
            @Nullable Instant lastFiredAt,
            long fired,
            long skipped,
            @Nullable String error,
            List<UUID> runs) {
        return new StoredSchedule.Progress(
                LibraryOnly.KEY, anchor, fingerprint, nextAt, lastFiredAt, fired, skipped, error, runs);
    }

    /** See {@link StoredSchedule}. */
    public static StoredSchedule storedSchedule(
            String name,
            UUID creationId,
            Instant createdAt,
            ScheduleDefinition definition,
            StoredSchedule.@Nullable Declaration declaration,
            @Nullable Pause pause,
            StoredSchedule.Progress progress) {
        return new StoredSchedule(
                LibraryOnly.KEY, name, creationId, createdAt, definition, declaration, pause, progress);
    }

    /** See {@link WaitingJobs.Part}. */
    public static WaitingJobs.Part waitingPart(String queue, String type, int jobs) {
        return new WaitingJobs.Part(LibraryOnly.KEY, queue, type, jobs);
    }

    /** See {@link WaitingJobs}. */
    public static WaitingJobs waitingJobs(List<UUID> first, List<WaitingJobs.Part> parts, boolean areAll) {
        return new WaitingJobs(LibraryOnly.KEY, first, parts, areAll);
    }

    /** See {@link LimitState}. */
    public static LimitState limitState(
            LimitKey key,
            @Nullable Limit limit,
            boolean isOverridden,
            @Nullable Pause pause,
            List<UUID> running,
            int waiting,
            @Nullable Instant nextStart,
            @Nullable Instant restsUntil,
            @Nullable UUID first) {
        return new LimitState(
                LibraryOnly.KEY, key, limit, isOverridden, pause, running, waiting, nextStart, restsUntil, first);
    }

    /** See {@link BlockedSequence}. */
    public static BlockedSequence blockedSequence(
            String key, UUID jobId, String type, @Nullable Instant failedAt, @Nullable String message) {
        return new BlockedSequence(LibraryOnly.KEY, key, jobId, type, failedAt, message);
    }

    /** See {@link RegisteredWorker}. */
    public static RegisteredWorker registeredWorker(
            WorkerInfo info,
            @Nullable WorkerLoad load,
            Instant startedAt,
            @Nullable Instant lastBeatAt,
            Instant leaseEndsAt,
            boolean isAlive) {
        return new RegisteredWorker(LibraryOnly.KEY, info, load, startedAt, lastBeatAt, leaseEndsAt, isAlive);
    }

    /** See {@link JobError}. */
    public static JobError jobError(
            JobError.Kind kind,
            String code,
            String message,
            @Nullable String exceptionClass,
            @Nullable String trace,
            boolean retryable,
            @Nullable Duration retryAfter) {
        return new JobError(LibraryOnly.KEY, kind, code, message, exceptionClass, trace, retryable, retryAfter);
    }

    /** See {@link Limit}. */
    public static Limit limit(
            String name,
            @Nullable Integer concurrency,
            @Nullable Integer starts,
            @Nullable Duration period,
            int burst) {
        return new Limit(LibraryOnly.KEY, name, concurrency, starts, period, burst);
    }

    /** See {@link RunningJob}. */
    public static RunningJob runningJob(
            UUID id, String type, @Nullable UUID workerId, @Nullable Instant since, int lostWorkers) {
        return new RunningJob(LibraryOnly.KEY, id, type, workerId, since, lostWorkers);
    }

    /** See {@link LimitChangeResult}. */
    public static LimitChangeResult limitChangeResult(
            LimitKey key, @Nullable Pause before, @Nullable Pause pause, boolean hasOpenClaim) {
        return new LimitChangeResult(LibraryOnly.KEY, key, before, pause, hasOpenClaim);
    }

    /** See {@link WorkerInfo}. */
    public static WorkerInfo workerInfo(
            UUID id,
            String name,
            String host,
            long pid,
            WorkerInfo.@Nullable Serves serves,
            @Nullable String libraryVersion,
            WorkerInfo.@Nullable Schedules schedules) {
        return new WorkerInfo(LibraryOnly.KEY, id, name, host, pid, serves, libraryVersion, schedules);
    }

    /** Makes a {@link WorkerInfo} that says no more than where the worker runs. */
    public static WorkerInfo workerInfo(UUID id, String name, String host, long pid) {
        return workerInfo(id, name, host, pid, null, null, null);
    }

    /** See {@link WorkerInfo.Serves}. */
    public static WorkerInfo.Serves workerServes(
            List<String> queues, List<String> types, boolean onlyTypes, int concurrency) {
        return new WorkerInfo.Serves(LibraryOnly.KEY, queues, types, onlyTypes, concurrency);
    }

    /** See {@link WorkerInfo.Schedules}. */
    public static WorkerInfo.Schedules workerSchedules(String owner, long version) {
        return new WorkerInfo.Schedules(LibraryOnly.KEY, owner, version);
    }

    /** See {@link WorkerLoad}. */
    public static WorkerLoad workerLoad(int running, boolean stopping, boolean degraded) {
        return new WorkerLoad(LibraryOnly.KEY, running, stopping, degraded);
    }

    /** Makes the {@link WorkerLoad} of a worker with which nothing is wrong. */
    public static WorkerLoad workerLoad(int running, boolean stopping) {
        return workerLoad(running, stopping, false);
    }

    /** See {@link ScheduleDefinition}. */
    public static ScheduleDefinition scheduleDefinition(
            String type,
            String input,
            @Nullable String cron,
            @Nullable String period,
            String zone,
            @Nullable String gap,
            @Nullable String overlap,
            String catchUp,
            String ifRunning,
            @Nullable String jitter,
            String queue,
            int priority,
            @Nullable String userId,
            @Nullable String projectId,
            @Nullable Integer maxAttempts,
            @Nullable Duration timeLimit,
            @Nullable Locale locale,
            @Nullable String metadata,
            @Nullable Duration expiresAfter,
            @Nullable String limits) {
        return new ScheduleDefinition(
                LibraryOnly.KEY,
                type,
                input,
                cron,
                period,
                zone,
                gap,
                overlap,
                catchUp,
                ifRunning,
                jitter,
                queue,
                priority,
                userId,
                projectId,
                maxAttempts,
                timeLimit,
                locale,
                metadata,
                expiresAfter,
                limits);
    }
}
