package io.forthwith;

import org.jspecify.annotations.Nullable;

/**
 * Does the work of one type of job, with its input already read; usually a lambda: {@code registry.with(MAIL, (mail, job) -> send(mail))}. It has the
 * settings of a {@link Processor}, by default; {@link BaseProcessor} is for those of your own, validation and durable steps. One instance runs all jobs of its
 * type, on many threads at a time, so it must be thread-safe.
 *
 * @param <I> the input; null for a type without input, or if null was enqueued
 */
@FunctionalInterface
public interface TypedProcessor<I> {
    /**
     * Runs one attempt. The returned value is stored as JSON; null means no result.
     *
     * @throws Exception to fail the attempt, see {@link Processor#process}
     */
    @Nullable
    Object process(I input, JobContext job) throws Exception;
}
