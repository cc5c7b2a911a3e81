package io.forthwith.opentelemetry;

import static io.forthwith.opentelemetry.Traced.WORK;
import static io.forthwith.opentelemetry.Traced.attribute;
import static io.forthwith.opentelemetry.Traced.attributes;
import static io.forthwith.opentelemetry.Traced.work;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobException;
import io.forthwith.worker.BatchJob;
import io.forthwith.worker.BatchProcessor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The trace of a batch")
class BatchTracingTest {
    private final Traced traced = new Traced();

    private void drain(BatchProcessor.Work<String, Object> call) {
        traced.drain(traced.tracing, ProcessorRegistry.of().with(BatchProcessor.of(WORK, 10, call)));
    }

    @Test
    @DisplayName("is one span of the call, with a link to the enqueuing of each job")
    void one_span() {
        traced.jobs.enqueue(work());
        traced.jobs.enqueue(work());
        traced.plain.enqueue(work());
        List<String> current = new ArrayList<>();

        drain(jobs -> {
            current.add(Span.current().getSpanContext().getSpanId());
            jobs.get(0).fail(JobException.user("no", "No"));
            jobs.get(1).complete();
            jobs.get(2).complete();
        });

        SpanData span = traced.processed();
        assertThat(span.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(span.getParentSpanContext().isValid()).isFalse();
        assertThat(current).containsExactly(span.getSpanId());
        assertThat(span.getLinks().stream().map(link -> link.getSpanContext().getSpanId()))
                .containsExactlyInAnyOrderElementsOf(traced.spans("enqueue default").stream()
                        .map(SpanData::getSpanId)
                        .toList());
        assertThat(attributes(span))
                .isEqualTo(Map.of(
                        "messaging.system", "forthwith",
                        "messaging.operation.name", "process",
                        "messaging.operation.type", "process",
                        "messaging.destination.name", "default",
                        "messaging.batch.message_count", 3L,
                        "forthwith.job.type", "work",
                        "forthwith.job.outcome", "returned"));
    }

    @Test
    @DisplayName("names no queue if its jobs are from several")
    void several_queues() {
        traced.jobs.enqueue(work());
        traced.jobs.enqueue(work().queue("other"));

        Worker.of(
                        traced.store,
                        ProcessorRegistry.of()
                                .with(BatchProcessor.of(WORK, 10, jobs -> jobs.forEach(BatchJob::complete))))
                .queues("default", "other")
                .interceptor(traced.tracing)
                .build()
                .drain();

        assertThat(attributes(traced.span("process"))).doesNotContainKey("messaging.destination.name");
    }

    @Test
    @DisplayName("shows that the call threw")
    void threw() {
        traced.jobs.enqueue(work());

        drain(jobs -> {
            throw new IOException("secret");
        });

        SpanData span = traced.processed();
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(attribute(span, "forthwith.job.outcome")).isEqualTo("threw");
        assertThat(attribute(span, "error.type")).isEqualTo("java.io.IOException");
        assertThat(span.toString()).doesNotContain("secret");
    }
}
