package io.forthwith.worker;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.Processor;
import io.forthwith.ReturningJobType;
import io.forthwith.ReturningProcessor;
import io.forthwith.TypedProcessor;
import io.forthwith.UnknownJobTypeException;
import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.NullRules;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import java.util.Arrays;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says which processor runs which type of job. Immutable and thread-safe: each addition returns a new registry.
 *
 * <p>Third layer of the error contract: it catches nothing. A type without a processor is an {@link UnknownJobTypeException}.
 */
@CheckReturnValue
public final class ProcessorRegistry {
    private static final String NO_PROCESSOR = "give processors that exist by now";
    private static final String NO_JOB_TYPE = "give the JobType that the processor runs";
    private static final ProcessorRegistry EMPTY = new ProcessorRegistry(RegisteredProcessors.NONE);

    private final RegisteredProcessors processors;

    private ProcessorRegistry(RegisteredProcessors processors) {
        this.processors = processors;
    }

    /**
     * A registry with these processors; with none, it is empty and can be added to.
     *
     * @throws IllegalArgumentException if two of them share a name (former names count), if one declares two steps of the same
     *     name, or if one has a time limit that is not positive or longer than 365 days
     */
    public static ProcessorRegistry of(BaseProcessor<?, ?>... processors) {
        return of(Arrays.asList(NullRules.require(processors, "processors", NO_PROCESSOR)));
    }

    /**
     * A registry with these processors, for example all beans of a container that are processors. If there are none, it is
     * empty and can be added to.
     *
     * @throws IllegalArgumentException if two of them share a name (former names count), if one declares two steps of the same
     *     name, or if one has a time limit that is not positive or longer than 365 days
     */
    public static ProcessorRegistry of(Collection<? extends BaseProcessor<?, ?>> processors) {
        NullRules.requireAll(processors, "processors", NO_PROCESSOR);
        ProcessorRegistry registry = EMPTY;
        for (BaseProcessor<?, ?> processor : processors) {
            registry = registry.with(processor);
        }
        return registry;
    }

    /**
     * This registry and one more processor.
     *
     * @throws IllegalArgumentException if a name of its type, also a former one, is registered already, if it declares two steps
     *     of the same name, or if its time limit is not positive or longer than 365 days
     */
    public ProcessorRegistry with(BaseProcessor<?, ?> processor) {
        return with(NullRules.require(processor, "processor", NO_PROCESSOR).type(), processor);
    }

    /**
     * This registry and one more processor, usually a lambda: {@code .with(TYPE, job -> send(job.input(Mail.class)))}. When it
     * throws, the undo actions that it has registered run, as with a {@link BaseProcessor}.
     *
     * @throws IllegalArgumentException if a name of its type, also a former one, is registered already, if it declares two steps
     *     of the same name, or if its time limit is not positive or longer than 365 days
     */
    public ProcessorRegistry with(JobType<?> type, Processor processor) {
        NullRules.require(type, "type", NO_JOB_TYPE);
        return new ProcessorRegistry(processors.with(type, NullRules.require(processor, "processor", NO_PROCESSOR)));
    }

    /**
     * This registry and one more processor that gets its input read, usually a lambda: {@code .with(MAIL, (mail, job) -> send(mail))}. It has the settings that
     * {@link Processor} gives by default. When it throws, the undo actions that it has registered run, as with a {@link BaseProcessor}.
     *
     * @throws IllegalArgumentException if a name of its type, also a former one, is registered already, or if the type is a {@link ReturningJobType}, whose result
     *     is then of another type than what the processor returns
     */
    public <I> ProcessorRegistry with(JobType<I> type, TypedProcessor<I> processor) {
        NullRules.require(type, "type", NO_JOB_TYPE);
        // The compiler chooses the other method for a type whose result fits.
        if (type instanceof ReturningJobType<?, ?> returning) {
            throw new IllegalArgumentException("The processor of job type " + type + " does not return "
                    + returning.result() + ": let both have the same result");
        }
        return withTyped(type, processor);
    }

    /**
     * This registry and one more processor whose result the compiler checks: {@code .with(GREET, (greeting, job) -> "Hello, " + greeting.name())}. Else it is
     * as {@link #with(JobType, TypedProcessor)} says.
     *
     * @throws IllegalArgumentException if a name of its type, also a former one, is registered already
     */
    public <I, O extends @Nullable Object> ProcessorRegistry with(
            ReturningJobType<I, O> type, ReturningProcessor<I, O> processor) {
        return withTyped(NullRules.require(type, "type", NO_JOB_TYPE), processor);
    }

    private <I> ProcessorRegistry withTyped(JobType<I> type, TypedProcessor<I> processor) {
        NullRules.require(processor, "processor", NO_PROCESSOR);
        return with(type, (Processor) job -> processor.process(job.input(type.input()), job));
    }

    /**
     * This registry and one more processor, which runs many jobs in one call.
     *
     * @throws IllegalArgumentException if a name of its type, also a former one, is registered already, or if its time limit is not
     *     positive or longer than 365 days
     */
    public ProcessorRegistry with(BatchProcessor<?, ?> processor) {
        return new ProcessorRegistry(
                NullRules.require(processor, "processor", NO_PROCESSOR).addTo(processors));
    }

    /** The names of the registered types and their former names, sorted. */
    public Set<String> types() {
        return processors.types();
    }

    /**
     * Runs the processor that is registered for the type of {@code job}. Throws what the processor throws, the same object.
     *
     * @return what the processor returned
     * @throws UnknownJobTypeException if the type has no processor
     * @throws Exception what the processor threw
     */
    public @Nullable Object process(JobContext job) throws Exception {
        return processors.process(job);
    }

    RegisteredProcessors processors() {
        return processors;
    }
}
