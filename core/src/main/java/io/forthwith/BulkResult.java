package io.forthwith;

import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The result of retrying, cancelling or changing many jobs by hand. Immutable.
 *
 * <p>A job is not counted if it has moved out of reach before its turn came: it was retried meanwhile, or has ended, also together with a parent
 * of the same call, or is deleted, or was found not to be selected any more.
 *
 * @param done how many of the selected jobs were retried, cancelled or changed; running jobs whose cancellation was requested are counted, jobs
 *     that only follow another one are not
 * @param skipped how many were left as they are, for each reason that there was
 * @param next where the jobs that are left begin, as an argument for {@link JobQuery#before}; null if none is left
 */
public record BulkResult(
        long done, Map<Skipped, Long> skipped, @Nullable UUID next) {
    /** Why a job was left as it is. */
    public enum Skipped {
        /** Another transaction had locked it: {@link CancelResult#LOCKED}. */
        LOCKED,
        /** {@link RetryResult.Outcome#CONFLICT}: another open job has its unique key. */
        KEY_TAKEN,
        /** {@link RetryResult.Outcome#UNDO_OPEN}: its durable steps are still to be undone. */
        UNDO_OPEN,
        /** {@link JobChange.Outcome#RUNNING}: the time of a running job cannot be changed. */
        RUNNING,
        /** {@link JobChange.Outcome#WAITING}: the time of a job that waits for other jobs cannot be changed. */
        WAITING,
        /** It undoes durable steps: {@link JobChange.Outcome#UNDO_JOB}, {@link CancelResult#NOT_CANCELLABLE}. */
        UNDO_JOB
    }

    /** No job was selected. */
    public static final BulkResult NONE = new BulkResult(0, Map.of(), null);

    /** Copies the map. */
    public BulkResult {
        skipped = Map.copyOf(skipped);
    }

    /** The result for so many jobs, without skipped ones. */
    public static BulkResult ofDone(long jobs) {
        return new BulkResult(jobs, Map.of(), null);
    }

    /** How many were skipped for this reason. */
    public long skipped(Skipped reason) {
        return skipped.getOrDefault(reason, 0L);
    }

    /** How many were skipped, for whatever reason. */
    public long allSkipped() {
        return skipped.values().stream().mapToLong(Long::longValue).sum();
    }

    /** This result and so many more skipped jobs. */
    public BulkResult and(Skipped reason, long jobs) {
        return jobs == 0 ? this : and(new BulkResult(0, Map.of(reason, jobs), next));
    }

    /** This result and the retry of one more job. */
    public BulkResult and(RetryResult one) {
        return switch (one.outcome()) {
            case RETRIED -> andDone();
            case CONFLICT -> and(Skipped.KEY_TAKEN, 1);
            case UNDO_OPEN -> and(Skipped.UNDO_OPEN, 1);
            case NOT_RETRYABLE, NOT_FOUND -> this;
        };
    }

    /** This result and the cancellation of one more job. */
    public BulkResult and(CancelResult one) {
        return switch (one) {
            case CANCELLED, REQUESTED -> andDone();
            case NOT_CANCELLABLE -> and(Skipped.UNDO_JOB, 1);
            case LOCKED -> and(Skipped.LOCKED, 1);
            case ALREADY_ENDED, NOT_FOUND -> this;
        };
    }

    /** This result and the change of one more job. */
    public BulkResult and(JobChange.Outcome one) {
        return switch (one) {
            case CHANGED -> andDone();
            case RUNNING -> and(Skipped.RUNNING, 1);
            case WAITING -> and(Skipped.WAITING, 1);
            case UNDO_JOB -> and(Skipped.UNDO_JOB, 1);
            case ENDED, NOT_FOUND -> this;
        };
    }

    private BulkResult andDone() {
        return new BulkResult(done + 1, skipped, next);
    }

    /** This result and that of the following page; {@link #next} is that of the following page. */
    public BulkResult and(BulkResult after) {
        Map<Skipped, Long> sum = new EnumMap<>(Skipped.class);
        sum.putAll(skipped);
        after.skipped.forEach((reason, jobs) -> sum.merge(reason, jobs, Long::sum));
        return new BulkResult(done + after.done, sum, after.next);
    }

    /** Returns the same result with another beginning of what is left. */
    public BulkResult goingOnFrom(@Nullable UUID id) {
        return new BulkResult(done, skipped, id);
    }
}
