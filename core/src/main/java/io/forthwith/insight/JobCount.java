package io.forthwith.insight;

/**
 * A count that ends early. Immutable.
 *
 * @param jobs how many jobs were counted
 * @param isExact whether these are all; if not, there may be more
 */
public record JobCount(int jobs, boolean isExact) {
    /** No job. */
    public static final JobCount NONE = new JobCount(0, true);

    /** Both together. */
    public JobCount plus(JobCount other) {
        return new JobCount(jobs + other.jobs, isExact && other.isExact);
    }

    /** {@code 42}, or {@code 42+} if there may be more. */
    @Override
    public String toString() {
        return isExact ? Integer.toString(jobs) : jobs + "+";
    }
}
