package io.forthwith.benchmarks;

import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** Enqueues and runs jobs at a steady rate for some time. */
record SteadyWork(Duration length) {
    static final int JOBS_A_SECOND = 1_000;

    private static final int BATCH = 100;
    private static final long BATCH_NANOS = TimeUnit.SECONDS.toNanos(BATCH) / JOBS_A_SECOND;

    /** Returns the number of completed jobs. Their rows are kept, and have a project. */
    int run(DataSource database, String project) throws InterruptedException {
        JobStore store = JdbcJobStore.of(database);
        JobClient client = JobClient.of(store);
        Semaphore done = new Semaphore(0);
        ProcessorRegistry processors = ProcessorRegistry.of().with(ForthwithContender.TYPE, job -> null);
        try (Worker worker = Worker.of(store, processors)
                .listener(event -> {
                    if (event instanceof JobEvent.Completed) {
                        done.release();
                    }
                })
                .start()) {
            long start = System.nanoTime();
            int jobs = 0;
            for (long due = start; due - start < length.toNanos(); due += BATCH_NANOS) {
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                client.enqueueAll(batch(project));
                jobs += BATCH;
            }
            if (!done.tryAcquire(jobs, 1, TimeUnit.MINUTES)) {
                throw new IllegalStateException(
                        "Of " + jobs + " jobs " + done.availablePermits() + " were done by " + worker);
            }
            return jobs;
        }
    }

    private static List<NewJob> batch(String project) {
        return IntStream.range(0, BATCH)
                .mapToObj(number -> ForthwithContender.job(number).project(project))
                .toList();
    }
}
