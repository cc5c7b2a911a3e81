package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A known fault, with the figure that it has. Who mends it turns this red, and then asserts the opposite. */
@DisplayName("Behind thirty thousand ready jobs of one full key,")
@Tag("slow")
class BehindFullKeyTest {
    private static final JobType<String> LIMITED = JobType.of("limited", String.class);
    private static final JobType<String> FREE = JobType.of("free", String.class);
    private static final Limit API = Limit.of("api").concurrency(1);
    private static final int READY = 30_000;
    private static final int BATCH = 1_000;
    private static final Duration FAULT = Duration.ofSeconds(5);

    @Test
    @DisplayName("a job without a limit waits for five seconds and more: a fault that is known")
    @Timeout(Patience.SECONDS_OF_A_TEST)
    void a_job_without_a_limit() throws Exception {
        JdbcJobStore store = JdbcJobStore.of(TestDatabase.POSTGRESQL.migrated());
        store.limits().orElseThrow().put(API);
        JobClient jobs = JobClient.of(store);
        for (int i = 0; i < READY; i += BATCH) {
            List<NewJob> batch = new ArrayList<>();
            for (int k = 0; k < BATCH; k++) {
                batch.add(NewJob.of(LIMITED, "").limit(API.name(), "full"));
            }
            jobs.enqueueAll(batch);
        }
        jobs.enqueue(NewJob.of(FREE, ""));
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(LIMITED, job -> {
                    over.await();
                    return "done";
                })
                .with(FREE, job -> {
                    started.countDown();
                    return "done";
                });

        long begin = System.nanoTime();
        try (Worker worker = Worker.of(store, processors).concurrency(5).start()) {
            assertThat(started.await(Patience.LONG.toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
            Duration wait = Duration.ofNanos(System.nanoTime() - begin);
            System.out.println("Behind " + READY + " jobs of a full key: " + wait.toMillis() + " ms");
            over.countDown();
            assertThat(wait).as("turns red when the fault is mended").isGreaterThan(FAULT);
        } finally {
            over.countDown();
        }
    }
}
