package io.forthwith;

import io.forthwith.internal.LibraryOnly;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The result of retrying, cancelling or changing many jobs by hand. Immutable.
 *
 * <p>A job is not counted if it has moved out of reach before its turn came: it was retried meanwhile, or has ended, also together with a parent
 * of the same call, or is deleted, or was found not to be selected any more.
 */
public final class BulkResult {
    /** No job was selected. */
    public static final BulkResult NONE = new BulkResult(LibraryOnly.KEY, 0, Map.of(), null);

    private final long done;
    private final Map<ActResult.Outcome, Long> skipped;
    private final @Nullable UUID next;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public BulkResult(LibraryOnly by, long done, Map<ActResult.Outcome, Long> skipped, @Nullable UUID next) {
        Objects.requireNonNull(by, "by");
        this.done = done;
        this.skipped = Map.copyOf(skipped);
        this.next = next;
    }

    /**
     * How many of the selected jobs were retried, cancelled or changed; running jobs whose cancellation was requested are counted, jobs that only
     * follow another one are not.
     */
    public long done() {
        return done;
    }

    /** How many were left as they are, for each reason that there was. */
    public Map<ActResult.Outcome, Long> skipped() {
        return skipped;
    }

    /** Where the jobs that are left begin, as an argument for {@link JobQuery#before}; null if none is left. */
    public @Nullable UUID next() {
        return next;
    }

    /** The result for so many jobs, without skipped ones. */
    @SuppressWarnings("exports") // so that only the library can call it
    public static BulkResult ofDone(LibraryOnly by, long jobs) {
        return new BulkResult(by, jobs, Map.of(), null);
    }

    /** How many were skipped for this reason. */
    public long skipped(ActResult.Outcome reason) {
        return skipped.getOrDefault(reason, 0L);
    }

    /** How many were skipped, for whatever reason. */
    public long allSkipped() {
        return skipped.values().stream().mapToLong(Long::longValue).sum();
    }

    /** This result and so many more skipped jobs. */
    @SuppressWarnings("exports") // so that only the library can call it
    public BulkResult and(LibraryOnly by, ActResult.Outcome reason, long jobs) {
        return jobs == 0 ? this : and(LibraryOnly.KEY, new BulkResult(by, 0, Map.of(reason, jobs), next));
    }

    /** This result and the act on one more job. One that had ended, was open or is gone before its turn came is not counted. */
    @SuppressWarnings("exports") // so that only the library can call it
    public BulkResult and(LibraryOnly by, ActResult one) {
        return switch (one.outcome()) {
            case DONE, REQUESTED -> andDone();
            case NOT_FOUND, ENDED, NOT_FAILED, ALREADY_SEALED, NOT_A_GROUP -> this;
            default -> and(LibraryOnly.KEY, one.outcome(), 1);
        };
    }

    private BulkResult andDone() {
        return new BulkResult(LibraryOnly.KEY, done + 1, skipped, next);
    }

    /** This result and that of the following page; {@link #next} is that of the following page. */
    @SuppressWarnings("exports") // so that only the library can call it
    public BulkResult and(LibraryOnly by, BulkResult after) {
        Map<ActResult.Outcome, Long> sum = new EnumMap<>(ActResult.Outcome.class);
        sum.putAll(skipped);
        after.skipped.forEach((reason, jobs) -> sum.merge(reason, jobs, Long::sum));
        return new BulkResult(by, done + after.done, sum, after.next);
    }

    /** Returns the same result with another beginning of what is left. */
    @SuppressWarnings("exports") // so that only the library can call it
    public BulkResult goingOnFrom(LibraryOnly by, @Nullable UUID id) {
        return new BulkResult(by, done, skipped, id);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BulkResult that
                && done == that.done
                && Objects.equals(skipped, that.skipped)
                && Objects.equals(next, that.next);
    }

    @Override
    public int hashCode() {
        return Objects.hash(done, skipped, next);
    }

    @Override
    public String toString() {
        return "BulkResult[done=" + done + ", skipped=" + skipped + ", next=" + next + "]";
    }
}
