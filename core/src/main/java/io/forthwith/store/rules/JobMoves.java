package io.forthwith.store.rules;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.MessagesToUser;
import io.forthwith.internal.NameRules;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a job becomes when it moves: each method takes the row as it is stored and returns the whole row to be stored in its place. Pure
 * functions; immutable. A store that moves rows in SQL has to write the same values.
 *
 * <p>A method throws {@link IllegalStateException} if the {@linkplain JobStatus#become status} of the job does not permit the move.
 *
 * @param now the time of the store, the same for everything that one transaction writes
 */
public record JobMoves(Instant now) {
    /** Attempts and lost workers are stored in two bytes. Only undo jobs, which are tried without end, can reach it. */
    private static final int MOST = Short.MAX_VALUE;

    /** The priority of all undo jobs. */
    public static final int UNDO_PRIORITY = 9;

    /** The queue of an undo job is this, followed by the type of the job whose steps it undoes. */
    public static final String UNDO_QUEUE_PREFIX = NameRules.UNDO;

    /** One second, doubled this often, is about half an hour; the next step is {@link #UNDO_DELAY}. */
    private static final int MOST_DOUBLINGS = 11;

    private static final Duration UNDO_DELAY = Duration.ofHours(1);

    /**
     * A new job: waiting if it waits for other jobs, otherwise pending.
     *
     * @param families the families of the call
     * @param last the highest position among the children that its parent has already; 0 if the parent has none, or is new
     */
    public Job add(EncodedJob encoded, NewFamilies families, int last) {
        NewJob job = encoded.job();
        Job.Builder added = Job.builder(job.id(), job.type().name(), now)
                .parentId(job.parentId())
                .userId(job.userId())
                .projectId(job.projectId())
                .queue(job.queue())
                .priority(job.priority())
                .maxAttempts(job.maxAttempts())
                .timeLimit(job.timeLimit())
                .locale(job.locale())
                .status(families.status(job))
                .relations(families.relations(job, last))
                .input(encoded.input())
                .metadata(job.metadata())
                .traceContext(job.traceContext())
                .limits(job.limits())
                .sequence(job.sequence())
                .runAt(now.plus(job.delay()));
        UniqueKey key = job.uniqueKey();
        if (key != null) {
            added.uniqueKey(key.key(), key.scope());
        }
        Duration expiresAfter = job.expiresAfter();
        return (expiresAfter == null ? added : added.expiresAt(now.plus(expiresAfter))).build();
    }

    /** A pending job that a worker claims. If it was postponed, its progress message, the reason for that, is removed. */
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
     * A job that its worker settles. If its cancellation was requested, it becomes cancelled, and the settlement does not count. An undo
     * job that fails is due again after an hour instead.
     *
     * @param job a job whose claim {@linkplain ClaimFence#refusal holds}
     */
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

    /**
     * A waiting parent that ends.
     *
     * @param finisher its finisher, whose result becomes that of the parent if the parent completes; null if it has none
     */
    public Job settleParent(Job parent, ParentRule.Verdict verdict, @Nullable Job finisher) {
        boolean hasCompleted = verdict.status() == JobStatus.COMPLETED;
        return to(verdict.status(), parent)
                .progress(parent.progress().withPercent(verdict.percent()))
                .error(verdict.error())
                .result(hasCompleted && finisher != null ? finisher.result() : parent.result())
                .build();
    }

    /** A waiting job that may run now. */
    Job release(Job job) {
        return to(JobStatus.PENDING, job)
                .runAt(job.runAt().isAfter(now) ? job.runAt() : now)
                .build();
    }

    /** A waiting job that fails because of a job that it waits for. */
    Job fail(Job job, JobError error) {
        return to(JobStatus.FAILED, job).error(error).build();
    }

    /** A group that gets no more children. */
    public Job seal(Job group) {
        return group.toBuilder()
                .relations(group.relations().sealed(LibraryOnly.KEY))
                .updatedAt(now)
                .build();
    }

    /** A job that other jobs come after from now on. */
    public Job withSuccessors(Job job) {
        return job.toBuilder()
                .relations(job.relations().withSuccessors(LibraryOnly.KEY))
                .build();
    }

    /**
     * A job that is taken from a dead worker. It becomes cancelled if that was requested, failed if it has lost as many workers as the cap
     * permits, otherwise pending. An undo job never fails; from its second lost worker on it waits longer each time.
     *
     * @param delay after which a pending job is due again
     */
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

    /** An undo job that kills its workers never fails, so it must not come back at once each time. */
    private static Duration undoBackOff(int lostWorkers) {
        if (lostWorkers <= 1) {
            return Duration.ZERO;
        }
        return lostWorkers > MOST_DOUBLINGS ? UNDO_DELAY : Duration.ofSeconds(1L << lostWorkers);
    }

    /** The error of a job that {@link #takeOver} fails. In the language of the job, or else of the request. */
    public static JobError workerLost(Job taken, TakeOverRequest request) {
        String message = MessagesToUser.in(taken.localeOr(request.locale())).workerLost(taken.lostWorkers());
        return JobError.permanent("worker_lost", message);
    }

    /** A job with new progress. */
    public Job report(Job job, JobProgress progress) {
        return job.toBuilder().progress(progress).updatedAt(now).build();
    }

    /** A running job whose worker is asked to stop. */
    public Job requestCancel(Job job) {
        return job.toBuilder().cancelRequestedAt(now).updatedAt(now).build();
    }

    /** A cancelled job. It shows no error. */
    public Job cancel(Job job) {
        return to(JobStatus.CANCELLED, job).error(null).build();
    }

    /**
     * The undo job of a job that fails or is cancelled and has durable steps to undo. It is added in the transaction that writes {@code
     * after}, and gets all steps of the job that were not handed to an undo job before ({@link StepRule#handOver}). Its id follows from the
     * job, so a repeated call gives the same one.
     *
     * @param before the job as it is stored; null if it is new
     * @param after what it becomes
     * @return empty if there is nothing to undo
     */
    public Optional<Job> undo(@Nullable Job before, Job after) {
        if (before == null || !before.hasUndo() || after.hasUndo()) {
            return Optional.empty();
        }
        // The claim tells the rounds of a job apart that is retried by hand. The time of creation tells the job apart
        // from a purged one that had the same id.
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
                .metadata(after.metadata())
                .traceContext(after.traceContext())
                .build());
    }

    /** A job that begins a step which has an undo. */
    public Job withUndo(Job job) {
        return job.toBuilder().hasUndo(true).updatedAt(now).build();
    }

    /**
     * A failed or cancelled job that is retried by hand. A parent keeps its result, since its own part is not done again. The job has no deadline any
     * more, and gives up a key that it had {@linkplain UniqueKey.Scope#UNTIL_STARTED until it started}.
     *
     * @param waits whether it waits for other jobs: it has children or predecessors, or is a finisher that is retried with its parent
     */
    public Job retry(Job job, boolean waits) {
        Job.Builder retried = to(waits ? JobStatus.WAITING : JobStatus.PENDING, job)
                .attempt(0)
                .lostWorkers(0)
                .postponements(0)
                .postponedSince(null)
                .progress(JobProgress.NONE)
                .result(job.relations().isParent() ? job.result() : null)
                .error(null)
                .cancelRequestedAt(null)
                .expiresAt(null)
                .runAt(now);
        return (job.keyScope() == UniqueKey.Scope.UNTIL_STARTED ? retried.uniqueKey(null) : retried).build();
    }

    /**
     * A job that has not started by its deadline: it fails.
     *
     * @param locale the language of the message if the job has none
     */
    public Job expire(Job job, Locale locale) {
        return to(JobStatus.FAILED, job).error(ExpiryRule.error(job, locale)).build();
    }

    /**
     * When a debounced job is due: when the delay of the new one has passed, at the latest so long after it was enqueued itself. Never in the past, which
     * would put it before jobs that are due longer, unless it is due already.
     */
    public Instant debounced(Instant createdAt, Instant dueAt, Duration delay, Duration longest) {
        Instant next = now.plus(delay);
        Instant latest = createdAt.plus(longest);
        Instant wanted = next.isBefore(latest) ? next : latest;
        Instant earliest = dueAt.isBefore(now) ? dueAt : now;
        return wanted.isBefore(earliest) ? earliest : wanted;
    }

    /**
     * A job that has the key of a new one, and gets its input and its deadline.
     *
     * @param taken the job that has the key, not claimed yet
     */
    public Job replaceInput(Job taken, EncodedJob by) {
        NewJob job = by.job();
        UniqueKey key = Objects.requireNonNull(job.uniqueKey());
        Job.Builder replaced = taken.toBuilder()
                .input(by.input())
                .expiresAt(job.expiresAfter() == null ? null : now.plus(job.expiresAfter()))
                .updatedAt(now);
        Duration longest = key.longestDelay();
        if (longest != null) {
            replaced.runAt(debounced(taken.createdAt(), taken.runAt(), job.delay(), longest));
        }
        return replaced.build();
    }

    /** An open job that is changed by hand. A time that has passed is now: an earlier one would put the job before those that are due longer. */
    public Job change(Job job, JobChange change) {
        Job.Builder changed = job.toBuilder().updatedAt(now);
        if (change.delay() != null) {
            changed.runAt(now.plus(change.delay()));
        } else if (change.runAt() != null) {
            changed.runAt(change.runAt().isAfter(now) ? change.runAt().truncatedTo(ChronoUnit.MICROS) : now);
        }
        if (change.priority() != null) {
            changed.priority(change.priority());
        }
        if (change.queue() != null) {
            changed.queue(change.queue());
        }
        return changed.build();
    }

    /** The failed attempt that a settlement adds to the history of its job; empty if the attempt did not fail or is cancelled. */
    public Optional<FailedAttempt> failure(Job job, Settlement settlement) {
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

    /**
     * The present attempt of a job as a failed one.
     *
     * @param job the job as it is stored, before it moves
     */
    public FailedAttempt failure(Job job, JobError error) {
        return new FailedAttempt(
                LibraryOnly.KEY,
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
