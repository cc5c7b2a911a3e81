package io.forthwith.benchmarks;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Jobs that all sleep at the same time, on virtual threads that the host provides. Needs Java 21. */
record VirtualWorkload(int jobs, Duration length) implements Benchmarks.Workload {
    private static final JobType<Integer> SLEEP = JobType.of("sleep", Integer.class);

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        Optional<ExecutorService> virtual = virtualThreads();
        if (virtual.isEmpty()) {
            report.fact(
                    "virtual threads",
                    "this workload needs Java 21 or later, this is "
                            + Runtime.version().feature());
            return;
        }
        database.empty();
        JobStore store = JdbcJobStore.of(database.dataSource());
        JobClient.of(store)
                .enqueueAll(IntStream.range(0, jobs)
                        .mapToObj(number -> NewJob.of(SLEEP, number))
                        .toList());
        try {
            measure(database, report, store, virtual.get());
        } finally {
            virtual.get().shutdownNow();
        }
    }

    private void measure(BenchmarkDatabase database, Report report, JobStore store, ExecutorService virtual)
            throws Exception {
        Crowd crowd = new Crowd(jobs);
        ProcessorRegistry processors = ProcessorRegistry.of().with(SLEEP, job -> {
            crowd.enter();
            TimeUnit.NANOSECONDS.sleep(length.toNanos());
            crowd.leave();
            return null;
        });
        double before = Heap.live();
        Heap.resetPeak();
        long start = System.nanoTime();
        try (Worker worker =
                Worker.of(store, processors).concurrency(jobs).executor(virtual).start()) {
            double allAsleep = crowd.awaitAll() ? millisSince(start) : Double.NaN;
            double asleep = Heap.live();
            awaitCompleted(database, worker);
            double total = millisSince(start);
            report.out().println("| " + jobs + " jobs of " + length.toMillis() + " ms on virtual threads | |");
            report.out().println("| --- | --- |");
            report.figure("at work at the same moment, at the most", crowd.most());
            report.figure("worker started → all at work, ms", allAsleep);
            report.figure("worker started → all completed in the database, ms", total);
            report.figure("live heap before, MiB", before);
            report.figure("live heap while they sleep, MiB", asleep);
            report.figure("peak heap, garbage included, MiB", Heap.peak());
        }
        if (crowd.most() != jobs) {
            throw new IllegalStateException(
                    "Only " + crowd.most() + " of " + jobs + " jobs were at work at the same moment");
        }
    }

    private void awaitCompleted(BenchmarkDatabase database, Worker worker) throws Exception {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).plus(length).toNanos();
        String completed = "SELECT count(*) FROM job WHERE status = 'completed' AND attempt = 1";
        while (database.number(completed) < jobs) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("Only " + database.number(completed) + " of " + jobs
                        + " jobs are completed, " + worker.health());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** Looked up by name, because this class compiles for Java 17. */
    private static Optional<ExecutorService> virtualThreads() throws ReflectiveOperationException {
        return Runtime.version().feature() < 21
                ? Optional.empty()
                : Optional.of((ExecutorService) Executors.class
                        .getMethod("newVirtualThreadPerTaskExecutor")
                        .invoke(null));
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }

    /** Counts the running jobs. Thread-safe. */
    private static final class Crowd {
        private final AtomicInteger now = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final CountDownLatch missing;

        Crowd(int all) {
            this.missing = new CountDownLatch(all);
        }

        void enter() {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            missing.countDown();
        }

        void leave() {
            now.decrementAndGet();
        }

        boolean awaitAll() throws InterruptedException {
            return missing.await(1, TimeUnit.MINUTES);
        }

        int most() {
            return most.get();
        }
    }
}
