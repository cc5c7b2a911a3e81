package io.forthwith;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Does the work of one type of job. A lambda will do; {@link BaseProcessor} adds typed input, validation and an access
 * check. One instance serves all jobs of its type, on many threads at once.
 *
 * <p>Delivery is at least once: a worker that dies in the middle of a job leaves it to another, so effects outside the
 * store must be idempotent.
 */
@FunctionalInterface
public interface Processor {
    /** The time limit of a processor that names none. */
    Duration DEFAULT_TIME_LIMIT = Duration.ofMinutes(10);

    /**
     * Runs one attempt. What it returns is stored as JSON, null as no result.
     *
     * @throws Exception to fail the attempt: {@link JobException} says how, {@link NotReadyException} postpones, and an
     *     {@link ErrorClassifier} says what becomes of anything else
     */
    @Nullable
    Object process(JobContext job) throws Exception;

    /** When to try again after a retryable failure. By default {@link RetryPolicy#exponential()}. */
    default RetryPolicy retryPolicy() {
        return RetryPolicy.exponential();
    }

    /**
     * How the errors of this type of job are told apart, before the worker's own classifier is asked. By default declines
     * everything.
     */
    default ErrorClassifier errorClassifier() {
        return thrown -> null;
    }

    /**
     * How long one attempt may take before it is interrupted and failed, unless {@link NewJob#timeLimit} says otherwise. By
     * default 10 minutes.
     */
    default Duration timeLimit() {
        return DEFAULT_TIME_LIMIT;
    }

    /** The durable steps it may run; none by default. Asked for once, when the processor is registered. */
    default List<Step<?>> steps() {
        return List.of();
    }
}
