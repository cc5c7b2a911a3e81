package io.forthwith.worker;

import io.forthwith.JobContext;
import io.forthwith.JobError;
import io.forthwith.UnknownJobTypeException;
import io.forthwith.event.JobInterceptor;
import io.forthwith.internal.AttemptWithUndos;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.MessagesToUser;
import io.forthwith.internal.SafeText;
import io.forthwith.worker.internal.attempt.EngineProcessors;
import io.forthwith.worker.internal.attempt.ProcessorCall;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The layer between a {@link Worker} and its {@link ProcessorRegistry}: it runs one attempt of a job. It handles one failure itself, a type that nobody has registered: it records
 * that the job has failed, says in the log which types it knows and, unless it has said so lately, which one was perhaps meant, and returns normally. Every other exception it rethrows as it is and does
 * not log; the worker records it. So each failure is recorded once, by one layer.
 *
 * <p>A worker makes its own. A host meets it in two places: in the stack traces of failures, and as the logger of this name, whose level it may set. To do something around
 * each attempt, a host gives the worker a {@link JobInterceptor}; to run a processor without a worker, it uses {@link io.forthwith.testing.FakeJobContext}. Thread-safe.
 */
public final class JobProcessor {
    private static final GuardedLogger LOG = GuardedLogger.of(JobProcessor.class.getName());

    private static final String WAY_OUT =
            "register a processor for this one, or leave its jobs to other workers by onlyRegisteredTypes(true)";
    private static final int MOST_TYPES = 50;

    private final ProcessorRegistry registry;
    private final ProcessorCall.FailureRecorder recorder;
    private final Locale locale;
    private final MeantTypes meantTypes;
    /** Null without interceptors: then an attempt allocates nothing for them. */
    private final @Nullable JobInterceptor interceptor;

    JobProcessor(
            ProcessorRegistry registry,
            ProcessorCall.FailureRecorder recorder,
            Locale locale,
            List<JobInterceptor> interceptors) {
        this.registry = registry;
        this.interceptor = interceptors.isEmpty() ? null : JobInterceptor.of(interceptors);
        this.recorder = recorder;
        this.locale = locale;
        this.meantTypes = new MeantTypes(registry.types());
    }

    /** What an engine needs to run the processors of a registry. */
    static EngineProcessors processing(ProcessorRegistry registry, Locale locale, List<JobInterceptor> interceptors) {
        return new EngineProcessors(
                registry.processors(), recorder -> new JobProcessor(registry, recorder, locale, interceptors)::process);
    }

    /**
     * Runs one attempt.
     *
     * @throws Exception what the processor threw, the same object
     */
    ProcessorCall.Processed process(JobContext job) throws Exception {
        try {
            return new ProcessorCall.Returned(
                    interceptor == null ? registry.process(job) : intercepted(interceptor, job));
        } catch (UnknownJobTypeException unknown) {
            if (registry.types().contains(job.job().type())) {
                // The type is known: a processor has thrown this about something else, and it is a failure like any
                // other.
                throw unknown;
            }
            MessagesToUser messages = MessagesToUser.in(job.job().localeOr(locale));
            MeantTypes.Meant meant = meantTypes.by(unknown.type());
            String near = meant.type();
            recorder.recordFailure(job, JobError.permanent("unknown_job_type", messages.unknownType(unknown.type())));
            LOG.warn("Job {} failed: {}", job.id(), unknown.getMessage());
            LOG.warn("Job {}: the types that this worker knows are {}; {}", job.id(), someTypes(), WAY_OUT);
            if (near != null && meant.isNews()) {
                LOG.warn(
                        "Job {}: no processor is registered for type {}, did you mean '{}'?",
                        job.id(),
                        SafeText.line(unknown.type(), 200),
                        near);
            }
            return ProcessorCall.FailureRecorded.INSTANCE;
        }
    }

    /**
     * What the processor has thrown is the failure, whatever an interceptor makes of it: what the processor did is undone by then. If an interceptor throws after the
     * processor has succeeded, the attempt has failed, and what it did is undone.
     */
    private @Nullable Object intercepted(JobInterceptor chain, JobContext job) throws Exception {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Object result;
        try {
            result = chain.around(job, () -> {
                try {
                    return registry.process(job);
                } catch (Throwable thrown) {
                    failure.set(thrown);
                    throw thrown;
                }
            });
        } catch (Throwable thrown) {
            rethrow(failure.get());
            AttemptWithUndos.undoActionsOf(job).run(thrown);
            throw thrown;
        }
        rethrow(failure.get());
        return result;
    }

    private static void rethrow(@Nullable Throwable failure) throws Exception {
        if (failure instanceof Error error) {
            throw error;
        } else if (failure != null) {
            // A processor declares no other.
            throw (Exception) failure;
        }
    }

    /** The names are those of processors, so they are valid names and need no cleaning. */
    private String someTypes() {
        Set<String> types = registry.types();
        String some = types.stream().limit(MOST_TYPES).collect(Collectors.joining(", "));
        return types.size() > MOST_TYPES ? some + " and " + (types.size() - MOST_TYPES) + " more" : some;
    }
}
