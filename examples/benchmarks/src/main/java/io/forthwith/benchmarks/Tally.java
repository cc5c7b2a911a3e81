package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Runs the jobs of one round in one process and records which have run, so that a job that is lost or runs twice makes
 * the round invalid.
 *
 * <p>The cost is the same for every contender: two uncontended atomic additions a job, which take some tens of nanoseconds.
 * The fastest contender takes tens of microseconds a job. The jobs of several processes are compared after the round, not
 * while it is timed.
 */
final class Tally implements Work {
    private final long sleepMillis;
    private final AtomicIntegerArray runs;
    private final LongAdder total = new LongAdder();
    private volatile boolean hasBegun;

    Tally(int jobs, Duration length) {
        this.runs = new AtomicIntegerArray(jobs);
        this.sleepMillis = length.toMillis();
    }

    /** Jobs with a negative number are not part of the round. */
    @Override
    public void run(int number) throws InterruptedException {
        if (!hasBegun) {
            hasBegun = true;
        }
        if (sleepMillis > 0) {
            Thread.sleep(sleepMillis);
        }
        if (number < 0) {
            return;
        }
        runs.incrementAndGet(number);
        total.increment();
    }

    /** Whether any job has begun. */
    boolean hasBegun() {
        return hasBegun;
    }

    /** The number of runs of all jobs. */
    long total() {
        return total.sum();
    }

    /** Which jobs have run and how often, for {@link #requireOnce} in another process. */
    String answer() {
        BitSet ran = new BitSet(runs.length());
        for (int number = 0; number < runs.length(); number++) {
            ran.set(number, runs.get(number) > 0);
        }
        return total() + " " + Base64.getEncoder().encodeToString(ran.toByteArray());
    }

    /**
     * Fails unless each job has run in exactly one process, and once there.
     *
     * @param answers one answer of each process
     */
    static void requireOnce(List<String> answers, int jobs) {
        BitSet all = new BitSet();
        for (String answer : answers) {
            int gap = answer.indexOf(' ');
            BitSet here = BitSet.valueOf(Base64.getDecoder().decode(answer.substring(gap + 1)));
            if (Long.parseLong(answer.substring(0, gap)) != here.cardinality()) {
                throw new IllegalStateException(here.cardinality() + " jobs have run more than once in one process: "
                        + answer.substring(0, gap) + " times");
            }
            if (all.intersects(here)) {
                throw new IllegalStateException("Jobs have run in two processes");
            }
            all.or(here);
        }
        if (all.cardinality() != jobs) {
            throw new IllegalStateException("Of " + jobs + " jobs " + all.cardinality() + " have run");
        }
    }
}
