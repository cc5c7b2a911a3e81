package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The sample of docs/testing.md about whole jobs, which {@link DocsTest} finds here word for word. */
class TestingSamplesTest {
    private static final JobType<String> MAIL = JobType.of("mail", String.class);

    @Test
    void jobs_from_end_to_end() {
        ProcessorRegistry processors = ProcessorRegistry.of().with(MAIL, job -> {
            if (job.attempt() == 1) {
                throw JobException.http(503, "The mail server is busy");
            }
            return null;
        });

        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
        JobStore store = new InMemoryJobStore(now::get, new Random(1));
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(NewJob.of(MAIL, "ada@example.org")).id();

        Worker.of(store, processors).build().drain();
        assertThat(jobs.find(id).orElseThrow().errorCode()).isEqualTo("http_503");

        now.updateAndGet(then -> then.plusSeconds(60));
        Worker.of(store, processors).build().drain();
        assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }
}
