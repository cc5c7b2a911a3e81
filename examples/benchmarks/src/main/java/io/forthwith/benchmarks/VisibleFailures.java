package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures jobs that fail, one after the other, until another connection that reads the tables can see the failure.
 *
 * @param jobs the number of jobs in each round; a round ends early after a job that exceeds {@code limit}
 * @param limit the longest time to wait for one failure
 */
record VisibleFailures(List<Responder> responders, int jobs, int rounds, Duration limit) {
    /** Makes one job fail. */
    @FunctionalInterface
    interface Cause {
        /** Returns the earliest time at which the failure could be visible, by {@link System#nanoTime}. */
        long fail(Responder.Host client, ResponderProcess process, int number) throws Exception;
    }

    /** A {@link Cause} for the process of one contender. */
    @FunctionalInterface
    private interface Failing {
        long fail(int number) throws Exception;
    }

    void run(BenchmarkDatabase database, Report report, Behaviour behaviour, String what, Cause cause)
            throws Exception {
        SideBySide<Latencies> turns = new SideBySide<>();
        List<ResponderProcess> processes = new ArrayList<>();
        try {
            for (Responder responder : responders) {
                ResponderProcess process = ResponderProcess.start(responder, behaviour, database);
                processes.add(process);
                report.fact(responder.name(), responder.settings());
                String failures = behaviour.failures(responder);
                turns.add(responder.name(), () -> {
                    Latencies latencies = round(database, responder, process, failures, cause);
                    requireFinal(database, latencies, failures);
                    return latencies;
                });
            }
            List<Series<Latencies>> samples = turns.run(rounds, report.out());
            report.raw("samples", samples);
            Latencies.print(report.out(), what, samples);
        } finally {
            for (ResponderProcess process : processes) {
                process.close();
            }
        }
    }

    /** After the worker has stopped, the failed jobs must still be failed: none of them waits for another attempt. */
    static void requireFinal(BenchmarkDatabase database, Latencies latencies, String failures) throws SQLException {
        if (latencies.missed() == 0) {
            database.require(latencies.millis().size(), failures);
        }
    }

    private Latencies round(
            BenchmarkDatabase database, Responder responder, ResponderProcess process, String failures, Cause cause)
            throws Exception {
        database.prepare(responder);
        try (HikariDataSource pool = Pools.open(database.url(), Pools.FEW);
                Responder.Host client = responder.client(pool);
                Connection outsider = database.outsider();
                PreparedStatement look = outsider.prepareStatement(failures)) {
            process.startWorker();
            Latencies latencies = measure(look, number -> cause.fail(client, process, number));
            // Before the pool is closed, so that the client can still send statements in the background.
            process.stopWorker();
            return latencies;
        }
    }

    private Latencies measure(PreparedStatement look, Failing one) throws Exception {
        List<Double> millis = new ArrayList<>();
        long end = System.nanoTime() + limit.toNanos();
        while (millis.size() < jobs && System.nanoTime() - end < 0) {
            long start = one.fail(millis.size());
            if (!seen(look, millis.size() + 1, start + limit.toNanos())) {
                return new Latencies(millis, 1, limit);
            }
            millis.add((System.nanoTime() - start) / 1e6);
        }
        return new Latencies(millis, 0, limit);
    }

    private static boolean seen(PreparedStatement look, int failures, long deadline) throws SQLException {
        while (System.nanoTime() - deadline < 0) {
            try (ResultSet row = look.executeQuery()) {
                row.next();
                if (row.getInt(1) == failures) {
                    return true;
                }
            }
            Thread.onSpinWait();
        }
        return false;
    }
}
