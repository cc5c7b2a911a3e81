package io.forthwith.benchmarks;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Jobs that do nothing, enqueued in one call and run by one worker. Their rows are kept. Jobs of {@link #BACKLOG} do not count. */
record NoopJobs(JobStore store, int count) {
    /** The project of the jobs of a backlog. */
    static final String BACKLOG = "backlog";

    private static final JobType<Integer> NOOP = JobType.of("noop", Integer.class);

    static NewJob job(int number) {
        return NewJob.of(NOOP, number);
    }

    List<NewJob> jobs() {
        return IntStream.range(0, count).mapToObj(NoopJobs::job).toList();
    }

    /** Enqueues all jobs of {@code batch} in one call, and returns the jobs/s. */
    double enqueue(List<NewJob> batch) {
        long start = System.nanoTime();
        JobClient.of(store).enqueueAll(batch);
        return batch.size() / seconds(start);
    }

    /** Runs {@link #count} jobs, each of them once, until the database shows all of them as completed. Returns the jobs/s. */
    double drain() throws InterruptedException {
        CountDownLatch left = new CountDownLatch(count);
        Map<UUID, Boolean> ran = new ConcurrentHashMap<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(NOOP, job -> {
            if (counts(job.job()) && ran.put(job.id(), true) != null) {
                throw new IllegalStateException("Job " + job.id() + " ran twice");
            }
            return null;
        });
        long start = System.nanoTime();
        try (Worker worker = Worker.of(store, processors)
                .listener(event -> {
                    if (event instanceof JobEvent.Completed completed && counts(completed.job())) {
                        left.countDown();
                    }
                })
                .start()) {
            if (!left.await(5, TimeUnit.MINUTES)) {
                throw new IllegalStateException(left.getCount() + " jobs were not done in 5 minutes by " + worker);
            }
            double rate = count / seconds(start);
            if (ran.size() != count) {
                throw new IllegalStateException("Of " + count + " jobs " + ran.size() + " have run");
            }
            return rate;
        }
    }

    private static boolean counts(Job job) {
        return !BACKLOG.equals(job.projectId());
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
