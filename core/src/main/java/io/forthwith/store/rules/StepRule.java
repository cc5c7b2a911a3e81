package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the durable steps of a job when one is begun, finished or undone. Pure functions of the locked row of the job and of its
 * steps. They ask about steps only if the claim holds, and each question at most once; exceptions of a question are passed on.
 *
 * <p><b>Leftovers.</b> If somebody deletes a job by hand, its steps stay. A later job with the same id does not take them for its own: it does
 * such a step again. A leftover began more than a second before the job was created.
 */
public final class StepRule {
    /** A job may seem younger than its own steps after a fail-over to a server with another clock. */
    private static final Duration CLOCKS = Duration.ofSeconds(1);

    private StepRule() {}

    /** What is asked about the steps of one job. A job may have tens of thousands: no question is to read them all. */
    public interface Steps {
        /** The steps of this name and part: the one that {@linkplain JobStep#stands counts}, and those that were handed to undo jobs. */
        List<JobStep> named(StepName name);

        /** The highest position among all steps of the job; 0 if it has none. */
        int lastPosition();
    }

    /**
     * What the store has to write when a step is begun.
     *
     * @param answer the answer to the worker
     * @param job what the job becomes, to be written before the step; null if it stays as it is
     * @param step the step to be added, or to take the place of {@code replaced}; null if nothing is to be written
     * @param replaced a step with the same claim, name and part and the same position: one that has an undo from now on, or a leftover. Null
     *     if {@code step} is new
     */
    public record BeginVerdict(
            StepBegun answer,
            @Nullable Job job,
            @Nullable JobStep step,
            @Nullable JobStep replaced) {}

    /**
     * What the store has to write when a step is finished or undone.
     *
     * @param answer the answer to the worker
     * @param step what the step becomes; null if nothing is to be written
     */
    public record Verdict(Settled answer, @Nullable JobStep step) {}

    /**
     * Decides about a step that is about to be done.
     *
     * @param job the job as it is stored; null if there is none
     * @param hasUndo whether the step is to be undone if the job fails or is cancelled
     * @param steps the steps of the job
     */
    public static BeginVerdict begin(
            @Nullable Job job, Claim claim, StepName name, boolean hasUndo, Steps steps, JobMoves moves) {
        Optional<Settled> refusal = ClaimFence.refusal(job, claim);
        if (job == null || refusal.isPresent()) {
            return refused(refusal.orElse(Settled.LOST) == Settled.CANCELLED ? Settled.CANCELLED : Settled.LOST);
        }
        if (job.cancelRequestedAt() != null) {
            return refused(Settled.CANCELLED);
        }
        List<JobStep> named = steps.named(name);
        Job changed = hasUndo && !job.hasUndo() ? moves.withUndo(job) : null;
        Optional<JobStep> standing = standing(named);
        if (standing.isEmpty()) {
            int position = steps.lastPosition() + 1;
            JobStep begun = begun(claim.jobId(), free(claim.number(), named), name, hasUndo, position, moves.now());
            return new BeginVerdict(new StepBegun(Settled.APPLIED, begun), changed, begun, null);
        }
        JobStep known = standing.get();
        if (isLeftover(known, job)) {
            JobStep begun = begun(claim.jobId(), known.claim(), name, hasUndo, known.position(), moves.now());
            return new BeginVerdict(new StepBegun(Settled.APPLIED, begun), changed, begun, known);
        }
        // A new version of the processor may have added the undo.
        if (!hasUndo || known.hasUndo()) {
            return new BeginVerdict(new StepBegun(Settled.ALREADY_APPLIED, known), changed, null, null);
        }
        JobStep withUndo = with(known, true, known.result(), known.finishedAt(), known.undoJobId(), known.undoneAt());
        return new BeginVerdict(new StepBegun(Settled.ALREADY_APPLIED, withUndo), changed, withUndo, known);
    }

    /**
     * Whether a step was begun for another job with this id. If the times of the job contradict each other, for example because it was inserted
     * by hand with a time in the future, none is.
     */
    private static boolean isLeftover(JobStep step, Job job) {
        Instant claimed = job.startedAt();
        return step.startedAt().isBefore(job.createdAt())
                && Duration.between(step.startedAt(), job.createdAt()).compareTo(CLOCKS) > 0
                && claimed != null
                && !claimed.isBefore(job.createdAt());
    }

    /** The number of a claim, or a higher one if a leftover that was handed to an undo job has it: numbers and names tell steps apart. */
    private static long free(long claim, List<JobStep> named) {
        return named.stream().mapToLong(step -> step.claim() + 1).reduce(claim, Math::max);
    }

    private static BeginVerdict refused(Settled outcome) {
        return new BeginVerdict(StepBegun.refused(outcome), null, null, null);
    }

    /**
     * Decides about the result of a step that was done.
     *
     * @param job the job as it is stored; null if there is none
     * @param result JSON; null for none
     * @param steps the steps of the job
     */
    public static Verdict finish(
            @Nullable Job job, Claim claim, StepName name, @Nullable String result, Steps steps, JobMoves moves) {
        if (ClaimFence.refusal(job, claim).isPresent()) {
            return new Verdict(Settled.LOST, null);
        }
        Optional<JobStep> standing = standing(steps.named(name));
        if (standing.isEmpty() || standing.get().isFinished()) {
            return new Verdict(standing.isEmpty() ? Settled.LOST : Settled.ALREADY_APPLIED, null);
        }
        JobStep step = standing.get();
        return new Verdict(
                Settled.APPLIED, with(step, step.hasUndo(), result, moves.now(), step.undoJobId(), step.undoneAt()));
    }

    /**
     * Decides about a step that an undo job has undone.
     *
     * @param undoJob the undo job as it is stored; null if there is none
     * @param undo the claim of the undo job
     * @param undone the step, as the undo job has read it
     * @param named the steps of the same job, name and part
     */
    public static Verdict undone(
            @Nullable Job undoJob, Claim undo, JobStep undone, Supplier<List<JobStep>> named, JobMoves moves) {
        if (ClaimFence.refusal(undoJob, undo).isPresent()) {
            return new Verdict(Settled.LOST, null);
        }
        Optional<JobStep> own = named.get().stream()
                .filter(step -> step.key().equals(undone.key()) && undo.jobId().equals(step.undoJobId()))
                .findFirst();
        if (own.isEmpty() || own.get().undoneAt() != null) {
            return new Verdict(own.isEmpty() ? Settled.LOST : Settled.ALREADY_APPLIED, null);
        }
        JobStep step = own.get();
        return new Verdict(
                Settled.APPLIED,
                with(step, step.hasUndo(), step.result(), step.finishedAt(), step.undoJobId(), moves.now()));
    }

    /** A step that is handed to the undo job {@code undo}. A step that was handed to another one before stays as it is. */
    public static JobStep handOver(JobStep step, UUID undo) {
        UUID undoJobId = step.stands() ? undo : step.undoJobId();
        return with(step, step.hasUndo(), step.result(), step.finishedAt(), undoJobId, step.undoneAt());
    }

    /**
     * Whether an undo job still has steps to undo. While it has, the job whose steps they are is neither retried nor purged.
     *
     * @param undoJob the undo job as it is stored; null if there is none
     */
    public static boolean isUndoOpen(@Nullable Job undoJob) {
        return undoJob != null && undoJob.status() != JobStatus.COMPLETED;
    }

    /** The step of this name that counts for its job: it was not handed to an undo job. */
    private static Optional<JobStep> standing(List<JobStep> named) {
        return named.stream().filter(JobStep::stands).findFirst();
    }

    private static JobStep begun(UUID job, long claim, StepName name, boolean hasUndo, int position, Instant now) {
        return new JobStep(
                LibraryOnly.KEY, job, claim, name.step(), name.part(), position, hasUndo, null, now, null, null, null);
    }

    private static JobStep with(
            JobStep step,
            boolean hasUndo,
            @Nullable String result,
            @Nullable Instant finishedAt,
            @Nullable UUID undoJobId,
            @Nullable Instant undoneAt) {
        return new JobStep(
                LibraryOnly.KEY,
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
}
