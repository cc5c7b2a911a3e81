package io.forthwith;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The result of retrying many jobs by hand. A job that was no longer failed or cancelled when its turn came is not
 * counted. Immutable.
 *
 * @param retried how many of the selected jobs were retried; children that are retried with their parent are not
 *     counted
 * @param locked how many were skipped because another transaction had locked them
 * @param keysTaken how many were skipped because of {@link RetryResult.Outcome#CONFLICT}
 * @param undosOpen how many were skipped because of {@link RetryResult.Outcome#UNDO_OPEN}
 * @param next where the next page begins, as an argument for {@link JobQuery#before}; null after the last page
 */
public record BulkRetryResult(
        long retried,
        long locked,
        long keysTaken,
        long undosOpen,
        @Nullable UUID next) {
    /** No job was selected. */
    public static final BulkRetryResult NONE = new BulkRetryResult(0, 0, 0, 0, null);

    /** How many selected jobs were skipped. */
    public long skipped() {
        return locked + keysTaken + undosOpen;
    }

    /** This result and that of one more job; the next page begins where it did. */
    public BulkRetryResult and(RetryResult one) {
        return switch (one.outcome()) {
            case RETRIED -> new BulkRetryResult(retried + 1, locked, keysTaken, undosOpen, next);
            case CONFLICT -> new BulkRetryResult(retried, locked, keysTaken + 1, undosOpen, next);
            case UNDO_OPEN -> new BulkRetryResult(retried, locked, keysTaken, undosOpen + 1, next);
            case NOT_RETRYABLE, NOT_FOUND -> this;
        };
    }

    /** This result and that of the following page; the next page begins where that of the following page does. */
    public BulkRetryResult and(BulkRetryResult after) {
        return new BulkRetryResult(
                retried + after.retried,
                locked + after.locked,
                keysTaken + after.keysTaken,
                undosOpen + after.undosOpen,
                after.next);
    }

    /** The same result with another beginning of the next page. */
    public BulkRetryResult goingOnFrom(@Nullable UUID id) {
        return new BulkRetryResult(retried, locked, keysTaken, undosOpen, id);
    }
}
