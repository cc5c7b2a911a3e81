package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the durable steps of a job when one is begun, finished or undone. Pure functions of the locked row of the job and of its
 * steps. The steps are read only if the claim holds, and at most once; exceptions of that read are passed on.
 */
public final class StepRule {
    private StepRule() {}

    /**
     * What the store has to write when a step is begun.
     *
     * @param answer the answer to the worker. If its outcome is {@code APPLIED}, {@code step} is new
     * @param job what the job becomes, to be written before the step; null if it stays as it is
     * @param step the step to be added, or to be replaced because it has an undo from now on; null if nothing is to be written
     */
    public record BeginVerdict(
            StepBegun answer, @Nullable Job job, @Nullable JobStep step) {}

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
     * @param steps all steps of the job, those that were undone included
     */
    public static BeginVerdict begin(
            @Nullable Job job,
            Claim claim,
            StepName name,
            boolean hasUndo,
            Supplier<List<JobStep>> steps,
            Transitions moves) {
        Optional<Settled> refusal = ClaimFence.refusal(job, claim);
        if (job == null || refusal.isPresent()) {
            return refused(refusal.orElse(Settled.LOST) == Settled.CANCELLED ? Settled.CANCELLED : Settled.LOST);
        }
        if (job.cancelRequestedAt() != null) {
            return refused(Settled.CANCELLED);
        }
        List<JobStep> all = steps.get();
        Job changed = hasUndo && !job.hasUndo() ? moves.withUndo(job) : null;
        Optional<JobStep> standing = standing(all, name);
        if (standing.isEmpty()) {
            JobStep begun = begun(claim, name, hasUndo, all.size() + 1, moves.now());
            return new BeginVerdict(new StepBegun(Settled.APPLIED, begun), changed, begun);
        }
        JobStep known = standing.get();
        // A new version of the processor may have added the undo.
        if (!hasUndo || known.hasUndo()) {
            return new BeginVerdict(new StepBegun(Settled.ALREADY_APPLIED, known), changed, null);
        }
        JobStep withUndo = with(known, true, known.result(), known.finishedAt(), known.undoJobId(), known.undoneAt());
        return new BeginVerdict(new StepBegun(Settled.ALREADY_APPLIED, withUndo), changed, withUndo);
    }

    private static BeginVerdict refused(Settled outcome) {
        return new BeginVerdict(StepBegun.refused(outcome), null, null);
    }

    /**
     * Decides about the result of a step that was done.
     *
     * @param job the job as it is stored; null if there is none
     * @param result JSON; null for none
     * @param steps all steps of the job, those that were undone included
     */
    public static Verdict finish(
            @Nullable Job job,
            Claim claim,
            StepName name,
            @Nullable String result,
            Supplier<List<JobStep>> steps,
            Transitions moves) {
        if (ClaimFence.refusal(job, claim).isPresent()) {
            return new Verdict(Settled.LOST, null);
        }
        Optional<JobStep> standing = standing(steps.get(), name);
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
     * @param steps all steps of the job whose step that is
     */
    public static Verdict undone(
            @Nullable Job undoJob, Claim undo, JobStep undone, Supplier<List<JobStep>> steps, Transitions moves) {
        if (ClaimFence.refusal(undoJob, undo).isPresent()) {
            return new Verdict(Settled.LOST, null);
        }
        Optional<JobStep> own = steps.get().stream()
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
    private static Optional<JobStep> standing(List<JobStep> steps, StepName name) {
        return steps.stream()
                .filter(step -> step.stands() && StepName.of(step).equals(name))
                .findFirst();
    }

    private static JobStep begun(Claim claim, StepName name, boolean hasUndo, int position, Instant now) {
        return new JobStep(
                claim.jobId(),
                claim.number(),
                name.step(),
                name.part(),
                position,
                hasUndo,
                null,
                now,
                null,
                null,
                null);
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
}
