package io.forthwith.store;

import io.forthwith.JobStep;
import org.jspecify.annotations.Nullable;

/**
 * Records the durable steps of running jobs and what was undone of them. A role of {@link JobStore}; {@link JobReads#steps} reads them.
 * Each call is atomic and fenced by a claim, and touches one step: a job may have tens of thousands, so no call reads them all.
 */
public interface StepLedger {
    /**
     * Records that a claimed job is about to do a durable step, before the job does it; and, if the step has an undo, that the job has one.
     * If an attempt began the step before, and it was not undone, the answer is that step. If it had no undo then and has one now, that is
     * recorded too. A step that a job with the same id has left, whose row somebody has deleted by hand, is begun anew.
     *
     * @param hasUndo whether the step is to be undone if the job fails or is cancelled
     */
    StepBegun beginStep(Claim claim, StepName name, boolean hasUndo);

    /**
     * Stores the result of a step that was begun. This also works after the cancellation of the job was requested, because the undo of the
     * step needs the result.
     *
     * @param result JSON; null for none
     * @return {@code APPLIED}; {@code ALREADY_APPLIED} if a result was stored before, which stays; or {@code LOST} if the claim no longer
     *     holds or there is no such step
     */
    Settled finishStep(Claim claim, StepName name, @Nullable String result);

    /**
     * Records that a claimed undo job has undone a step that was handed to it.
     *
     * @param undo the claim of the undo job
     * @param step as read by {@link JobReads#steps}
     * @return {@code APPLIED}; {@code ALREADY_APPLIED} if that was recorded before; or {@code LOST} if the claim no longer holds or the step
     *     was not handed to this job
     */
    Settled stepUndone(Claim undo, JobStep step);
}
