package io.forthwith.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * Enqueues all jobs of a load in this process.
 *
 * @param threads how many threads enqueue, one job in each call; zero to enqueue all jobs in bulk
 */
record EnqueueRun(Contender contender, Load load, int threads) {
    /** Returns the duration in nanoseconds. */
    long run(DataSource database) throws Exception {
        if (threads == 0) {
            long start = System.nanoTime();
            contender.enqueue(database, 0, load.jobs());
            return System.nanoTime() - start;
        }
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        try (Producer producer = contender.producer(database)) {
            AtomicInteger next = new AtomicInteger();
            long start = System.nanoTime();
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                ends.add(callers.submit(() -> enqueue(producer, next)));
            }
            for (Future<?> end : ends) {
                end.get();
            }
            producer.awaitDurable();
            return System.nanoTime() - start;
        } finally {
            callers.shutdown();
        }
    }

    /** Returns a value so that the lambda is a {@code Callable}, which may throw. */
    private int enqueue(Producer producer, AtomicInteger next) throws Exception {
        int number = next.getAndIncrement();
        while (number < load.jobs()) {
            producer.enqueue(number);
            number = next.getAndIncrement();
        }
        return number;
    }
}
