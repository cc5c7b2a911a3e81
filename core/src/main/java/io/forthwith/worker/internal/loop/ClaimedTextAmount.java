package io.forthwith.worker.internal.loop;

/**
 * How much text the jobs have that this worker claims, so that it claims fewer of them if they are large. Used by the
 * thread of the claim loop only.
 */
public final class ClaimedTextAmount {
    /** The most text that one claim may read if its jobs are like those before, and that may wait in the buffer. */
    static final long MOST = 8L << 20;

    /** The average of the last claims; it grows at once and falls slowly. */
    private double average;

    /** Records the answer of a claim. */
    public void claimed(int jobs, long length) {
        if (jobs > 0) {
            double now = (double) length / jobs;
            average = now >= average ? now : average + (now - average) / 8;
        }
    }

    /** How many jobs together have at most {@link #MOST}, if they are like those before; at least one. */
    public int fit() {
        return average * Integer.MAX_VALUE <= MOST ? Integer.MAX_VALUE : (int) Math.max(1, MOST / average);
    }
}
