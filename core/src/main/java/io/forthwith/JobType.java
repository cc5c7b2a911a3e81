package io.forthwith;

import io.forthwith.internal.NameRules;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A kind of job: the name stored with each job, and the class its input is read into.
 *
 * <p>The name alone decides which processor runs a job; a class name is never stored or honoured.
 *
 * @param name 1 to 128 of the characters {@code A-Z a-z 0-9 _ - . / :}, for example {@code "shot_video_generation"}
 * @param inputClass what the input is read into, usually a record
 * @param formerNames what it was called before, see {@link #formerly}
 * @param <I> the input
 */
public record JobType<I>(String name, Class<I> inputClass, List<String> formerNames) {
    /** Checks the names. */
    public JobType {
        NameRules.requireOwn("Job type", name);
        Objects.requireNonNull(inputClass, "inputClass");
        String current = name;
        formerNames = formerNames.stream().distinct().toList();
        for (String former : formerNames) {
            if (NameRules.requireOwn("Former name of job type " + current, former)
                    .equals(current)) {
                throw new IllegalArgumentException("Job type " + current + " cannot have its own name as a former one");
            }
        }
    }

    /**
     * A job type.
     *
     * @throws IllegalArgumentException if {@code name} is not a valid name
     */
    public static <I> JobType<I> of(String name, Class<I> inputClass) {
        return new JobType<>(name, inputClass, List.of());
    }

    /**
     * The same type, which was called {@code names} before: its processor also runs the jobs that are stored under these names,
     * and undoes their steps. New jobs are stored under the present name. A stored job keeps its name: a unique key that it
     * holds does not exclude a job under another name, and {@link Job#type} and queries go by what is stored.
     *
     * <p>A worker that knows only the old name fails jobs of the new one as of unknown type: let all workers know both before
     * anybody enqueues under the new one.
     *
     * @throws IllegalArgumentException if one of them is not a valid name, or is the present one
     */
    public JobType<I> formerly(String... names) {
        return new JobType<>(
                name,
                inputClass,
                Stream.concat(formerNames.stream(), Arrays.stream(names)).toList());
    }
}
