package io.forthwith.store.rules;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.util.Collection;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What a settlement does to its job. A store goes in this order:
 *
 * <ol>
 *   <li>{@link #check} the settlements of the call, before anything is written;
 *   <li>lock the job, and answer a settlement whose claim no longer holds with the {@linkplain ClaimFence#refusal refusal};
 *   <li>add {@linkplain #spawning what it spawns}; if an id or a unique key of that is taken, nothing is added, and the answer is {@link
 *       Settled#CONFLICT};
 *   <li>{@link #decide} what becomes of the job.
 * </ol>
 *
 * <p>Pure functions.
 */
public final class SettleRule {
    private SettleRule() {}

    /** What the store has to do, and the answer to the worker. */
    public sealed interface Verdict {
        /** The answer to the worker. */
        Settled answer();
    }

    /** The job is deleted, with its failed attempts. No other job depends on it. */
    public record Delete() implements Verdict {
        @Override
        public Settled answer() {
            return Settled.APPLIED;
        }
    }

    /**
     * The job moves.
     *
     * @param answer {@code APPLIED}, or {@code CANCELLED} if the cancellation of the job had been requested
     * @param moved what it becomes, to be put by {@link Cascade#move}
     * @param failure the failed attempt to be added to the history of the job, before the job moves; empty if the attempt did not fail
     */
    public record Move(Settled answer, Job moved, Optional<FailedAttempt> failure) implements Verdict {}

    /**
     * Checks the settlements of one call.
     *
     * @throws IllegalArgumentException if the jobs that one spawns make no sense by themselves ({@link NewFamilies#ofSpawned})
     */
    public static void check(Collection<Settlement> settlements) {
        for (Settlement settlement : settlements) {
            if (settlement instanceof Settlement.AwaitChildren waiting) {
                NewFamilies.ofSpawned(waiting.claim().jobId(), waiting.spawn().jobs());
            }
        }
    }

    /**
     * The settlement itself, if jobs that it spawns have to be added before it is applied. Empty if it spawns none, or if the job is to be
     * cancelled.
     *
     * @param job a job whose claim holds
     */
    public static Optional<Settlement.AwaitChildren> spawning(Job job, Settlement settlement) {
        return settlement instanceof Settlement.AwaitChildren waiting
                        && job.cancelRequestedAt() == null
                        && !waiting.spawn().jobs().isEmpty()
                ? Optional.of(waiting)
                : Optional.empty();
    }

    /** Whether a settlement asks for its job to be deleted. Only then the durable steps of the job matter to {@link #decide}. */
    public static boolean asksToDelete(Settlement settlement) {
        return settlement instanceof Settlement.Complete complete && complete.isToDelete();
    }

    /**
     * Decides about a job.
     *
     * @param job a job whose claim holds
     * @param hasSteps whether the job has durable steps; asked only if the settlement {@linkplain #asksToDelete asks to delete} the job
     */
    public static Verdict decide(Job job, Settlement settlement, BooleanSupplier hasSteps, JobMoves moves) {
        if (settlement instanceof Settlement.Complete complete
                && complete.isToDelete()
                && complete.deletes(job, hasSteps.getAsBoolean())) {
            return new Delete();
        }
        return new Move(
                job.cancelRequestedAt() == null ? Settled.APPLIED : Settled.CANCELLED,
                moves.settle(job, settlement),
                moves.failure(job, settlement));
    }
}
