package io.forthwith.benchmarks;

import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Single failures one after the other: from the throw to the row that another connection sees as failed. */
record FailureWorkload(int failures, int warmUp) implements Benchmarks.Workload {
    private static final JobType<Integer> FAILING = JobType.of("failing", Integer.class);

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        database.empty();
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient jobs = JobClient.of(store);
        BlockingQueue<Long> thrown = new LinkedBlockingQueue<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(FAILING, job -> {
            thrown.add(System.nanoTime());
            throw JobException.user("insufficient_credits", "Insufficient credits");
        });
        List<Double> millis = new ArrayList<>();
        try (Worker worker = Worker.of(store, processors).start();
                StatusWatch watch = StatusWatch.on(database)) {
            report.out().println("worker: " + worker);
            for (int i = 0; i < warmUp + failures; i++) {
                UUID id = jobs.enqueue(NewJob.of(FAILING, i));
                long start = thrown.take();
                watch.await(id, "failed");
                if (i >= warmUp) {
                    millis.add((System.nanoTime() - start) / 1e6);
                }
            }
            watch.requireAll(
                    warmUp + failures,
                    "status = 'failed' AND attempt = 1 AND completed_at IS NOT NULL AND error_kind = 'user'"
                            + " AND error_code = 'insufficient_credits' AND error_message = 'Insufficient credits'");
        }
        report.millis("throw → failed, visible on another connection", millis);
    }
}
