package io.forthwith.worker.internal.attempt;

import io.forthwith.JobContext;
import io.forthwith.JobError;
import org.jspecify.annotations.Nullable;

/** How the engine runs the processor of a job. Thread-safe. */
@FunctionalInterface
public interface ProcessorCall {
    /**
     * Runs the processor once.
     *
     * @throws Exception what the processor threw, the same object
     */
    Processed process(JobContext job) throws Exception;

    /** The result of a call that did not throw. */
    sealed interface Processed {}

    /** The processor returned this value. */
    record Returned(@Nullable Object result) implements Processed {}

    /** The failure of the job went to the {@link FailureRecorder}; nothing is left to settle. */
    enum FailureRecorded implements Processed {
        INSTANCE
    }

    /** Settles a job as failed, in place of the runner that called the processor. */
    @FunctionalInterface
    interface FailureRecorder {
        void recordFailure(JobContext job, JobError error);
    }
}
