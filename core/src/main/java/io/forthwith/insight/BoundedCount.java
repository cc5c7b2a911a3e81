package io.forthwith.insight;

/**
 * A count that ends early. Immutable.
 *
 * @param jobs how many jobs were counted
 * @param isExact whether these are all; if not, there may be more
 */
public record BoundedCount(int jobs, boolean isExact) {
    /** No job. */
    public static final BoundedCount NONE = new BoundedCount(0, true);

    /** Both together. */
    public BoundedCount plus(BoundedCount other) {
        return new BoundedCount(jobs + other.jobs, isExact && other.isExact);
    }

    /** {@code 42}, or {@code 42+} if there may be more. */
    @Override
    public String toString() {
        return isExact ? Integer.toString(jobs) : jobs + "+";
    }
}
