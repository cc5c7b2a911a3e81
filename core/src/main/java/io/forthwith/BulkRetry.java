package io.forthwith;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of many retries by hand. A job that had moved on when its turn came counts nowhere. Immutable.
 *
 * @param retried how many of the jobs asked for were retried, not counting children that went along with their parent
 * @param locked how many were left as they are because others had locked them
 * @param keysTaken how many, because of {@link RetryResult.Outcome#CONFLICT}
 * @param undosOpen how many, because of {@link RetryResult.Outcome#UNDO_OPEN}
 * @param next where to go on: what to say to {@link JobQuery#before}; null if there is no more
 */
public record BulkRetry(
        long retried,
        long locked,
        long keysTaken,
        long undosOpen,
        @Nullable UUID next) {
    /** Nothing was asked for. */
    public static final BulkRetry NONE = new BulkRetry(0, 0, 0, 0, null);

    /** How many were left as they are. */
    public long skipped() {
        return locked + keysTaken + undosOpen;
    }

    /** With one more job, which goes on from where this one goes on. */
    public BulkRetry and(RetryResult one) {
        return switch (one.outcome()) {
            case RETRIED -> new BulkRetry(retried + 1, locked, keysTaken, undosOpen, next);
            case CONFLICT -> new BulkRetry(retried, locked, keysTaken + 1, undosOpen, next);
            case UNDO_OPEN -> new BulkRetry(retried, locked, keysTaken, undosOpen + 1, next);
            case NOT_RETRYABLE, NOT_FOUND -> this;
        };
    }

    /** With those of the page after this one, going on from where that one goes on. */
    public BulkRetry and(BulkRetry after) {
        return new BulkRetry(
                retried + after.retried,
                locked + after.locked,
                keysTaken + after.keysTaken,
                undosOpen + after.undosOpen,
                after.next);
    }

    /** The same, going on from there. */
    public BulkRetry goingOnFrom(@Nullable UUID id) {
        return new BulkRetry(retried, locked, keysTaken, undosOpen, id);
    }
}
