package io.forthwith.worker;

import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.UnknownJobTypeException;
import io.forthwith.internal.UserMessages;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one attempt through the registry. Second layer of the error contract: a job of an unknown type it records as failed
 * itself and returns normally; every other exception it logs nowhere and rethrows as it is, for the worker to record.
 *
 * <p>Made by the worker; there is nothing in it to call or to replace. Thread-safe.
 */
public final class JobProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(JobProcessor.class);

    private final ProcessorRegistry registry;
    private final FailureRecorder recorder;
    private final Locale locale;

    public JobProcessor(ProcessorRegistry registry, FailureRecorder recorder, Locale locale) {
        this.registry = registry;
        this.recorder = recorder;
        this.locale = locale;
    }

    /**
     * Runs one attempt.
     *
     * @throws Exception what the processor threw, the same object
     */
    public Processed process(JobContext job) throws Exception {
        try {
            return new Returned(registry.process(job));
        } catch (UnknownJobTypeException unknown) {
            if (registry.types().contains(job.job().type())) {
                // Thrown by a processor of ours about something else: a failure like any other.
                throw unknown;
            }
            LOG.warn("Job {} failed: {}", job.id(), unknown.getMessage());
            UserMessages text = UserMessages.in(job.job().localeOr(locale));
            recorder.recordFailure(job, JobError.permanent("unknown_job_type", text.unknownType(unknown.type())));
            return Recorded.INSTANCE;
        }
    }

    /** How an attempt went that threw nothing. */
    public sealed interface Processed {}

    /** The processor returned this. */
    public record Returned(@Nullable Object result) implements Processed {}

    /** The job's failure has been handed over for recording; nothing is left to settle. */
    public enum Recorded implements Processed {
        INSTANCE
    }

    /** Takes a failure that is to be recorded at once. */
    @FunctionalInterface
    public interface FailureRecorder {
        void recordFailure(JobContext job, JobError error);
    }
}
