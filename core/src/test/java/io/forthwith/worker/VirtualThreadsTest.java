package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Patiently;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** An application can pass an executor of virtual threads. */
class VirtualThreadsTest {
    private static final int JOBS = 10_000;
    private static final JobType<Integer> TYPE = JobType.of("sleep", Integer.class);

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads came with Java 21")
    void ten_thousand_jobs_sleep_at_once() throws Exception {
        InMemoryJobStore store = new InMemoryJobStore();
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            jobs.add(NewJob.of(TYPE, i));
        }
        JobClient.of(store).enqueueAll(jobs);
        // Each job waits for all others, so they end only if all run at the same time.
        CountDownLatch allAsleep = new CountDownLatch(JOBS);
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> {
            allAsleep.countDown();
            allAsleep.await();
            return null;
        });
        ExecutorService virtual = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        try (Worker worker =
                Worker.of(store, processors).concurrency(JOBS).executor(virtual).start()) {
            Patiently.await()
                    .until(() -> JobClient.of(store).countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == JOBS);
            assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP);
        } finally {
            virtual.shutdown();
        }
    }
}
