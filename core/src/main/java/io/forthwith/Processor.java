package io.forthwith;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Does the work of one type of job. It can be a lambda; {@link BaseProcessor} adds typed input, validation and an
 * access check. One instance runs all jobs of its type, on many threads at a time, so it must be thread-safe.
 *
 * <p>Delivery is at least once: if a worker dies while it runs a job, another worker runs the job again. So effects
 * outside the store must be idempotent.
 */
@FunctionalInterface
public interface Processor {
    /** The time limit of an attempt, by default. */
    Duration DEFAULT_TIME_LIMIT = Duration.ofMinutes(10);

    /**
     * Runs one attempt. The returned value is stored as JSON; null means no result.
     *
     * @throws Exception to fail the attempt: a {@link JobException} says how, a {@link NotReadyException} postpones the
     *     job, and an {@link ErrorClassifier} decides about every other exception
     */
    @Nullable
    Object process(JobContext job) throws Exception;

    /**
     * When a job is tried again after a retryable failure. By default {@link RetryPolicy#exponential()}. Read once,
     * when the processor is registered.
     */
    default RetryPolicy retryPolicy() {
        return RetryPolicy.exponential();
    }

    /**
     * Classifies the errors of this type of job. The classifier of the worker is asked only if this one declines. By
     * default it declines everything. Read once, when the processor is registered.
     */
    default ErrorClassifier errorClassifier() {
        return thrown -> null;
    }

    /**
     * How long one attempt may take, unless {@link NewJob#timeLimit} says otherwise. After that, the attempt is
     * interrupted and the job fails. By default 10 minutes. Read once, when the processor is registered.
     */
    default Duration timeLimit() {
        return DEFAULT_TIME_LIMIT;
    }

    /**
     * What becomes of an attempt when the lease of its worker runs out by the worker's own clock. By default as {@link
     * io.forthwith.worker.WorkerBuilder#onSilence} says for all attempts of the worker; so it is for jobs that run in batches. Read once, when the processor is registered.
     */
    default OnSilence onSilence() {
        return OnSilence.AS_WORKER;
    }

    /** The durable steps that it may run. By default none. Read once, when the processor is registered. */
    default List<Step<?>> steps() {
        return List.of();
    }

    /**
     * What becomes of a running attempt when the lease of its worker has run out by the worker's own clock: for so long no heartbeat of the worker has been answered.
     * The job may still be this worker's, for example in an outage of the database, in which nobody can take it.
     */
    enum OnSilence {
        /** As the worker does with attempts for which nothing else is said. */
        AS_WORKER,
        /** It goes on, and may ask {@link JobContext#isLeaseLost} and {@link JobContext#leaseLeft}. */
        GO_ON,
        /**
         * Its thread is interrupted. If the worker still has the job when the processor has thrown, the job is given back without using up an attempt. For work that must
         * not run twice at the same time.
         */
        INTERRUPT
    }
}
