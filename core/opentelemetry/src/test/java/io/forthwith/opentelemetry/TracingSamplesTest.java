package io.forthwith.opentelemetry;

import static io.forthwith.opentelemetry.Traced.WORK;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The samples of docs/tracing.md, which a test of all documents finds here word for word. */
class TracingSamplesTest {
    @Test
    void two_lines() throws Exception {
        Traced traced = new Traced();
        OpenTelemetry openTelemetry = traced.sdk;
        JobStore store = traced.store;
        ProcessorRegistry processors = ProcessorRegistry.of().with(WORK, job -> "done");

        JobTracing tracing = JobTracing.of(openTelemetry);
        JobClient jobs = JobClient.of(store).interceptor(tracing);
        Worker worker = Worker.of(store, processors).interceptor(tracing).start();

        try (worker) {
            UUID id = jobs.enqueue(NewJob.of(WORK, "x")).id();
            jobs.await(id, Duration.ofMinutes(1));
            assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        }
        assertThat(traced.spans("process default")).hasSize(1);
    }

    @Test
    void child_of_the_producer() {
        Traced traced = new Traced();
        OpenTelemetry openTelemetry = traced.sdk;
        traced.jobs.enqueue(Traced.work());

        JobTracing tracing = JobTracing.of(openTelemetry).childOfProducer();

        traced.drain(tracing, job -> "done");
        assertThat(traced.processed().getParentSpanId())
                .isEqualTo(traced.enqueued().getSpanId());
    }
}
