package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobFailure;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.UserMessages;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a job becomes, as pure functions of what it was: for stores that work a row out in Java, under a lock, and write the
 * whole of it back. A store that moves rows in SQL says the same in its statements. Immutable.
 *
 * @param now the store's time, the same for everything in one atomic step
 */
public record Transitions(Instant now) {
    /** As high as the counters of a job that undoes steps may get; no other job comes near it. */
    private static final int MOST = Short.MAX_VALUE;

    /** Of all jobs that undo steps. */
    public static final int UNDO_PRIORITY = 9;

    /** So many seconds, doubled so often, are about an hour. */
    private static final int MOST_DOUBLINGS = 11;

    private static final Duration UNDO_DELAY = Duration.ofHours(1);

    /**
     * A new job; one that waits for others is born waiting.
     *
     * @param families the families of the call
     * @param last the highest place among the children that its parent has already; 0 if that has none, or is new
     */
    public Job add(EncodedJob encoded, Families families, int last) {
        NewJob job = encoded.job();
        return Job.builder(job.id(), job.type().name(), now)
                .parentId(job.parentId())
                .userId(job.userId())
                .projectId(job.projectId())
                .queue(job.queue())
                .priority(job.priority())
                .uniqueKey(job.uniqueKey())
                .maxAttempts(job.maxAttempts())
                .timeLimit(job.timeLimit())
                .locale(job.locale())
                .status(families.status(job))
                .relations(families.relations(job, last))
                .input(encoded.input())
                .runAt(now.plus(job.delay()))
                .build();
    }

    /** Handed out to a worker. Why it had to wait, if it was ever postponed, is no longer what is going on. */
    public Job claim(Job job, UUID workerId) {
        return to(JobStatus.PROCESSING, job)
                .progress(
                        job.postponements() == 0
                                ? job.progress()
                                : job.progress().withMessage(null))
                .claim(job.claim() + 1)
                .workerId(workerId)
                .attempt(Math.min(job.attempt() + 1, MOST))
                .startedAt(now)
                .build();
    }

    /**
     * What the fence says to a settlement or a report under {@code claim}: empty if the claim holds, otherwise the answer.
     *
     * @param job the job as it stands; null if there is none
     */
    public static Optional<Settled> refusal(@Nullable Job job, Claim claim) {
        if (job == null || job.claim() != claim.number()) {
            return Optional.of(Settled.LOST);
        }
        if (job.status() != JobStatus.PROCESSING) {
            return Optional.of(job.status() == JobStatus.CANCELLED ? Settled.CANCELLED : Settled.ALREADY_APPLIED);
        }
        return claim.workerId().equals(job.workerId()) ? Optional.empty() : Optional.of(Settled.LOST);
    }

    /** A job whose claim holds, settled; cancelled if that had been requested, whatever the settlement says. */
    public Job settle(Job job, Settlement settlement) {
        if (job.cancelRequestedAt() != null) {
            return cancel(job);
        }
        if (settlement instanceof Settlement.Complete complete) {
            return to(JobStatus.COMPLETED, job)
                    .progress(job.progress().withPercent(100))
                    .result(complete.result())
                    .error(null)
                    .build();
        }
        if (settlement instanceof Settlement.Fail fail) {
            return job.isUndo()
                    ? settle(job, Settlement.retry(fail.claim(), fail.error(), UNDO_DELAY))
                    : to(JobStatus.FAILED, job).error(fail.error()).build();
        }
        if (settlement instanceof Settlement.Retry retry) {
            return to(JobStatus.PENDING, job)
                    .error(retry.error())
                    .runAt(now.plus(retry.delay()))
                    .build();
        }
        if (settlement instanceof Settlement.Postpone postpone) {
            return to(JobStatus.PENDING, job)
                    .attempt(job.attempt() - 1)
                    .postponements(job.postponements() + 1)
                    .postponedSince(job.postponedSince() == null ? now : job.postponedSince())
                    .progress(job.progress().withMessage(postpone.reason()))
                    .runAt(now.plus(postpone.delay()))
                    .build();
        }
        if (settlement instanceof Settlement.GiveBack) {
            return to(JobStatus.PENDING, job).attempt(job.attempt() - 1).build();
        }
        if (settlement instanceof Settlement.AwaitChildren waiting) {
            return to(JobStatus.WAITING, job)
                    .relations(waiting.spawn().relations(job.relations()))
                    .result(waiting.result())
                    .error(null)
                    .build();
        }
        throw new AssertionError("Unknown settlement " + settlement);
    }

    /** A waiting parent that ends as its children say. The result of its finisher is its own. */
    public Job settleParent(Job parent, ParentRule.Verdict verdict, @Nullable Job finisher) {
        boolean hasCompleted = verdict.status() == JobStatus.COMPLETED;
        return to(verdict.status(), parent)
                .progress(parent.progress().withPercent(verdict.percent()))
                .error(verdict.error())
                .result(hasCompleted && finisher != null ? finisher.result() : parent.result())
                .build();
    }

    /** A job that has waited for others and may run. */
    Job release(Job job) {
        return to(JobStatus.PENDING, job)
                .runAt(job.runAt().isAfter(now) ? job.runAt() : now)
                .build();
    }

    /** A job that waits for others and fails for one of them. */
    Job fail(Job job, JobError error) {
        return to(JobStatus.FAILED, job).error(error).build();
    }

    /** A parent that gets no more children. */
    public Job seal(Job group) {
        return group.toBuilder()
                .relations(group.relations().sealed())
                .updatedAt(now)
                .build();
    }

    /** A job that others wait for from now on. */
    public Job withSuccessors(Job job) {
        return job.toBuilder().relations(job.relations().withSuccessors()).build();
    }

    /** Taken from a dead worker; if it goes back to pending, due after {@code delay}. */
    public Job takeOver(Job job, TakeOverRequest request, Duration delay) {
        Job lost = job.toBuilder()
                .claim(job.claim() + 1)
                .attempt(job.attempt() - 1)
                .lostWorkers(Math.min(job.lostWorkers() + 1, MOST))
                .build();
        if (job.cancelRequestedAt() != null) {
            return cancel(lost);
        }
        return lost.lostWorkers() >= request.lostWorkersCap() && !job.isUndo()
                ? to(JobStatus.FAILED, lost).error(workerLost(lost, request)).build()
                : to(JobStatus.PENDING, lost)
                        .runAt(now.plus(job.isUndo() ? delay.plus(undoBackOff(lost.lostWorkers())) : delay))
                        .build();
    }

    /** Nothing ends an undo that kills its worker, so it must not do that every other moment. */
    private static Duration undoBackOff(int lostWorkers) {
        if (lostWorkers <= 1) {
            return Duration.ZERO;
        }
        return lostWorkers > MOST_DOUBLINGS ? UNDO_DELAY : Duration.ofSeconds(1L << lostWorkers);
    }

    /** Why a job has failed that {@link #takeOver} found at the cap, in the job's own language or that of the request. */
    public static JobError workerLost(Job taken, TakeOverRequest request) {
        String message = UserMessages.in(taken.localeOr(request.locale())).workerLost(taken.lostWorkers());
        return JobError.permanent("worker_lost", message);
    }

    /** With this progress. */
    public Job report(Job job, JobProgress progress) {
        return job.toBuilder().progress(progress).updatedAt(now).build();
    }

    /** To be cancelled by its worker. */
    public Job requestCancel(Job job) {
        return job.toBuilder().cancelRequestedAt(now).updatedAt(now).build();
    }

    /** Cancelled. */
    public Job cancel(Job job) {
        return to(JobStatus.CANCELLED, job).error(null).build();
    }

    /**
     * The job that undoes the durable steps of {@code before}, if it has become failed or cancelled and has steps to undo. It is
     * added in the same atomic step as {@code after} is written, and gets all steps of the job that stand.
     *
     * @param before the job as it was
     * @param after what it becomes
     */
    public Optional<Job> undo(@Nullable Job before, Job after) {
        if (before == null || !before.hasUndo() || after.hasUndo()) {
            return Optional.empty();
        }
        // The claim only grows, and a job that has been retried by hand begins its steps under a new one; one that has
        // the id of a
        // job which was purged was created at another time.
        String seed = "undo " + after.id() + " " + after.claim() + " " + after.createdAt();
        return Optional.of(Job.builder(
                        UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8)),
                        NameRules.UNDO + after.type(),
                        now)
                .queue(NameRules.UNDO + after.type())
                .priority(UNDO_PRIORITY)
                .timeLimit(after.timeLimit())
                .locale(after.locale())
                .undoes(after.id())
                .build());
    }

    /**
     * What {@link JobStore#beginStep} says of a job whose claim is {@code claim}: empty if a step may begin, otherwise the
     * answer.
     */
    public static Optional<StepBegun> refusedStep(@Nullable Job job, Claim claim) {
        Optional<Settled> refusal = refusal(job, claim);
        if (job != null && refusal.isEmpty()) {
            return job.cancelRequestedAt() == null
                    ? Optional.empty()
                    : Optional.of(StepBegun.refused(Settled.CANCELLED));
        }
        boolean isCancelled = refusal.isPresent() && refusal.get() == Settled.CANCELLED;
        return Optional.of(StepBegun.refused(isCancelled ? Settled.CANCELLED : Settled.LOST));
    }

    /**
     * A step that a job begins now.
     *
     * @param before how many steps the job has begun so far, in all rounds
     */
    public JobStep begin(Claim claim, StepName name, boolean hasUndo, int before) {
        return new JobStep(
                claim.jobId(),
                claim.number(),
                name.step(),
                name.part(),
                before + 1,
                hasUndo,
                null,
                now,
                null,
                null,
                null);
    }

    /** A step that has an undo now; it was begun by a processor that had none for it. */
    public static JobStep withUndo(JobStep step) {
        return with(step, true, step.result(), step.finishedAt(), step.undoJobId(), step.undoneAt());
    }

    /** A step whose result is known. */
    public JobStep finish(JobStep step, @Nullable String result) {
        return with(step, step.hasUndo(), result, now, step.undoJobId(), step.undoneAt());
    }

    /** A step that is handed to the undo job {@code undo}, if it stands. */
    public static JobStep handOver(JobStep step, UUID undo) {
        UUID undoJobId = step.stands() ? undo : step.undoJobId();
        return with(step, step.hasUndo(), step.result(), step.finishedAt(), undoJobId, step.undoneAt());
    }

    /** A step that was undone. */
    public JobStep undone(JobStep step) {
        return with(step, step.hasUndo(), step.result(), step.finishedAt(), step.undoJobId(), now);
    }

    private static JobStep with(
            JobStep step,
            boolean hasUndo,
            @Nullable String result,
            @Nullable Instant finishedAt,
            @Nullable UUID undoJobId,
            @Nullable Instant undoneAt) {
        return new JobStep(
                step.jobId(),
                step.claim(),
                step.name(),
                step.part(),
                step.position(),
                hasUndo,
                result,
                step.startedAt(),
                finishedAt,
                undoJobId,
                undoneAt);
    }

    /** A job that has begun a step which has an undo. */
    public Job withUndo(Job job) {
        return job.toBuilder().hasUndo(true).updatedAt(now).build();
    }

    /**
     * What a query selects of the jobs that can be retried by hand.
     *
     * @throws IllegalArgumentException if it names another status than failed and cancelled
     */
    public static JobQuery retryable(JobQuery query) {
        for (JobStatus status : query.statuses()) {
            if (status != JobStatus.FAILED && status != JobStatus.CANCELLED) {
                throw new IllegalArgumentException("Only failed and cancelled jobs can be retried; the query asks for "
                        + status.text() + " ones: name no status, or failed, or cancelled, or both");
            }
        }
        return query.statuses().isEmpty() ? query.status(JobStatus.FAILED, JobStatus.CANCELLED) : query;
    }

    /** Whether a retry by hand is possible. */
    public static boolean isRetryable(Job job) {
        return job.status() == JobStatus.FAILED || job.status() == JobStatus.CANCELLED;
    }

    /**
     * Retried by hand. The result of a parent's own part stays: that part is not done again.
     *
     * @param waits whether it has children or predecessors to wait for, or is a finisher that is retried with its parent
     */
    public Job retry(Job job, boolean waits) {
        return to(waits ? JobStatus.WAITING : JobStatus.PENDING, job)
                .attempt(0)
                .lostWorkers(0)
                .postponements(0)
                .postponedSince(null)
                .progress(JobProgress.NONE)
                .result(job.relations().isParent() ? job.result() : null)
                .error(null)
                .cancelRequestedAt(null)
                .runAt(now)
                .build();
    }

    /** The history entry, if any, that a settlement of {@code job} leaves. */
    public Optional<JobFailure> failure(Job job, Settlement settlement) {
        if (job.cancelRequestedAt() != null) {
            return Optional.empty();
        }
        if (settlement instanceof Settlement.Fail fail) {
            return Optional.of(failure(job, fail.error()));
        }
        return settlement instanceof Settlement.Retry retry
                ? Optional.of(failure(job, retry.error()))
                : Optional.empty();
    }

    /** The history entry of the attempt that {@code job} was when it failed with {@code error}. */
    public JobFailure failure(Job job, JobError error) {
        return new JobFailure(
                job.id(),
                job.claim(),
                job.attempt(),
                error.kind(),
                error.code(),
                error.message(),
                error.exceptionClass(),
                error.trace(),
                job.workerId(),
                job.startedAt(),
                now);
    }

    private Job.Builder to(JobStatus next, Job job) {
        return job.toBuilder()
                .status(job.status().become(next))
                .completedAt(next.isFinal() ? now : null)
                .hasUndo(job.hasUndo() && next != JobStatus.FAILED && next != JobStatus.CANCELLED)
                .updatedAt(now);
    }
}
