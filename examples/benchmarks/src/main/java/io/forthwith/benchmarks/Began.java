package io.forthwith.benchmarks;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A job that has begun, as its handler reports it.
 *
 * @param nanos {@link System#nanoTime} at that moment; {@link ResponderProcess} says when that means something in another process
 */
record Began(int number, long nanos) {
    /** Waits for the next job that begins; it must be the one with this number. */
    static Began await(BlockingQueue<Began> began, int number) throws InterruptedException {
        Began job = began.poll(1, TimeUnit.MINUTES);
        if (job == null || job.number != number) {
            throw new IllegalStateException("Waited for job " + number + " to begin, and saw " + job);
        }
        return job;
    }

    static Began now(int number) {
        return new Began(number, System.nanoTime());
    }

    /** The text that {@link #parse} reads in another process. */
    @Override
    public String toString() {
        return number + " " + nanos;
    }

    static Began parse(String text) {
        String[] parts = text.split(" ", -1);
        return new Began(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
    }
}
