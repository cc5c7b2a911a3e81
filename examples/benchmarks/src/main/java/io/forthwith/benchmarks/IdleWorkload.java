package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a worker asks of the database while there is nothing to do. */
record IdleWorkload(List<Contender> contenders, Duration length) implements Benchmarks.Workload {
    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        Map<String, Double> rates = new LinkedHashMap<>();
        for (Contender contender : contenders) {
            rates.put(contender.name(), measure(contender, database));
        }
        report.raw("transactionsPerSecond", rates);
        report.out().println("| idle for " + length.toSeconds() + " s, one worker | transactions/s |");
        report.out().println("| --- | --- |");
        rates.forEach((name, rate) -> report.out().printf(Locale.ROOT, "| %s | %.1f |%n", name, rate));
    }

    double measure(Contender contender, BenchmarkDatabase database) throws Exception {
        try (Drain drain = new Drain(database, contender, Load.noop(0), 1)) {
            return drain.idle(length);
        }
    }
}
