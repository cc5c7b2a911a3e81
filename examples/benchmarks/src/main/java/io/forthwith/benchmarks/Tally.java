package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.Base64;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Runs the jobs of one round in one process and notes which have run, so that a job that is lost or run twice voids the round.
 *
 * <p>It costs every contender the same: two uncontended atomic additions a job, some tens of nanoseconds where the fastest of them takes tens
 * of microseconds. What several processes have run is compared job by job when the round is over, not while it is timed.
 */
final class Tally implements Work {
    private final long sleepMillis;
    private final AtomicIntegerArray runs;
    private final LongAdder total = new LongAdder();

    Tally(int jobs, Duration length) {
        this.runs = new AtomicIntegerArray(jobs);
        this.sleepMillis = length.toMillis();
    }

    @Override
    public void run(int number) throws InterruptedException {
        if (sleepMillis > 0) {
            Thread.sleep(sleepMillis);
        }
        runs.incrementAndGet(number);
        total.increment();
    }

    /** How many times any job has run. */
    long total() {
        return total.sum();
    }

    /** The jobs that have run, in a form that {@link #read} reads in another process. */
    String which() {
        BitSet ran = new BitSet(runs.length());
        for (int number = 0; number < runs.length(); number++) {
            ran.set(number, runs.get(number) > 0);
        }
        return Base64.getEncoder().encodeToString(ran.toByteArray());
    }

    static BitSet read(String which) {
        return BitSet.valueOf(Base64.getDecoder().decode(which));
    }
}
