package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A type of job: the name that is stored with each job, and the type of its input; {@link #returning} adds the type of its result. Immutable and
 * thread-safe. Two are equal if they have the same names, and the same types of input and result.
 *
 * <p>Only the name decides which processor runs a job. A class name is never stored, and never read from a row.
 *
 * @param <I> the input, usually a record
 */
@CheckReturnValue
public class JobType<I> {
    private static final String NO_NAMES = "leave formerly() out if the type has always had its name";

    private final String name;
    private final TypeRef<I> input;
    private final List<String> formerNames;

    /** Checks the names. Only {@link ReturningJobType} extends this class: no other one could be equal to it. */
    JobType(String name, TypeRef<I> input, List<String> formerNames) {
        this.name = NameRules.requireOwn("Job type", name);
        this.input = NullRules.require(input, "input", "give the class of the input, or leave it out if there is none");
        this.formerNames = formerNames.stream().distinct().toList();
        for (String former : this.formerNames) {
            if (NameRules.requireOwn("Former name of job type " + name, former).equals(name)) {
                throw new IllegalArgumentException("Job type " + name + " cannot have its own name as a former one");
            }
        }
    }

    /**
     * A job type.
     *
     * @param name 1 to 128 of the characters {@code A-Z a-z 0-9 _ - . / :}, for example {@code "shot_video_generation"}
     * @throws IllegalArgumentException if {@code name} is not a valid name
     */
    public static <I> JobType<I> of(String name, Class<I> inputClass) {
        NullRules.require(inputClass, "inputClass", "give the class of the input, or leave it out if there is none");
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

    /**
     * Names the result of this type's jobs, so that the compiler compares what the processor returns with what a client reads.
     *
     * <pre>{@code
     * static final ReturningJobType<Greeting, String> GREET = JobType.of("greet", Greeting.class).returning(String.class);
     * }</pre>
     */
    public <O extends @Nullable Object> ReturningJobType<I, O> returning(Class<O> resultClass) {
        NullRules.require(resultClass, "resultClass", "leave returning() out if the jobs have no result");
        return returning(TypeRef.of(resultClass));
    }

    /** Names a generic result of this type's jobs, and is else as {@link #returning(Class)}. */
    public <O extends @Nullable Object> ReturningJobType<I, O> returning(TypeRef<O> result) {
        NullRules.require(result, "result", "leave returning() out if the jobs have no result");
        return new ReturningJobType<>(name, input, result, formerNames);
    }

    /** The name that is stored with each job. */
    public final String name() {
        return name;
    }

    /** The type of the input; {@link Void} for none. */
    public final TypeRef<I> input() {
        return input;
    }

    /** The names it had before, see {@link #formerly}; unmodifiable. */
    public final List<String> formerNames() {
        return formerNames;
    }

    /** Whether jobs of this type have no input. */
    public final boolean hasNoInput() {
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
        return new JobType<>(name, input, formerNamesAnd(names));
    }

    /** The former names and these. */
    final List<String> formerNamesAnd(String... names) {
        return Stream.concat(formerNames.stream(), Arrays.stream(NullRules.requireAll(names, "names", NO_NAMES)))
                .toList();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobType<?> type
                && type.getClass() == getClass()
                && type.name.equals(name)
                && type.input.equals(input)
                && type.formerNames.equals(formerNames);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, input, formerNames);
    }

    /** The name and the input: {@code greet(Greeting)}. */
    @Override
    public String toString() {
        return name + (hasNoInput() ? "()" : "(" + input + ")");
    }
}
