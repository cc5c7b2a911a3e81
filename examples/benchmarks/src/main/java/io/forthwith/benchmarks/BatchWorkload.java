package io.forthwith.benchmarks;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.BatchJob;
import io.forthwith.worker.BatchProcessor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Measures what it brings to run many jobs in one call: a call takes {@code length}, whether it is for one job or for a batch. Both run in one
 * worker of one slot. Batches get {@code maxJobs} times as many jobs as single calls, so that both run for about as long.
 */
record BatchWorkload(int calls, int maxJobs, Duration length, int rounds, double bar) implements Benchmarks.Workload {
    private static final JobType<Integer> MAIL = JobType.of("mail", Integer.class);

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        List<Double> single = new ArrayList<>();
        List<Double> batched = new ArrayList<>();
        // The first round warms up the JVM and the database.
        for (int round = 0; round <= rounds; round++) {
            double one = drain(database, single(), calls);
            double many = drain(database, batches(), calls * maxJobs);
            if (round > 0) {
                single.add(one);
                batched.add(many);
            }
            report.out()
                    .printf(
                            "round %d: one job a call %,.0f jobs/s, %d jobs a call %,.0f jobs/s%n",
                            round, one, maxJobs, many);
        }
        double times = Figures.quantile(batched, 0.5) / Figures.quantile(single, 0.5);
        report.out().println();
        report.out().println("| calls of " + length.toMillis() + " ms, one at a time | jobs/s, median | range |");
        report.out().println("| --- | --- | --- |");
        report.out().printf("| one job a call | %s |%n", Figures.row(single));
        report.out().printf("| up to %d jobs a call | %s |%n", maxJobs, Figures.row(batched));
        report.out().printf("| batches : single, by the medians | %.1f | the bar is %.0f |%n", times, bar);
        report.raw("throughput", Map.of("single", single, "batched", batched));
        if (times < bar) {
            throw new IllegalStateException("Batches of " + maxJobs + " are only " + times
                    + " times as fast as single jobs; the bar is " + bar);
        }
    }

    private ProcessorRegistry single() {
        return ProcessorRegistry.of().with(MAIL, job -> {
            call();
            return null;
        });
    }

    private ProcessorRegistry batches() {
        return ProcessorRegistry.of().with(BatchProcessor.of(MAIL, maxJobs, jobs -> {
            call();
            jobs.forEach(BatchJob::complete);
        }));
    }

    private void call() throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(length.toNanos());
    }

    /** Runs this many jobs, until the database shows all of them as completed. Returns the jobs/s. */
    private static double drain(BenchmarkDatabase database, ProcessorRegistry processors, int jobs) throws Exception {
        database.empty();
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient.of(store)
                .enqueueAll(IntStream.range(0, jobs)
                        .mapToObj(number -> NewJob.of(MAIL, number))
                        .toList());
        CountDownLatch left = new CountDownLatch(jobs);
        long start = System.nanoTime();
        double rate;
        try (Worker worker = Worker.of(store, processors)
                .concurrency(1)
                .listener(event -> {
                    if (event instanceof JobEvent.Completed) {
                        left.countDown();
                    }
                })
                .start()) {
            if (!left.await(5, TimeUnit.MINUTES)) {
                throw new IllegalStateException(left.getCount() + " jobs were not done in 5 minutes by " + worker);
            }
            rate = jobs / ((System.nanoTime() - start) / 1e9);
        }
        try (StatusWatch watch = StatusWatch.on(database)) {
            watch.requireAll(jobs, "status = 'completed' AND attempt = 1 AND claim = 1");
        }
        return rate;
    }
}
