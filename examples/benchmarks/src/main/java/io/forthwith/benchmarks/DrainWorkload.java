package io.forthwith.benchmarks;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** No-op jobs enqueued in one call and drained by one worker; the rows are kept. */
record DrainWorkload(int jobs, int rounds) implements Benchmarks.Workload {
    private static final JobType<Integer> NOOP = JobType.of("noop", Integer.class);

    @Override
    public void run(BenchmarkDatabase database, PrintStream out) throws Exception {
        List<Double> enqueued = new ArrayList<>();
        List<Double> drained = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            database.empty();
            JobStore store = JdbcJobStore.of(database.dataSource());
            List<NewJob> batch = new ArrayList<>();
            for (int i = 0; i < jobs; i++) {
                batch.add(NewJob.of(NOOP, i));
            }
            long start = System.nanoTime();
            JobClient.of(store).enqueueAll(batch);
            double enqueueRate = jobs / seconds(start);
            double drainRate = jobs / drain(database, store);
            // The first round warms up the JVM and the database.
            if (round > 0) {
                enqueued.add(enqueueRate);
                drained.add(drainRate);
            }
            out.printf("round %d: enqueue %,.0f jobs/s, drain %,.0f jobs/s%n", round, enqueueRate, drainRate);
        }
        out.println();
        out.println("| workload | jobs/s, median | range |");
        out.println("| --- | --- | --- |");
        out.printf("| enqueue %,d in one call | %s |%n", jobs, Figures.row(enqueued));
        out.printf("| drain %,d no-op jobs, 1 worker | %s |%n", jobs, Figures.row(drained));
    }

    private double drain(BenchmarkDatabase database, JobStore store) throws Exception {
        CountDownLatch left = new CountDownLatch(jobs);
        Map<UUID, Boolean> ran = new ConcurrentHashMap<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(NOOP, job -> {
            if (ran.put(job.id(), true) != null) {
                throw new IllegalStateException("Job " + job.id() + " ran twice");
            }
            return null;
        });
        long start = System.nanoTime();
        try (Worker worker = Worker.of(store, processors)
                .listener(event -> {
                    if (event instanceof JobEvent.Completed) {
                        left.countDown();
                    }
                })
                .start()) {
            if (!left.await(5, TimeUnit.MINUTES)) {
                throw new IllegalStateException(left.getCount() + " jobs were not done in 5 minutes by " + worker);
            }
            double took = seconds(start);
            if (database.count("completed") != jobs || ran.size() != jobs) {
                throw new IllegalStateException("Not every job is completed in the database");
            }
            return took;
        }
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
