package io.forthwith.worker.internal.attempt;

import io.forthwith.store.Settlement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A job on its way to being settled.
 *
 * @param settlement what to write
 * @param original what was to be written at first, before the store refused it for good
 * @param run the job; null if the worker did not know that it held it
 * @param took how long the attempt took
 * @param recorded whether the job processor has logged it already
 * @param written whether it is in the store already, by a transaction of its processor's
 */
public record PendingSettlement(
        Settlement settlement,
        Settlement original,
        @Nullable RunningJob run,
        Duration took,
        boolean recorded,
        boolean written) {

    public static PendingSettlement of(RunningJob run, Settlement settlement, Duration took) {
        return new PendingSettlement(settlement, settlement, run, took, false, false);
    }

    /** A job whose failure the job processor has logged and hands over itself. */
    public static PendingSettlement recorded(RunningJob run, Settlement settlement, Duration took) {
        return new PendingSettlement(settlement, settlement, run, took, true, false);
    }

    /** A job that its processor has completed in a transaction of its own: there is nothing to write, only to tell. */
    public static PendingSettlement written(RunningJob run, Settlement settlement, Duration took) {
        return new PendingSettlement(settlement, settlement, run, took, false, true);
    }

    /** A claim that the worker does not know of and gives back. */
    public static PendingSettlement stray(Settlement giveBack) {
        return new PendingSettlement(giveBack, giveBack, null, Duration.ZERO, false, false);
    }

    public PendingSettlement with(Settlement substitute) {
        return new PendingSettlement(substitute, original, run, took, recorded, written);
    }

    /** The same to be settled in another way, since what it was to be is ruled out. */
    public PendingSettlement instead(Settlement other) {
        return new PendingSettlement(other, other, run, took, recorded, written);
    }

    /** Whether the job is gone, if what was to be written at first has been. */
    public boolean isGoneIfWritten() {
        return original instanceof Settlement.Complete complete && complete.isToDelete();
    }

    /** Whether a result that its processor returned was refused for good, so that something else is written. */
    public boolean hasLostResult() {
        return settlement != original
                && (original instanceof Settlement.Complete || original instanceof Settlement.AwaitChildren);
    }
}
