package io.forthwith.store.rules;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import org.jspecify.annotations.Nullable;

/**
 * What a cancellation does to a job: it ends a job that no worker runs, and asks the worker of a running one to stop. A pure function of
 * the locked row.
 */
public final class CancelRule {
    private CancelRule() {}

    /** What the store has to do, and the answer to the caller. */
    public sealed interface Verdict {
        /** The answer to the caller. */
        ActResult answer();
    }

    /** Nothing changes: the job does not exist, has ended, or undoes the steps of another job. */
    public record NoChange(ActResult answer) implements Verdict {}

    /**
     * The job ends now.
     *
     * @param cancelled what it becomes, to be put by {@link Cascade#move}
     */
    public record CancelNow(Job cancelled) implements Verdict {
        @Override
        public ActResult answer() {
            return ActResult.DONE;
        }
    }

    /**
     * The worker of the job is asked to stop.
     *
     * @param requested what the job becomes; null if the cancellation was requested before
     * @param claim the claim to tell the worker about, once this is durable; null if the row of the running job names no worker, or no
     *     start, as a row that was changed by hand may do
     */
    public record RequestCancel(
            @Nullable Job requested, @Nullable Claim claim) implements Verdict {
        @Override
        public ActResult answer() {
            return ActResult.REQUESTED;
        }
    }

    /**
     * Decides about one job.
     *
     * @param job the job as it is stored; null if there is none
     */
    public static Verdict decide(@Nullable Job job, JobMoves moves) {
        if (job == null) {
            return new NoChange(ActResult.NOT_FOUND);
        }
        if (job.status().isFinal()) {
            return new NoChange(ActResult.ENDED);
        }
        return job.isUndo() ? new NoChange(ActResult.UNDO_JOB) : ofOpen(job, moves);
    }

    /** The same for a job that is known to be open and that may be cancelled. */
    static Verdict ofOpen(Job job, JobMoves moves) {
        if (job.status() != JobStatus.PROCESSING) {
            return new CancelNow(moves.cancel(job));
        }
        return new RequestCancel(
                job.cancelRequestedAt() == null ? moves.requestCancel(job) : null,
                job.workerId() == null || job.startedAt() == null ? null : Claim.of(job));
    }
}
