package io.forthwith.store.rules;

import io.forthwith.ActResult;
import io.forthwith.Job;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a retry by hand does. A failed or cancelled job is retried together with
 *
 * <ul>
 *   <li>its failed and cancelled children, and their children,
 *   <li>the failed and cancelled predecessors without whose success it does not run, and
 *   <li>its parent, if it is a finisher: a finisher does not run without the other children.
 * </ul>
 *
 * <p>All of them are retried or none. A job whose durable steps have yet to be undone, or whose unique key an open job has, refuses all. A
 * pure function of what {@link RetryRows} answers.
 */
public final class RetryRule {
    private RetryRule() {}

    /**
     * What the store has to do.
     *
     * @param answer the answer to the caller
     * @param retried what the jobs become, each to be put by {@link Cascade#move}, the job itself first; empty if nothing changes
     */
    public record Verdict(ActResult answer, List<Job> retried) {}

    /**
     * Decides about one job and those that are retried with it.
     *
     * @param job the job as it is stored; null if there is none
     * @param rows asked only if the job can be retried. What it throws is passed on
     */
    public static Verdict decide(@Nullable Job job, RetryRows rows, JobMoves moves) {
        if (job == null) {
            return refused(ActResult.NOT_FOUND);
        }
        if (!job.status().isRetryable()) {
            return refused(ActResult.NOT_FAILED);
        }
        RetryFamily family = RetryFamily.of(job, rows);
        List<Job> members = family.members();
        Optional<UUID> undo = rows.openUndo(members);
        if (undo.isPresent()) {
            return refused(ActResult.undoOpen(undo.get()));
        }
        Optional<UUID> holder = UniqueKeyRule.conflictOfRetried(members, rows::keyHolder);
        if (holder.isPresent()) {
            return refused(ActResult.keyTaken(holder.get()));
        }
        return new Verdict(ActResult.DONE, family.retried(moves));
    }

    private static Verdict refused(ActResult answer) {
        return new Verdict(answer, List.of());
    }
}
