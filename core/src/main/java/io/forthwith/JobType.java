package io.forthwith;

import io.forthwith.text.Names;
import java.util.Objects;

/**
 * A kind of job: the name stored with each job, and the class its input is read into.
 *
 * <p>The name alone decides which processor runs a job; a class name is never stored or honoured.
 *
 * @param name 1 to 128 of the characters {@code A-Z a-z 0-9 _ - . / :}, for example {@code "shot_video_generation"}
 * @param inputClass what the input is read into, usually a record
 * @param <I> the input
 */
public record JobType<I>(String name, Class<I> inputClass) {
    /** Checks the name. */
    public JobType {
        Names.requireOwn("Job type", name);
        Objects.requireNonNull(inputClass, "inputClass");
    }

    /**
     * A job type.
     *
     * @throws IllegalArgumentException if {@code name} is not a valid name
     */
    public static <I> JobType<I> of(String name, Class<I> inputClass) {
        return new JobType<>(name, inputClass);
    }
}
