package io.forthwith.benchmarks;

import io.forthwith.jdbc.JdbcJobStore;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** No-op jobs enqueued in one call and drained by one worker; the rows are kept. */
record DrainWorkload(int jobs, int rounds) implements Benchmarks.Workload {
    @Override
    public void run(BenchmarkDatabase database, PrintStream out) throws Exception {
        List<Double> enqueued = new ArrayList<>();
        List<Double> drained = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            database.empty();
            NoopJobs noop = new NoopJobs(JdbcJobStore.of(database.dataSource()), jobs);
            double enqueueRate = noop.enqueue(noop.jobs());
            double drainRate = noop.drain();
            if (database.count("completed") != jobs) {
                throw new IllegalStateException("Not every job is completed in the database");
            }
            // The first round warms up the JVM and the database.
            if (round > 0) {
                enqueued.add(enqueueRate);
                drained.add(drainRate);
            }
            out.printf("round %d: enqueue %,.0f jobs/s, drain %,.0f jobs/s%n", round, enqueueRate, drainRate);
        }
        out.println();
        out.println("| workload | jobs/s, median | range |");
        out.println("| --- | --- | --- |");
        out.printf("| enqueue %,d in one call | %s |%n", jobs, Figures.row(enqueued));
        out.printf("| drain %,d no-op jobs, 1 worker | %s |%n", jobs, Figures.row(drained));
    }
}
