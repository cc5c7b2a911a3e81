package io.forthwith.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.RetryPolicy;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A store, an SDK that keeps its spans, and jobs that are traced by it. */
final class Traced {
    static final JobType<String> WORK = JobType.of("work", String.class);

    final InMemorySpanExporter exported = InMemorySpanExporter.create();
    final JobStore store;
    final OpenTelemetrySdk sdk;
    final JobTracing tracing;
    /** Without tracing. */
    final JobClient plain;
    /** With tracing. */
    final JobClient jobs;

    Traced() {
        this(new InMemoryJobStore(), Sampler.alwaysOn());
    }

    Traced(JobStore store, Sampler sampler) {
        this.store = store;
        this.sdk = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .setSampler(sampler)
                        .addSpanProcessor(SimpleSpanProcessor.create(exported))
                        .build())
                .build();
        this.tracing = JobTracing.of(sdk);
        this.plain = JobClient.of(store);
        this.jobs = plain.interceptor(tracing);
    }

    /** Does something within a span that a web framework would make, and returns that span. */
    Span request(String name, Runnable work) {
        Span request = sdk.getTracer("test")
                .spanBuilder(name)
                .setSpanKind(SpanKind.SERVER)
                .startSpan();
        try (Scope scope = request.makeCurrent()) {
            work.run();
        } finally {
            request.end();
        }
        return request;
    }

    void drain(Processor processor) {
        drain(tracing, processor);
    }

    void drain(JobTracing how, Processor processor) {
        drain(how, ProcessorRegistry.of().with(WORK, processor));
    }

    void drain(JobTracing how, ProcessorRegistry processors) {
        Worker.of(store, processors).interceptor(how).build().drain();
    }

    Job job(UUID id) {
        return plain.find(id).orElseThrow();
    }

    List<SpanData> spans(String name) {
        return exported.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .toList();
    }

    /** The only span of this name. */
    SpanData span(String name) {
        List<SpanData> found = spans(name);
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    SpanData enqueued() {
        return span("enqueue default");
    }

    SpanData processed() {
        return span("process default");
    }

    static Map<String, Object> attributes(SpanData span) {
        return attributes(span.getAttributes());
    }

    static Map<String, Object> attributes(Attributes attributes) {
        return attributes.asMap().entrySet().stream()
                .collect(Collectors.toMap(each -> each.getKey().getKey(), Map.Entry::getValue));
    }

    static String attribute(SpanData span, String key) {
        return String.valueOf(attributes(span).get(key));
    }

    /** As jobs are stored with it. */
    static String traceparent(SpanData span) {
        return "00-" + span.getTraceId() + "-" + span.getSpanId() + "-01";
    }

    static boolean isLinkedTo(SpanData span, SpanData producer) {
        return span.getLinks().size() == 1
                && span.getLinks().get(0).getSpanContext().getSpanId().equals(producer.getSpanId())
                && span.getLinks().get(0).getSpanContext().getTraceId().equals(producer.getTraceId());
    }

    /** The same processor, but its failures are tried again at once. */
    static Processor retried(Processor processor) {
        return new Processor() {
            @Override
            public @Nullable Object process(JobContext job) throws Exception {
                return processor.process(job);
            }

            @Override
            public RetryPolicy retryPolicy() {
                return RetryPolicy.fixed(Duration.ZERO);
            }
        };
    }

    static NewJob work() {
        return NewJob.of(WORK, "secret input");
    }
}
