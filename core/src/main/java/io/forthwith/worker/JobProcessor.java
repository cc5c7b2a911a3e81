package io.forthwith.worker;

import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.UnknownJobTypeException;
import io.forthwith.internal.LocalizedMessages;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import io.forthwith.worker.internal.attempt.ProcessorSetup;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one attempt through the registry. Second layer of the error contract: it records a job of an unknown type as failed and
 * returns normally. Every other exception it rethrows as it is and does not log; the worker records it.
 *
 * <p>The worker makes it; an application neither calls nor replaces it. Thread-safe.
 */
public final class JobProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(JobProcessor.class);

    private final ProcessorRegistry registry;
    private final ProcessorCall.FailureRecorder recorder;
    private final Locale locale;

    JobProcessor(ProcessorRegistry registry, ProcessorCall.FailureRecorder recorder, Locale locale) {
        this.registry = registry;
        this.recorder = recorder;
        this.locale = locale;
    }

    /** What an engine needs to run the processors of a registry. */
    static ProcessorSetup processing(ProcessorRegistry registry, Locale locale) {
        return new ProcessorSetup(
                registry.processors(), recorder -> new JobProcessor(registry, recorder, locale)::process);
    }

    /**
     * Runs one attempt.
     *
     * @throws Exception what the processor threw, the same object
     */
    ProcessorCall.Processed process(JobContext job) throws Exception {
        try {
            return new ProcessorCall.Returned(registry.process(job));
        } catch (UnknownJobTypeException unknown) {
            if (registry.types().contains(job.job().type())) {
                // The type is known: a processor has thrown this about something else, and it is a failure like any
                // other.
                throw unknown;
            }
            LOG.warn("Job {} failed: {}", job.id(), unknown.getMessage());
            LocalizedMessages messages = LocalizedMessages.in(job.job().localeOr(locale));
            recorder.recordFailure(job, JobError.permanent("unknown_job_type", messages.unknownType(unknown.type())));
            return ProcessorCall.FailureRecorded.INSTANCE;
        }
    }
}
