package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.random.RandomGenerator;

/**
 * Measures single jobs on an idle system: from the call that enqueues a job, with its commit, to the first line of its
 * handler. The pause before each job is random, so that enqueuing and polling do not coincide.
 *
 * @param began gets every job that begins
 */
record Pickups(Responder.Host host, BlockingQueue<Began> began, RandomGenerator random) {
    private static final int SHORTEST_PAUSE = 20;
    private static final int LONGEST_PAUSE = 60;

    static void pause(RandomGenerator random) throws InterruptedException {
        Thread.sleep(random.nextInt(SHORTEST_PAUSE, LONGEST_PAUSE + 1));
    }

    /** The latencies in milliseconds; fewer than {@code jobs} if all of them would take longer than {@code budget}. */
    List<Double> measure(int jobs, Duration budget) throws Exception {
        List<Double> millis = new ArrayList<>();
        long end = System.nanoTime() + budget.toNanos();
        for (int number = 0; number < jobs && System.nanoTime() - end < 0; number++) {
            pause(random);
            long start = System.nanoTime();
            host.enqueue(number);
            millis.add((Began.await(began, number).nanos() - start) / 1e6);
        }
        if (!began.isEmpty()) {
            throw new IllegalStateException("A job has begun twice: " + began);
        }
        return millis;
    }
}
