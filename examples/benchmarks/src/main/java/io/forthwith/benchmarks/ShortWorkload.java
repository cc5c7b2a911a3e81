package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The drain in a form short enough for every change, with bars that must not be missed. A job that is lost or runs twice fails the drain itself.
 *
 * <p>The speed is a ratio of medians of rounds in turns, so a busy machine slows both. The bar is well below what is measured on a quiet one.
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
    record Bars(double timesPeer, double idleLimit) {}

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        List<Contender> contenders = Contenders.listed("forthwith,db-scheduler");
        DrainWorkload drain = new DrainWorkload(contenders, Load.noop(jobs), rounds, 1);
        List<Series<Sample>> samples = drain.measure(database, report);
        drain.print(report, samples);
        requireSpeed(samples, report);
        requireQuiet(new IdleWorkload(contenders, idle).measure(contenders.get(0), database), report);
    }

    private void requireSpeed(List<Series<Sample>> samples, Report report) {
        double ratio =
                samples.get(0).median(Sample::jobsPerSecond) / samples.get(1).median(Sample::jobsPerSecond);
        String words = String.format(
                Locale.ROOT, "%.2f times as fast as db-scheduler; the bar is %.2f", ratio, bars.timesPeer);
        report.fact("drain", words);
        if (ratio < bars.timesPeer) {
            throw new IllegalStateException("Too slow: drain is only " + words);
        }
    }

    private void requireQuiet(double transactions, Report report) {
        String words =
                String.format(Locale.ROOT, "%.1f transactions a second; the bar is %.1f", transactions, bars.idleLimit);
        report.fact("idle worker", words);
        if (transactions > bars.idleLimit) {
            throw new IllegalStateException("Too busy: an idle worker asks for " + words);
        }
    }
}
