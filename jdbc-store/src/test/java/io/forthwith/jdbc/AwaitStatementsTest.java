package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What threads that wait for jobs cost the database. */
class AwaitStatementsTest {
    private static final int THREADS = 1_000;
    private static final int MOST_A_SECOND = 20;

    @Test
    void a_thousand_threads_that_wait_read_less_than_twenty_times_a_second() throws Exception {
        AtomicInteger reads = new AtomicInteger();
        JdbcJobStore store = JdbcJobStore.of(Lending.of(TestPostgres.empty(), reads::incrementAndGet));
        JobClient jobs = JobClient.of(store);
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            ids.add(jobs.enqueue(NewJob.of(Jobs.TYPE, "")).id());
        }
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Boolean>> waiting = new ArrayList<>();
            for (UUID id : ids) {
                waiting.add(threads.submit(
                        () -> jobs.await(id, Duration.ofMinutes(10)).isPresent()));
            }

            // At first, each thread looks for its job once. A slow machine reads less often, never more often.
            double inASecond = readsInASecond(reads);
            for (long start = System.nanoTime();
                    inASecond >= MOST_A_SECOND && System.nanoTime() - start < Patience.LONG.toNanos();
                    inASecond = readsInASecond(reads)) {}
            System.out.printf("%d threads that wait read %.1f times a second%n", THREADS, inASecond);
            assertThat(inASecond).isLessThan(MOST_A_SECOND);

            Worker.of(store, ProcessorRegistry.of().with(Jobs.TYPE, job -> null))
                    .build()
                    .drain();
            for (Future<Boolean> each : waiting) {
                assertThat(each.get(1, TimeUnit.MINUTES)).isTrue();
            }
            assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(THREADS);
        } finally {
            threads.shutdownNow();
        }
    }

    private static double readsInASecond(AtomicInteger reads) {
        int before = reads.get();
        long start = System.nanoTime();
        await().atMost(Patience.LONG).until(() -> reads.get() >= before + MOST_A_SECOND);
        return (reads.get() - before) * 1e9 / (System.nanoTime() - start);
    }
}
