package io.forthwith.store.rules;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobStatus;
import org.jspecify.annotations.Nullable;

/**
 * What a change by hand does to a job. A pure function of the locked row, so that a claim and a change of one job follow one another: if the claim
 * is committed first, the change finds a running job; otherwise the claim finds the job as it was changed.
 *
 * <p>Priority and queue of a running job may be changed, and count for its next attempt. Otherwise its retries would go back to a queue that
 * was emptied because no worker serves it any more. The time may not be, since the end of the attempt decides it.
 */
public final class ChangeRule {
    private ChangeRule() {}

    /**
     * What the store has to do, and the answer to the caller.
     *
     * @param changed what the job becomes; null if nothing changes
     * @param isDue whether workers get a hint, because the job is pending and due now
     */
    public record Verdict(ActResult answer, @Nullable Job changed, boolean isDue) {
        private static Verdict noChange(ActResult answer) {
            return new Verdict(answer, null, false);
        }
    }

    /**
     * Decides about one job.
     *
     * @param job the job as it is stored; null if there is none
     */
    public static Verdict decide(@Nullable Job job, JobChange change, JobMoves moves) {
        if (job == null) {
            return Verdict.noChange(ActResult.NOT_FOUND);
        }
        if (job.status().isFinal()) {
            return Verdict.noChange(ActResult.ENDED);
        }
        // Claims look for undo jobs in their own queues at their own priority only.
        if (job.isUndo() && (change.priority() != null || change.queue() != null)) {
            return Verdict.noChange(ActResult.UNDO_JOB);
        }
        if (change.hasTime() && job.status() != JobStatus.PENDING) {
            return Verdict.noChange(job.status() == JobStatus.PROCESSING ? ActResult.RUNNING : ActResult.WAITING);
        }
        Job changed = moves.change(job, change);
        boolean isDue =
                changed.status() == JobStatus.PENDING && !changed.runAt().isAfter(moves.now());
        return new Verdict(ActResult.DONE, changed, isDue);
    }
}
