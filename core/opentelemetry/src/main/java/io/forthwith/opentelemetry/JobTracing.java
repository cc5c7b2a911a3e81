package io.forthwith.opentelemetry;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.event.JobInterceptor;
import io.forthwith.internal.AttemptWithEnd;
import io.forthwith.internal.CauseChain;
import io.forthwith.internal.Guard;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerBuilder;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.lang.module.ModuleDescriptor;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Traces jobs by OpenTelemetry: a span when a job is enqueued, and one for each attempt. Give the same object to the client and to the worker:
 *
 * <pre>{@code
 * JobTracing tracing = JobTracing.of(openTelemetry);
 * JobClient jobs = JobClient.of(store).interceptor(tracing);
 * Worker worker = Worker.of(store, processors).interceptor(tracing).start();
 * }</pre>
 *
 * <p><b>Enqueuing</b> makes a {@code PRODUCER} span {@code enqueue <queue>}, a child of the caller's current span. The job is stored with
 * its context ({@link NewJob#traceContext(String)}). The span ends before the store is asked, so there is one also for a job that is refused,
 * rolled back or known already. A job that has a trace is left as it is.
 *
 * <p><b>Each attempt</b>, also that of an undo job, has a {@code CONSUMER} span {@code process <queue>}. It begins a trace of its own and links
 * to the producer, or see {@link #childOfProducer()}. It is the current span while the processor and its durable steps run, so what they
 * do, and the jobs that they spawn or enqueue, are below it. It ends before the store has confirmed how the attempt ended:
 * {@code forthwith.job.outcome} says what the processor did.
 *
 * <p><b>Each call of a batch</b> has one such span instead, which links to the producers of all its jobs. It has no id and no attempt,
 * {@code messaging.batch.message_count} says how many jobs there are, and the queue is there if all have the same. Its outcome is that of the call: {@code returned}
 * also if it has answered for some of its jobs with failures.
 *
 * <table>
 * <caption>Attributes, by the <a href="https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/">OpenTelemetry conventions for
 * messaging spans</a> unless they begin with {@code forthwith}</caption>
 * <tr><th>attribute<th>value
 * <tr><td>{@code messaging.system}<td>{@code forthwith}
 * <tr><td>{@code messaging.operation.name}<td>{@code enqueue} or {@code process}
 * <tr><td>{@code messaging.operation.type}<td>{@code create} or {@code process}
 * <tr><td>{@code messaging.destination.name}<td>the queue
 * <tr><td>{@code messaging.message.id}<td>the id of the job
 * <tr><td>{@code messaging.message.conversation_id}<td>the id of its parent, or its own if it has none
 * <tr><td>{@code forthwith.job.type}<td>the type of the job
 * <tr><td>{@code forthwith.job.attempt}<td>of an attempt: its number
 * <tr><td>{@code forthwith.job.outcome}<td>of an attempt: {@code returned}; {@code not_ready} if the processor threw {@link NotReadyException}
 *     or {@link JobException#rateLimited(java.time.Duration)};
 *     {@code cancelled} if it threw after the job was to be cancelled; {@code lease_lost} if it threw after another worker could have taken the
 *     job; {@code given_back} if it threw since the worker stops; {@code completed} if it threw after it had completed the job in a
 *     transaction; otherwise {@code threw}
 * <tr><td>{@code error.type}<td>of an attempt that {@code threw}: the code of the {@link JobException}, or the class of what was thrown.
 *     Exceptions that wrap a {@code JobException} or a {@code NotReadyException} count as that one, as they do for the worker
 * </table>
 *
 * <p>The span of an attempt that {@code threw} has the status {@code ERROR}, and an event {@code exception} with the class of what was
 * thrown. Inputs, results, users, projects, metadata and messages of exceptions are never recorded.
 *
 * <p>What OpenTelemetry throws is logged once, and jobs go on. What a processor throws is passed on as it is. Immutable and thread-safe.
 */
public final class JobTracing implements JobInterceptor {
    private static final String SCOPE = "io.forthwith";
    private static final String SYSTEM_NAME = "forthwith";
    private static final String THREW = "threw";

    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    private static final AttributeKey<String> OPERATION_NAME = AttributeKey.stringKey("messaging.operation.name");
    private static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey("messaging.operation.type");
    private static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    private static final AttributeKey<String> MESSAGE_ID = AttributeKey.stringKey("messaging.message.id");
    private static final AttributeKey<String> CONVERSATION_ID =
            AttributeKey.stringKey("messaging.message.conversation_id");
    private static final AttributeKey<Long> BATCH_SIZE = AttributeKey.longKey("messaging.batch.message_count");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> EXCEPTION_TYPE = AttributeKey.stringKey("exception.type");
    private static final AttributeKey<String> JOB_TYPE = AttributeKey.stringKey("forthwith.job.type");
    private static final AttributeKey<Long> JOB_ATTEMPT = AttributeKey.longKey("forthwith.job.attempt");
    private static final AttributeKey<String> JOB_OUTCOME = AttributeKey.stringKey("forthwith.job.outcome");

    private final Tracer tracer;
    private final Guard guard;
    private final boolean childOfProducer;

    private JobTracing(Tracer tracer, Guard guard, boolean childOfProducer) {
        this.tracer = tracer;
        this.guard = guard;
        this.childOfProducer = childOfProducer;
    }

    /** Traces by this instance of OpenTelemetry, under the name {@code io.forthwith}. Attempts link to where their job was enqueued. */
    public static JobTracing of(OpenTelemetry openTelemetry) {
        Objects.requireNonNull(
                openTelemetry, "openTelemetry must not be null: give your instance, or GlobalOpenTelemetry.get()");
        Guard guard = new Guard(
                JobTracing.class,
                "OpenTelemetry threw, so spans of jobs are missing or incomplete; this is logged once");
        Tracer tracer =
                guard.call(() -> tracer(openTelemetry), TracerProvider.noop().get(SCOPE));
        return new JobTracing(tracer, guard, false);
    }

    private static Tracer tracer(OpenTelemetry openTelemetry) {
        TracerBuilder builder = openTelemetry.tracerBuilder(SCOPE);
        String version = version();
        return (version == null ? builder : builder.setInstrumentationVersion(version)).build();
    }

    /** The module knows it if the jar is on the module path, the manifest of the jar if it is on the class path; null for neither. */
    private static @Nullable String version() {
        ModuleDescriptor module = JobTracing.class.getModule().getDescriptor();
        return module == null
                ? JobTracing.class.getPackage().getImplementationVersion()
                : module.rawVersion().orElse(null);
    }

    /**
     * Returns a tracing in which the first attempt of a job is a child of the span that enqueued it, and so part of its trace; it does not link. That is easier
     * to read, but a trace then lasts until the job has run, and the decision to sample it was made where the job was enqueued. Later attempts
     * link. An attempt is the first one if no worker has claimed the job before; so it links also if a worker that stopped gave the job back.
     */
    public JobTracing childOfProducer() {
        return new JobTracing(tracer, guard, true);
    }

    @Override
    public NewJob onEnqueue(NewJob job) {
        return job.traceContext() == null ? guard.call(() -> enqueued(job), job) : job;
    }

    private NewJob enqueued(NewJob job) {
        Span span = tracer.spanBuilder("enqueue " + job.queue())
                .setSpanKind(SpanKind.PRODUCER)
                .startSpan();
        try {
            guard.run(() -> {
                if (span.isRecording()) {
                    describe(span, "enqueue", "create", job.queue(), job.type().name(), job.id(), job.parentId());
                }
            });
            // A link to a span that nobody records would only make the row longer; a child follows the decision of its
            // parent.
            if (!span.getSpanContext().isSampled() && !childOfProducer) {
                return job;
            }
            String trace = StoredTrace.of(span.getSpanContext());
            return trace == null ? job : job.traceContext(trace);
        } finally {
            span.end();
        }
    }

    @Override
    public @Nullable Object around(JobContext context, Callable<@Nullable Object> attempt) throws Exception {
        Job job = context.job();
        Span span = guard.call(() -> begin(job), Span.getInvalid());
        guard.run(() -> {
            if (span.isRecording()) {
                describe(span, "process", "process", job.queue(), job.type(), job.id(), job.parentId());
                span.setAttribute(JOB_ATTEMPT, (long) job.attempt());
            }
        });
        return within(span, List.of(context), attempt);
    }

    @Override
    public @Nullable Object aroundBatch(List<JobContext> jobs, Callable<@Nullable Object> call) throws Exception {
        if (jobs.isEmpty()) {
            return call.call();
        }
        Span span = guard.call(() -> begin(jobs), Span.getInvalid());
        return within(span, jobs, call);
    }

    private @Nullable Object within(Span span, List<JobContext> jobs, Callable<@Nullable Object> attempt)
            throws Exception {
        Context before = guard.call(Context::current, Context.root());
        Scope scope = guard.call(() -> enter(before, span), Scope.noop());
        Throwable failure = null;
        try {
            return attempt.call();
        } catch (Throwable thrown) {
            failure = thrown;
            throw thrown;
        } finally {
            Throwable threw = failure;
            guard.run(() -> leave(scope, before));
            guard.run(() -> end(span, jobs, threw));
        }
    }

    private Span begin(Job job) {
        SpanContext producer = StoredTrace.read(job.traceContext());
        SpanBuilder builder = tracer.spanBuilder("process " + job.queue()).setSpanKind(SpanKind.CONSUMER);
        if (childOfProducer && job.claim() == 1) {
            builder.setParent(Context.current().with(Span.wrap(producer)));
        } else {
            // Not below what happens to be current on the thread, which a host's executor may have carried there.
            builder.setNoParent();
            if (producer.isValid()) {
                builder.addLink(producer);
            }
        }
        return builder.startSpan();
    }

    private Span begin(List<JobContext> jobs) {
        List<String> queues =
                jobs.stream().map(each -> each.job().queue()).distinct().toList();
        String queue = queues.size() == 1 ? queues.get(0) : null;
        SpanBuilder builder = tracer.spanBuilder(queue == null ? "process" : "process " + queue)
                .setSpanKind(SpanKind.CONSUMER)
                .setNoParent();
        jobs.stream()
                .map(each -> StoredTrace.read(each.job().traceContext()))
                .filter(SpanContext::isValid)
                .forEach(builder::addLink);
        builder.setAttribute(SYSTEM, SYSTEM_NAME)
                .setAttribute(OPERATION_NAME, "process")
                .setAttribute(OPERATION_TYPE, "process")
                .setAttribute(BATCH_SIZE, (long) jobs.size())
                .setAttribute(JOB_TYPE, jobs.get(0).job().type());
        if (queue != null) {
            builder.setAttribute(DESTINATION, queue);
        }
        return builder.startSpan();
    }

    private static void describe(
            Span span,
            String operation,
            String operationType,
            String queue,
            String type,
            UUID id,
            @Nullable UUID parent) {
        span.setAttribute(SYSTEM, SYSTEM_NAME)
                .setAttribute(OPERATION_NAME, operation)
                .setAttribute(OPERATION_TYPE, operationType)
                .setAttribute(DESTINATION, queue)
                .setAttribute(MESSAGE_ID, id.toString())
                .setAttribute(CONVERSATION_ID, (parent == null ? id : parent).toString())
                .setAttribute(JOB_TYPE, type);
    }

    @SuppressWarnings("MustBeClosedChecker") // leave() closes it
    private static Scope enter(Context before, Span span) {
        return before.with(span).makeCurrent();
    }

    /** Restores the context also if the processor has left one of its own open: closing the outer scope then does nothing. */
    @SuppressWarnings("MustBeClosedChecker") // the thread keeps this context
    private static void leave(Scope scope, Context before) {
        scope.close();
        if (Context.current() != before) {
            before.makeCurrent();
        }
    }

    private static void end(Span span, List<JobContext> jobs, @Nullable Throwable threw) {
        try {
            if (span.isRecording()) {
                List<String> outcomes = jobs.stream()
                        .map(each -> outcome(each, threw))
                        .distinct()
                        .toList();
                String outcome = outcomes.size() == 1 ? outcomes.get(0) : THREW;
                span.setAttribute(JOB_OUTCOME, outcome);
                if (threw != null && outcome.equals(THREW)) {
                    fail(span, threw);
                }
            }
        } finally {
            span.end();
        }
    }

    private static String outcome(JobContext context, @Nullable Throwable threw) {
        if (threw == null) {
            return "returned";
        }
        AttemptWithEnd ending = context instanceof AttemptWithEnd known ? known : null;
        if (ending != null && ending.isCompletedByProcessor()) {
            return "completed";
        }
        if (ending != null ? ending.hasLostLease() : context.isLeaseLost()) {
            return "lease_lost";
        }
        if (isPostponed(said(threw))) {
            return "not_ready";
        }
        if (context.isCancelled()) {
            return "cancelled";
        }
        return ending != null && ending.isGivenBackAfter(threw) ? "given_back" : THREW;
    }

    private static boolean isPostponed(@Nullable Throwable said) {
        return said instanceof NotReadyException || (said instanceof JobException known && known.rest() != null);
    }

    /** The {@link JobException} or {@link NotReadyException} that was thrown, also if others wrap it, as the worker sees it. */
    private static @Nullable Throwable said(Throwable threw) {
        for (Throwable each : CauseChain.of(threw)) {
            if (each instanceof JobException || each instanceof NotReadyException) {
                return each;
            }
        }
        return null;
    }

    private static void fail(Span span, Throwable threw) {
        String thrownClass = threw.getClass().getName();
        span.setStatus(StatusCode.ERROR)
                .setAttribute(
                        ERROR_TYPE,
                        said(threw) instanceof JobException known
                                ? known.error().code()
                                : thrownClass)
                .addEvent("exception", Attributes.of(EXCEPTION_TYPE, thrownClass));
    }
}
