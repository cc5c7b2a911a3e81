package io.forthwith.benchmarks;

import io.forthwith.ActResult;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** Cancels running jobs, one after the other. Measures from the call until another connection sees the row as cancelled. */
record CancelWorkload(int jobs, int warmUp) implements Benchmarks.Workload {
    private static final JobType<Integer> ENDLESS = JobType.of("endless", Integer.class);

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        database.empty();
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient client = JobClient.of(store);
        BlockingQueue<UUID> started = new LinkedBlockingQueue<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(ENDLESS, job -> {
            started.add(job.id());
            new CountDownLatch(1).await();
            return null;
        });
        List<Double> millis = new ArrayList<>();
        try (Worker worker = Worker.of(store, processors).start();
                StatusWatch watch = StatusWatch.on(database)) {
            report.out().println("worker: " + worker + ", in the process that cancels");
            for (int i = 0; i < warmUp + jobs; i++) {
                UUID id = client.enqueue(NewJob.of(ENDLESS, i)).id();
                if (!started.take().equals(id)) {
                    throw new IllegalStateException("Another job than " + id + " started");
                }
                long start = System.nanoTime();
                ActResult answer = client.cancel(id);
                if (answer.outcome() != ActResult.Outcome.REQUESTED) {
                    throw new IllegalStateException("Job " + id + " was running, but cancelling it answered " + answer);
                }
                watch.await(id, "cancelled");
                if (i >= warmUp) {
                    millis.add((System.nanoTime() - start) / 1e6);
                }
            }
            watch.requireAll(
                    warmUp + jobs,
                    "status = 'cancelled' AND attempt = 1 AND cancel_requested_at IS NOT NULL"
                            + " AND completed_at IS NOT NULL AND result_data IS NULL AND error_code IS NULL");
        }
        report.millis("cancel() → cancelled, visible on another connection", millis);
    }
}
