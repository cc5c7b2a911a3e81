package io.forthwith.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The lifecycle of a worker")
class WorkerLifecycleTest {
    private static final JobType<String> TYPE = JobType.of("hold", String.class);
    private static final Duration SOON = Duration.ofMinutes(1);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store).codec(new PlainCodec());
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final WorkerLifecycle lifecycle = new WorkerLifecycle(
            () -> Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                        begun.countDown();
                        mayEnd.await();
                        return "done";
                    }))
                    .codec(new PlainCodec()),
            true);

    @Test
    @DisplayName("can start again after it has stopped")
    void starts_again() throws Exception {
        mayEnd.countDown();
        assertThat(lifecycle.health().status()).isEqualTo(WorkerHealth.Status.DOWN);
        for (int time = 0; time < 2; time++) {
            lifecycle.start();
            lifecycle.start();
            assertThat(lifecycle.isRunning()).isTrue();
            UUID id = jobs.enqueue(NewJob.of(TYPE, "")).id();
            assertThat(jobs.awaitResult(id, String.class, SOON)).contains("done");
            assertThat(lifecycle.health().status()).isEqualTo(WorkerHealth.Status.UP);
            lifecycle.stop();
            lifecycle.stop();
            assertThat(lifecycle.isRunning()).isFalse();
        }
    }

    @Test
    @DisplayName("returns at once when it is to stop, and reports when the running job has ended")
    void stops_in_the_background() throws Exception {
        lifecycle.start();
        UUID id = jobs.enqueue(NewJob.of(TYPE, "")).id();
        begun.await();
        CountDownLatch stopped = new CountDownLatch(1);

        lifecycle.stop(stopped::countDown);

        assertThat(stopped.getCount()).as("the job runs").isEqualTo(1);
        mayEnd.countDown();
        assertThat(stopped.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(jobs.awaitResult(id, String.class, Duration.ZERO)).contains("done");
    }
}
