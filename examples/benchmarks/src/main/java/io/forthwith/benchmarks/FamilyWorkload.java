package io.forthwith.benchmarks;

import io.forthwith.NewJob;
import io.forthwith.jdbc.JdbcJobStore;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * Measures the cost of a parent: no-op jobs that are children of one parent, and the same number without a parent. Each
 * set is enqueued in one call and drained by one worker. Every round runs both, in alternating order.
 */
record FamilyWorkload(int jobs, int rounds) implements Benchmarks.Workload {
    private static final String RAN_ONCE =
            "status = 'completed' AND claim = 1 AND attempt = 1 AND progress = 100 AND error_code IS NULL";

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        Lots alone = new Lots();
        Lots family = new Lots();
        // The first round warms up the JVM and the database.
        for (int round = 0; round <= rounds; round++) {
            boolean isFamilyFirst = round % 2 == 1;
            Rates first = round(database, isFamilyFirst);
            Rates second = round(database, !isFamilyFirst);
            Rates ofFamily = isFamilyFirst ? first : second;
            Rates ofAlone = isFamilyFirst ? second : first;
            if (round > 0) {
                family.add(ofFamily);
                alone.add(ofAlone);
            }
            report.out()
                    .printf(
                            "round %d: without a parent enqueue %,.0f jobs/s, drain %,.0f; with one enqueue %,.0f, drain %,.0f%n",
                            round, ofAlone.enqueue(), ofAlone.drain(), ofFamily.enqueue(), ofFamily.drain());
        }
        print(report.out(), alone, family);
        report.raw("alone", alone.raw());
        report.raw("family", family.raw());
    }

    private Rates round(BenchmarkDatabase database, boolean isFamily) throws Exception {
        database.empty();
        NoopJobs noop = new NoopJobs(JdbcJobStore.of(database.dataSource()), jobs);
        NewJob parent = NoopJobs.job(-1);
        List<NewJob> batch = new ArrayList<>();
        if (isFamily) {
            batch.add(parent);
        }
        noop.jobs().forEach(job -> batch.add(isFamily ? job.parent(parent) : job));
        double enqueue = noop.enqueue(batch);
        double drain = noop.drain();
        try (StatusWatch watch = StatusWatch.on(database)) {
            watch.requireAll(batch.size(), isFamily ? familyEnded(parent.id()) : "parent_id IS NULL AND " + RAN_ONCE);
        }
        return new Rates(enqueue, drain);
    }

    /** The parent has never run, and has ended with the last of its children. */
    private static String familyEnded(UUID parent) {
        return "CASE WHEN parent_id IS NULL"
                + " THEN id = '" + parent
                + "' AND status = 'completed' AND claim = 0 AND progress = 100 AND error_code IS NULL"
                + " AND completed_at >= (SELECT max(completed_at) FROM job child WHERE child.parent_id = job.id)"
                + " ELSE parent_id = '" + parent + "' AND " + RAN_ONCE + " END";
    }

    private void print(PrintStream out, Lots alone, Lots family) {
        out.println();
        out.println("| workload | jobs/s, median | range |");
        out.println("| --- | --- | --- |");
        out.printf("| enqueue %,d jobs in one call | %s |%n", jobs, Figures.row(alone.enqueue));
        out.printf("| enqueue one parent and its %,d children in one call | %s |%n", jobs, Figures.row(family.enqueue));
        out.printf("| drain %,d no-op jobs, 1 worker | %s |%n", jobs, Figures.row(alone.drain));
        out.printf("| drain %,d no-op children of one parent, 1 worker | %s |%n", jobs, Figures.row(family.drain));
        out.printf(
                "| with a parent : without, drain, by the medians | %.2f | %s |%n",
                Figures.quantile(family.drain, 0.5) / Figures.quantile(alone.drain, 0.5), ratios(alone, family));
    }

    private static String ratios(Lots alone, Lots family) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < alone.drain.size(); round++) {
            ratios.add(family.drain.get(round) / alone.drain.get(round));
        }
        return String.format(
                Locale.ROOT, "%.2f to %.2f by rounds", Figures.quantile(ratios, 0), Figures.quantile(ratios, 1));
    }

    private record Rates(double enqueue, double drain) {}

    private static final class Lots {
        private final List<Double> enqueue = new ArrayList<>();
        private final List<Double> drain = new ArrayList<>();

        void add(Rates rates) {
            enqueue.add(rates.enqueue());
            drain.add(rates.drain());
        }

        Map<String, List<Double>> raw() {
            return Map.of("enqueue", enqueue, "drain", drain);
        }
    }
}
