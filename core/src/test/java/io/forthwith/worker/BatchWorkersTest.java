package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.memory.InMemoryJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Batches on the threads of workers. */
@Timeout(180)
@DisplayName("Workers with batches")
class BatchWorkersTest {
    private static final JobType<Integer> MAIL = JobType.of("mail", Integer.class);
    private static final JobType<Integer> SINGLE = JobType.of("single", Integer.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> mailed = new ConcurrentLinkedQueue<>();

    private ProcessorRegistry registry(Duration linger) {
        return ProcessorRegistry.of()
                .with(BatchProcessor.of(MAIL, 50, batch -> {
                            sizes.add(batch.size());
                            batch.forEach(job -> mailed.add(job.input()));
                            batch.forEach(BatchJob::complete);
                        })
                        .linger(linger))
                .with(SINGLE, job -> null);
    }

    @Test
    void run_each_job_once_and_single_jobs_beside_them() throws InterruptedException {
        List<NewJob> all = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            all.add(NewJob.of(i % 10 == 0 ? SINGLE : MAIL, i));
        }
        CountDownLatch ended = new CountDownLatch(all.size());
        try (Worker first = start(ended, Duration.ofMillis(5));
                Worker second = start(ended, Duration.ZERO)) {
            jobs.enqueueAll(all);
            assertThat(ended.await(1, TimeUnit.MINUTES)).isTrue();
        }

        assertThat(mailed).hasSize(4_500).doesNotHaveDuplicates();
        assertThat(sizes).allSatisfy(size -> assertThat(size).isBetween(1, 50));
        assertThat(jobs.scan(JobQuery.all().atMost(1_000)))
                .allSatisfy(job -> assertThat(job.attempt()).isOne())
                .allSatisfy(job -> assertThat(job.status()).isEqualTo(JobStatus.COMPLETED));
    }

    private Worker start(CountDownLatch ended, Duration linger) {
        return Worker.of(store, registry(linger))
                .concurrency(3)
                .listener(event -> {
                    if (event instanceof JobEvent.Completed) {
                        ended.countDown();
                    }
                })
                .start();
    }

    @Test
    void start_a_call_by_themselves_when_its_first_job_has_lingered() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        try (Worker worker = start(ended, Duration.ofMillis(50))) {
            jobs.enqueue(NewJob.of(MAIL, 1));
            assertThat(ended.await(1, TimeUnit.MINUTES)).isTrue();
        }

        assertThat(sizes).containsExactly(1);
    }
}
