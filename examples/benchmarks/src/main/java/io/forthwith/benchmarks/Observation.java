package io.forthwith.benchmarks;

import io.forthwith.micrometer.JobMetrics;
import io.forthwith.opentelemetry.JobTracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.Collection;

/** Metrics, and traces of which a share is sampled, batched and thrown away where an exporter would send them. */
final class Observation implements AutoCloseable {
    private final JobMetrics metrics = JobMetrics.of(new SimpleMeterRegistry());
    private final OpenTelemetrySdk telemetry;
    private final JobTracing tracing;

    Observation(double share) {
        this.telemetry = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(share)))
                        .addSpanProcessor(
                                BatchSpanProcessor.builder(new Nowhere()).build())
                        .build())
                .build();
        this.tracing = JobTracing.of(telemetry);
    }

    JobMetrics metrics() {
        return metrics;
    }

    JobTracing tracing() {
        return tracing;
    }

    @Override
    public void close() {
        metrics.close();
        telemetry.close();
    }

    private static final class Nowhere implements SpanExporter {
        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}
