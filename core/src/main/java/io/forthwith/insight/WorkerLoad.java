package io.forthwith.insight;

/**
 * How busy a worker is, as it says with each heartbeat. Immutable.
 *
 * @param running how many jobs it holds: those that run, those that it has claimed to run next, and those whose end is not stored yet; the
 *     jobs of one call of a batch count as one
 * @param stopping whether it is about to stop: it takes no more jobs and lets those that run come to their end
 * @param degraded whether something is wrong with it: threads that are stuck, results that the store does not take, an error of the JVM, calls to the
 *     store that fail
 */
public record WorkerLoad(int running, boolean stopping, boolean degraded) {
    /** A worker that has just registered has this load. */
    public static final WorkerLoad NONE = new WorkerLoad(0, false);

    /** Makes the load of a worker with which nothing is wrong. */
    public WorkerLoad(int running, boolean stopping) {
        this(running, stopping, false);
    }

    /** Checks the number. */
    public WorkerLoad {
        if (running < 0) {
            throw new IllegalArgumentException("A worker cannot hold " + running + " jobs: give 0 or more");
        }
    }
}
