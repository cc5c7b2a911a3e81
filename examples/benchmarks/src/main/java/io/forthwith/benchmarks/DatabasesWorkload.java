package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.JdbcJobStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * No-op jobs, enqueued in one call and drained by one worker in this process, on PostgreSQL and on other databases of the JDBC store,
 * with the same durability. Every round uses all of them, in alternating order.
 */
record DatabasesWorkload(List<String> others, int jobs, int rounds) implements Benchmarks.Workload {
    private static final String FIRST = "postgresql";

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        Map<String, Rates> all = new LinkedHashMap<>();
        try (OtherDatabases servers = OtherDatabases.start(others)) {
            servers.settings().forEach(report::fact);
            List<String> order = new ArrayList<>(List.of(FIRST));
            order.addAll(others);
            // The first round warms up the JVM and the databases.
            for (int round = 0; round <= rounds; round++) {
                for (String name : order) {
                    Rates rates = all.computeIfAbsent(name, any -> Rates.none());
                    Rate rate = round(name.equals(FIRST) ? emptied(database) : servers.empty(name));
                    report.out()
                            .printf(
                                    "round %d: %s: enqueue %,.0f jobs/s, drain %,.0f%n",
                                    round, name, rate.enqueue, rate.drain);
                    report.out().printf("round %d: %s: purge %,.0f jobs/s%n", round, name, rate.purge);
                    report.out()
                            .printf(
                                    "round %d: %s: at the same time drain %,.0f jobs/s, purge %,.0f%n",
                                    round, name, rate.beside.drain(), rate.beside.purge());
                    if (round > 0) {
                        rates.add(rate);
                    }
                }
                Collections.reverse(order);
            }
        }
        print(report, all);
        printBeside(report, all);
        report.raw("rates", all);
    }

    private static DataSource emptied(BenchmarkDatabase database) throws Exception {
        database.empty();
        return database.dataSource();
    }

    private Rate round(DataSource database) throws Exception {
        JdbcJobStore store = JdbcJobStore.of(database);
        NoopJobs noop = new NoopJobs(store, jobs);
        double enqueue = noop.enqueue(noop.jobs());
        double drain = noop.drain();
        long completed = store.countByScan(JobQuery.all().status(JobStatus.COMPLETED));
        if (completed != jobs) {
            throw new IllegalStateException("Of " + jobs + " jobs " + completed + " are completed in the database");
        }
        Rate rate = new Rate(enqueue, drain, Purger.purgeAll(store, jobs), beside(noop));
        if (store.countByScan(JobQuery.all()) != 0) {
            throw new IllegalStateException("Jobs are left that should be purged");
        }
        if (database instanceof HikariDataSource pool && !pool.getJdbcUrl().contains(FIRST)) {
            pool.close();
        }
        return rate;
    }

    /** Drains as many jobs as have already ended, and meanwhile purges all ended jobs, old and new. */
    private Purger.Beside beside(NoopJobs noop) throws Exception {
        noop.enqueue(noop.jobs());
        noop.drain();
        noop.enqueue(noop.jobs());
        Purger.Beside beside = Purger.beside(noop);
        if (beside.purged() < 2 * jobs) {
            Purger.purgeAll(noop.store(), 2 * jobs - beside.purged());
        }
        return beside;
    }

    private static void print(Report report, Map<String, Rates> all) {
        report.out().println();
        report.out()
                .println(
                        "| database | enqueue, jobs/s | range | drain, jobs/s | range | drain : PostgreSQL's | purge, jobs/s | range | purge : drain |");
        report.out().println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        double first = all.entrySet().stream()
                .filter(each -> each.getKey().equals(FIRST))
                .mapToDouble(each -> Figures.quantile(each.getValue().drain, 0.5))
                .sum();
        all.forEach((name, rates) -> report.out()
                .printf(
                        "| %s | %s | %s | %.2f | %s | %.1f |%n",
                        name,
                        Figures.row(rates.enqueue),
                        Figures.row(rates.drain),
                        Figures.quantile(rates.drain, 0.5) / first,
                        Figures.row(rates.purge),
                        Figures.quantile(rates.purge, 0.5) / Figures.quantile(rates.drain, 0.5)));
    }

    /** Whether a purge keeps up with a worker at full speed, on the same machine. */
    private static void printBeside(Report report, Map<String, Rates> all) {
        report.out().println();
        report.out()
                .println(
                        "| database | drain beside a purge, jobs/s | range | beside a purge : alone | purge beside the drain, jobs/s | range | purge : drain |");
        report.out().println("| --- | --- | --- | --- | --- | --- | --- |");
        all.forEach((name, rates) -> report.out()
                .printf(
                        "| %s | %s | %.2f | %s | %.2f |%n",
                        name,
                        Figures.row(rates.drainBeside),
                        Figures.quantile(rates.drainBeside, 0.5) / Figures.quantile(rates.drain, 0.5),
                        Figures.row(rates.purgeBeside),
                        Figures.quantile(rates.purgeBeside, 0.5) / Figures.quantile(rates.drainBeside, 0.5)));
    }

    private record Rate(double enqueue, double drain, double purge, Purger.Beside beside) {}

    private record Rates(
            List<Double> enqueue,
            List<Double> drain,
            List<Double> purge,
            List<Double> drainBeside,
            List<Double> purgeBeside) {
        static Rates none() {
            return new Rates(
                    new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        void add(Rate rate) {
            enqueue.add(rate.enqueue);
            drain.add(rate.drain);
            purge.add(rate.purge);
            drainBeside.add(rate.beside.drain());
            purgeBeside.add(rate.beside.purge());
        }
    }
}
