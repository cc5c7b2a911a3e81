package io.forthwith;

import io.forthwith.internal.AttemptWithUndos;
import io.forthwith.internal.NullRules;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A processor with typed input. One attempt reads the input and then calls {@link #validate}, {@link #verifyAccess} and
 * {@link #process}, in this order. If one of them throws, the undo actions registered with {@link JobContext#onFailure}
 * run in reverse order, and the same exception leaves the processor.
 *
 * <p>One instance runs all jobs of its type, on many threads at a time, so a subclass must be thread-safe.
 *
 * <pre>{@code
 * final class Thumbnails extends BaseProcessor<Picture, Thumbnail> {
 *     static final JobType<Picture> TYPE = JobType.of("thumbnail", Picture.class);
 *
 *     Thumbnails() {
 *         super(TYPE);
 *     }
 *
 *     @Override
 *     protected Thumbnail process(Picture picture, JobContext job) throws IOException {
 *         job.progress(10, "loading");
 *         return scale(picture);
 *     }
 * }
 * }</pre>
 *
 * @param <I> the input, usually a record
 * @param <O> the result, stored as JSON
 */
public abstract class BaseProcessor<I, O extends @Nullable Object> implements Processor {
    private final JobType<I> type;
    private final List<Step<?>> steps = new ArrayList<>();

    /**
     * A processor for {@code type}.
     *
     * @throws IllegalArgumentException if it is a {@link ReturningJobType}, whose result is then of another type than {@code O}
     */
    protected BaseProcessor(JobType<I> type) {
        this.type = given(type);
        // The compiler chooses the other constructor for a type whose result fits.
        if (type instanceof ReturningJobType<?, ?> returning) {
            throw new IllegalArgumentException("The processor " + getClass().getName() + " of job type " + type
                    + " does not return " + returning.result() + ": let both have the same result");
        }
    }

    /** A processor for {@code type} that returns what {@code type} names as its result. */
    protected BaseProcessor(ReturningJobType<I, O> type) {
        this.type = given(type);
    }

    private static <T extends JobType<?>> T given(@Nullable T type) {
        return NullRules.require(
                type, "type", "give a JobType that is initialized by then, for example a static final field");
    }

    /** The type of job that this processor runs. */
    public final JobType<I> type() {
        return type;
    }

    /**
     * Declares a durable step:
     * {@code this.charge = step("charge", Receipt.class).undo((receipt, key) -> credits.refund(key))}. Call it in a
     * field initializer, or in the constructor if the undo needs an argument of the constructor. A worker does not know
     * a step that is declared after the processor was registered.
     *
     * @throws IllegalArgumentException if a step has this name already, or if it is not a valid name of at most 64
     *     characters
     */
    protected final <R extends @Nullable Object> Step<R> step(String name, Class<R> resultClass) {
        return step(name, TypeRef.of(resultClass));
    }

    /** Declares a durable step with a generic result, as {@link #step(String, Class)} does. */
    protected final <R extends @Nullable Object> Step<R> step(String name, TypeRef<R> result) {
        Step<R> step = Step.of(name, result);
        if (steps.stream().anyMatch(other -> other.name().equals(name))) {
            throw new IllegalArgumentException(
                    "Step \"" + name + "\" of job type " + type.name() + " is declared twice: one name, one step");
        }
        steps.add(step);
        return step;
    }

    @Override
    public final List<Step<?>> steps() {
        return List.copyOf(steps);
    }

    @Override
    public final @Nullable Object process(JobContext job) throws Exception {
        try {
            I input = job.input(type.input());
            validate(input);
            verifyAccess(input, job);
            return process(input, job);
        } catch (Throwable failure) {
            AttemptWithUndos.undoActionsOf(job).run(failure);
            throw failure;
        }
    }

    /**
     * Refuses bad input, usually with {@link JobException#user}. By default it accepts everything.
     *
     * @throws Exception to fail the attempt
     */
    protected void validate(I input) throws Exception {}

    /**
     * Refuses a job whose user may not do this, usually with {@link JobException#user}. By default it accepts everyone.
     *
     * @throws Exception to fail the attempt
     */
    protected void verifyAccess(I input, JobContext job) throws Exception {}

    /**
     * Does the work.
     *
     * @return the result, stored as JSON; null for none
     * @throws Exception to fail the attempt, see {@link Processor#process}
     */
    protected abstract O process(I input, JobContext job) throws Exception;
}
