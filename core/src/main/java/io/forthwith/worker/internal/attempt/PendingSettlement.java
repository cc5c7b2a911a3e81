package io.forthwith.worker.internal.attempt;

import io.forthwith.store.Settlement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A settlement that is to be written. Immutable.
 *
 * @param settlement the settlement to write
 * @param original the first settlement, if the store has refused it permanently and {@code settlement} is a substitute;
 *     otherwise the same
 * @param run the job; null if the worker does not know it
 * @param took how long the attempt took
 * @param recorded whether the failure was logged before
 * @param written whether a transaction of the processor has written it
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

    /** A failure that was logged before. */
    public static PendingSettlement recorded(RunningJob run, Settlement settlement, Duration took) {
        return new PendingSettlement(settlement, settlement, run, took, true, false);
    }

    /** A completion that a transaction of the processor has written: it is only logged and sent as an event. */
    public static PendingSettlement written(RunningJob run, Settlement settlement, Duration took) {
        return new PendingSettlement(settlement, settlement, run, took, false, true);
    }

    /** Gives back a claim whose job the worker does not know. */
    public static PendingSettlement stray(Settlement giveBack) {
        return new PendingSettlement(giveBack, giveBack, null, Duration.ZERO, false, false);
    }

    public PendingSettlement with(Settlement substitute) {
        return new PendingSettlement(substitute, original, run, took, recorded, written);
    }

    /** The same job with another settlement, because the first one is not possible. */
    public PendingSettlement instead(Settlement other) {
        return new PendingSettlement(other, other, run, took, recorded, written);
    }

    /** Whether the job was deleted if the original settlement was written. */
    public boolean isGoneIfWritten() {
        return original instanceof Settlement.Complete complete && complete.isToDelete();
    }

    /** Whether the store has refused the result permanently, so that the job fails instead of completing. */
    public boolean hasLostResult() {
        return settlement != original
                && (original instanceof Settlement.Complete || original instanceof Settlement.AwaitChildren);
    }
}
