package io.forthwith.benchmarks;

import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that exceed their time limit, one after the other. Measures from the moment at which the limit has passed until
 * another connection sees the row as failed.
 */
record TimeLimitWorkload(int jobs, int warmUp, Duration limit) implements Benchmarks.Workload {
    private static final JobType<Integer> ENDLESS = JobType.of("endless", Integer.class);

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        database.empty();
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient client = JobClient.of(store);
        BlockingQueue<Long> started = new LinkedBlockingQueue<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(ENDLESS, new Endless(started, limit));
        List<Double> millis = new ArrayList<>();
        try (AutoCloseable silence = Logs.off();
                Worker worker = Worker.of(store, processors).start();
                StatusWatch watch = StatusWatch.on(database)) {
            report.out().println("worker: " + worker + ", time limit " + limit.toMillis() + " ms");
            for (int i = 0; i < warmUp + jobs; i++) {
                UUID id = client.enqueue(NewJob.of(ENDLESS, i)).id();
                long passed = started.take() + limit.toNanos();
                watch.await(id, "failed");
                if (i >= warmUp) {
                    millis.add((System.nanoTime() - passed) / 1e6);
                }
            }
            watch.requireAll(
                    warmUp + jobs,
                    "status = 'failed' AND attempt = 1 AND error_code = 'time_limit' AND completed_at IS NOT NULL");
        }
        report.millis("limit passed → failed, visible on another connection", millis);
    }

    /** Runs until it is interrupted. */
    private record Endless(BlockingQueue<Long> started, Duration limit) implements Processor {
        @Override
        public @Nullable Object process(JobContext job) throws InterruptedException {
            started.add(System.nanoTime());
            new CountDownLatch(1).await();
            return null;
        }

        @Override
        public Duration timeLimit() {
            return limit;
        }
    }
}
