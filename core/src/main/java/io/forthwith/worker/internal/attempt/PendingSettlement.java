package io.forthwith.worker.internal.attempt;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.util.Objects;
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
 * @param textLength how many characters of text the worker holds until it is confirmed
 */
public record PendingSettlement(
        Settlement settlement,
        Settlement original,
        @Nullable RunningJob run,
        Duration took,
        boolean recorded,
        boolean written,
        long textLength) {

    public static PendingSettlement of(RunningJob run, Settlement settlement, Duration took) {
        return new PendingSettlement(settlement, settlement, run, took, false, false, held(run, settlement));
    }

    /** A failure that was logged before. */
    public static PendingSettlement recorded(RunningJob run, Settlement settlement, Duration took) {
        return new PendingSettlement(settlement, settlement, run, took, true, false, held(run, settlement));
    }

    /** A completion that a transaction of the processor has written: it is only logged and sent as an event. */
    public static PendingSettlement written(RunningJob run, Settlement settlement, Duration took) {
        return new PendingSettlement(settlement, settlement, run, took, false, true, held(run, settlement));
    }

    /** Gives back a claim whose job the worker does not know. */
    public static PendingSettlement stray(Settlement giveBack) {
        return new PendingSettlement(giveBack, giveBack, null, Duration.ZERO, false, false, 0);
    }

    public PendingSettlement with(Settlement substitute) {
        return new PendingSettlement(substitute, original, run, took, recorded, written, textLength);
    }

    /** The same job with another settlement, because the first one is not possible. */
    public PendingSettlement instead(Settlement other) {
        return new PendingSettlement(other, other, run, took, recorded, written, textLength);
    }

    /** Why the attempt failed; null if it did not. */
    public @Nullable JobError error() {
        if (settlement instanceof Settlement.Fail fail) {
            return fail.error();
        }
        return settlement instanceof Settlement.Retry retry ? retry.error() : null;
    }

    /** Whether the job was deleted if the original settlement was written. */
    public boolean isGoneIfWritten() {
        return original instanceof Settlement.Complete complete && complete.isToDelete();
    }

    /** Whether the store has refused the first settlement permanently, so that this is a simpler one. */
    public boolean isSubstitute() {
        return settlement != original;
    }

    /** Whether the job shows the failure that the substitute records. */
    public boolean isSubstituteIn(Job job) {
        return settlement instanceof Settlement.Fail fail
                && Objects.equals(fail.error().code(), job.errorCode());
    }

    /** Whether the store has refused the result permanently, so that the job fails instead of completing. */
    public boolean hasLostResult() {
        return isSubstitute()
                && (original instanceof Settlement.Complete || original instanceof Settlement.AwaitChildren);
    }

    private static long held(RunningJob run, Settlement settlement) {
        return TextFootprint.of(run.job()) + TextFootprint.of(settlement);
    }
}
