package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.event.JobEvent;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A job that a worker claims after its deadline")
class DeadlineToStartTest {
    private final AtomicInteger calls = new AtomicInteger();
    private final EngineFixture fixture =
            new EngineFixture(3, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> {
                calls.incrementAndGet();
                return null;
            }));

    private Job run(NewJob job, Duration wait) {
        fixture.jobs.enqueue(job);
        fixture.pass(wait);
        fixture.engine.leasing.register();
        fixture.engine.claiming.run();
        fixture.runTasks();
        fixture.engine.settling.run();
        return fixture.memory.find(job.id()).orElseThrow();
    }

    private static NewJob job() {
        return NewJob.of(EngineFixture.TYPE, "x").expiresAfter(Duration.ofHours(1));
    }

    @Test
    @DisplayName("fails at once, and its processor is not called")
    void fails() {
        Job failed = run(job(), Duration.ofHours(1));

        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorCode()).isEqualTo("expired");
        assertThat(failed.errorMessage()).isEqualTo("The job was not started in time");
        assertThat(calls).hasValue(0);
        assertThat(fixture.engine.held.size()).isZero();
    }

    @Test
    @DisplayName("fails with the code expired too when a worker drains the queue")
    void drained() {
        NewJob job = job();
        fixture.jobs.enqueue(job);
        fixture.pass(Duration.ofHours(1));

        Worker.of(fixture.memory, ProcessorRegistry.of().with(EngineFixture.TYPE, running -> calls.incrementAndGet()))
                .build()
                .drain();

        Job failed = fixture.memory.find(job.id()).orElseThrow();
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorCode()).isEqualTo("expired");
        assertThat(calls).hasValue(0);
    }

    @Test
    @DisplayName("is told to listeners as failed, and not as started")
    void events() {
        run(job(), Duration.ofHours(1));

        assertThat(fixture.events()).hasSize(1).first().isInstanceOf(JobEvent.Failed.class);
    }

    @Test
    @DisplayName("before its deadline runs")
    void runs() {
        assertThat(run(job(), Duration.ofMinutes(59)).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(calls).hasValue(1);
    }
}
