package io.forthwith.benchmarks;

import java.util.Locale;

/**
 * The results of one round of one contender.
 *
 * @param jobsPerSecond from the start of the first job until the database has no open job
 * @param commits transactions committed, for each job
 * @param walBytes written to the log, for each job
 * @param deadRows left in its tables, for each job
 * @param cpuMicros processor time of the worker processes, for each job
 */
record Sample(double jobsPerSecond, double commits, double walBytes, double deadRows, double cpuMicros) {
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%,.0f jobs/s", jobsPerSecond);
    }
}
