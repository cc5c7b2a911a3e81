package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The drain in a form short enough for every change, with bars that must not be missed. A job that is lost or runs
 * twice fails the drain itself.
 *
 * <p>What else runs on the machine only ever slows, and it slows those more who keep both processors busy than those
 * who wait for the disk. So the best rounds are compared, not the medians: a loss of speed shows in all rounds, a
 * disturbance in some.
 *
 * @param idle how long an idle worker is watched
 */
record ShortWorkload(int jobs, int rounds, Duration idle, Bars bars) implements Benchmarks.Workload {
    /**
     * What must not be missed.
     *
     * @param timesPeer how many times as fast as db-scheduler Forthwith must be
     * @param idleLimit how many transactions a second an idle worker may ask for
     */
    record Bars(double timesPeer, double idleLimit) {
        /** Returns what to say of it. */
        String requireSpeed(double ratio) {
            String words = String.format(
                    Locale.ROOT,
                    "%.2f times as fast as db-scheduler, by the best rounds; the bar is %.2f",
                    ratio,
                    timesPeer);
            if (ratio < timesPeer) {
                throw new IllegalStateException("Too slow: drain is only " + words);
            }
            return words;
        }

        /** Returns what to say of it. */
        String requireQuiet(double transactions) {
            String words =
                    String.format(Locale.ROOT, "%.1f transactions a second; the bar is %.1f", transactions, idleLimit);
            if (transactions > idleLimit) {
                throw new IllegalStateException("Too busy: an idle worker asks for " + words);
            }
            return words;
        }
    }

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        List<Contender> contenders = Contenders.listed("forthwith,db-scheduler");
        DrainWorkload drain = new DrainWorkload(contenders, Load.noop(jobs), rounds, 1);
        List<Series<Sample>> samples = drain.measure(database, report);
        drain.print(report, samples);
        double ratio =
                samples.get(0).best(Sample::jobsPerSecond) / samples.get(1).best(Sample::jobsPerSecond);
        report.fact("drain", bars.requireSpeed(ratio));
        double transactions = new IdleWorkload(contenders, idle).measure(contenders.get(0), database);
        report.fact("idle worker", bars.requireQuiet(transactions));
    }
}
