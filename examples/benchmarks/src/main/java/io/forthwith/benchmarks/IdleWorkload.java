package io.forthwith.benchmarks;

import io.forthwith.worker.WorkerBuilder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How many statements a second an idle worker sends. This is the price of a fast pick-up.
 *
 * @param settling how long a worker has run before its statements count
 * @param length how long they are counted
 */
record IdleWorkload(List<Responder> responders, Duration settling, Duration length) implements Benchmarks.Workload {
    /** Counts only after one lease time of Forthwith. Before that, no lease was renewed and no other lease could lapse. */
    static IdleWorkload afterALease(List<Responder> responders, Duration length) {
        return new IdleWorkload(responders, WorkerBuilder.DEFAULT_LEASE.plusSeconds(1), length);
    }

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        Map<String, Double> rates = new LinkedHashMap<>();
        for (Responder responder : Responders.present(responders, report)) {
            report.fact(responder.name(), responder.settings());
            rates.put(responder.name(), measure(database, responder));
        }
        report.raw("statements/s of an idle worker", rates);
        report.out()
                .printf(
                        Locale.ROOT,
                        "%n| one idle worker, for %d s after its first %d s | statements/s |%n",
                        length.toSeconds(),
                        settling.toSeconds());
        report.out().println("| --- | --- |");
        rates.forEach((name, rate) -> report.out().printf(Locale.ROOT, "| %s | %.1f |%n", name, rate));
    }

    /** The statements that one worker sends in a second. */
    double measure(BenchmarkDatabase database, Responder responder) throws Exception {
        database.prepare(responder);
        try (ResponderProcess process = ResponderProcess.start(responder, Behaviour.RETURN, database)) {
            process.startCountedWorker();
            Thread.sleep(settling.toMillis());
            long start = System.nanoTime();
            long before = process.statements();
            Thread.sleep(length.toMillis());
            long statements = process.statements() - before;
            double seconds = (System.nanoTime() - start) / 1e9;
            process.stopWorker();
            return statements / seconds;
        }
    }
}
