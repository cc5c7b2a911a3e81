package io.forthwith;

import org.jspecify.annotations.Nullable;

/**
 * A {@link TypedProcessor} whose result has the type that its {@link ReturningJobType} names: {@code registry.with(GREET, (greeting, job) -> "Hello, " +
 * greeting.name())}.
 *
 * @param <I> the input
 * @param <O> the result
 */
@FunctionalInterface
public interface ReturningProcessor<I, O extends @Nullable Object> extends TypedProcessor<I> {
    /**
     * Runs one attempt.
     *
     * @return the result, stored as JSON; null for none
     * @throws Exception to fail the attempt, see {@link Processor#process}
     */
    @Override
    @Nullable
    O process(I input, JobContext job) throws Exception;
}
