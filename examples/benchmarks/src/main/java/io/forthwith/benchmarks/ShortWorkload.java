package io.forthwith.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * A short drain with limits, fast enough to run for every change. It also fails if a job is lost or runs twice.
 *
 * <p>Other programs on the machine only make rounds slower, and they slow a contender that uses both processors more
 * than one that waits for the disk. So the full limit applies to the best rounds, and a lower one to the medians: a
 * real loss of speed is visible in all rounds, a disturbance only in some.
 *
 * @param idle counts the statements of an idle worker; the first contender in it is checked
 */
record ShortWorkload(int jobs, int rounds, IdleWorkload idle, Bars bars) implements Benchmarks.Workload {
    /**
     * The limits.
     *
     * @param best how many times as fast as db-scheduler Forthwith must be in the best round of each
     * @param median the same for the medians
     * @param idleLimit how many statements a second an idle worker may send
     */
    record Bars(double best, double median, double idleLimit) {
        static final Bars OURS = new Bars(3, 2, 3);

        /** Returns the result as text. */
        String requireSpeed(Series<Sample> forthwith, Series<Sample> peer) {
            double byBest = forthwith.best(Sample::jobsPerSecond) / peer.best(Sample::jobsPerSecond);
            double byMedian = forthwith.median(Sample::jobsPerSecond) / peer.median(Sample::jobsPerSecond);
            String words = String.format(
                    Locale.ROOT,
                    "%.2f times as fast as %s by the best rounds, the bar is %.2f,"
                            + " and %.2f times by the medians, the bar is %.2f",
                    byBest,
                    peer.name(),
                    best,
                    byMedian,
                    median);
            // Written so that NaN fails too.
            if (!(byBest >= best && byMedian >= median)) {
                throw new IllegalStateException("Too slow: drain is only " + words);
            }
            return words;
        }

        /** Returns the result as text. */
        String requireQuiet(double statements) {
            String words =
                    String.format(Locale.ROOT, "%.1f statements a second; the bar is %.1f", statements, idleLimit);
            if (!(statements <= idleLimit)) {
                throw new IllegalStateException("Too busy: an idle worker sends " + words);
            }
            return words;
        }
    }

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        DrainWorkload drain =
                new DrainWorkload(Contenders.listed("forthwith,db-scheduler"), Load.noop(jobs), rounds, List.of(1));
        List<Series<Sample>> samples = drain.measure(database, report);
        drain.print(report, samples);
        report.fact("drain", bars.requireSpeed(samples.get(0), samples.get(1)));
        double statements = idle.measure(database, idle.responders().get(0));
        report.fact("idle worker", bars.requireQuiet(statements));
    }
}
