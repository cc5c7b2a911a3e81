package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** How many statements a second a worker sends that has nothing to do: the price of beginning soon. */
record IdleStatements(Duration length) {
    void run(BenchmarkDatabase database, List<Responder> responders, Report report) throws Exception {
        report.out().println();
        report.out().println("| idle worker, for " + length.toSeconds() + " s | statements/s |");
        report.out().println("| --- | --- |");
        for (Responder responder : responders) {
            double rate = measure(database, responder);
            report.out().printf(Locale.ROOT, "| %s | %.1f |%n", responder.name(), rate);
            report.raw(responder.name() + ", statements/s while idle", rate);
        }
    }

    private double measure(BenchmarkDatabase database, Responder responder) throws Exception {
        database.prepare(responder);
        try (ResponderProcess process = ResponderProcess.start(responder, Behaviour.RETURN, database)) {
            process.startCountedWorker();
            // What a worker does when it starts does not count.
            Thread.sleep(length.toMillis() / 3);
            long start = System.nanoTime();
            long before = process.statements();
            Thread.sleep(length.toMillis());
            double seconds = (System.nanoTime() - start) / 1e9;
            double rate = (process.statements() - before) / seconds;
            process.stopWorker();
            return rate;
        }
    }
}
