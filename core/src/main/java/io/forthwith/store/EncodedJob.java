package io.forthwith.store;

import io.forthwith.NewJob;
import java.util.Objects;

/**
 * A new job with its input as JSON, checked for size. Immutable.
 *
 * @param job the job
 * @param input its input as JSON
 */
public record EncodedJob(NewJob job, String input) {
    /** Checks for null. */
    public EncodedJob {
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(input, "input");
    }

    /** Type and id only: the input may hold secrets. */
    @Override
    public String toString() {
        return "Encoded " + job;
    }
}
