package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.NameRules;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A type of job: the name that is stored with each job, and the type of its input. Immutable.
 *
 * <p>Only the name decides which processor runs a job. A class name is never stored, and never read from a row.
 *
 * @param name 1 to 128 of the characters {@code A-Z a-z 0-9 _ - . / :}, for example {@code "shot_video_generation"}
 * @param input the type of the input, usually a record
 * @param formerNames the names it had before, see {@link #formerly}
 * @param <I> the input
 */
@CheckReturnValue
public record JobType<I>(String name, TypeRef<I> input, List<String> formerNames) {
    /** Checks the names. */
    public JobType {
        NameRules.requireOwn("Job type", name);
        Objects.requireNonNull(input, "input");
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
        return of(name, TypeRef.of(inputClass));
    }

    /**
     * A job type with a generic input: {@code JobType.of("invoice", new TypeRef<List<Line>>() {})}.
     *
     * @throws IllegalArgumentException if {@code name} is not a valid name
     */
    public static <I> JobType<I> of(String name, TypeRef<I> input) {
        return new JobType<>(name, input, List.of());
    }

    /**
     * A type of jobs without input, for {@link NewJob#of(JobType)}. Its processor gets null as input, whatever is stored.
     *
     * @throws IllegalArgumentException if {@code name} is not a valid name
     */
    public static JobType<Void> of(String name) {
        return of(name, Void.class);
    }

    /** Whether jobs of this type have no input. */
    public boolean hasNoInput() {
        return input.type() == Void.class;
    }

    /**
     * Returns the same type with these former names. Its processor also runs jobs that are stored under a former name, and
     * undoes their durable steps. New jobs are stored under the present name. A stored job keeps its name:
     * {@link Job#type} and queries use the stored name, and a unique key is unique among the jobs of one stored name.
     *
     * <p>A worker that knows only the former name fails jobs of the new name as jobs of an unknown type, unless a living worker of their queue knows it. So first
     * deploy a worker that knows both names, and only then enqueue under the new one.
     *
     * @throws IllegalArgumentException if one of them is not a valid name, or is the present name
     */
    public JobType<I> formerly(String... names) {
        return new JobType<>(
                name,
                input,
                Stream.concat(formerNames.stream(), Arrays.stream(names)).toList());
    }
}
