package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobQuery;
import io.forthwith.store.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * No-op jobs, enqueued in one call and drained by one worker in this process, on PostgreSQL and on others of the databases that the JDBC
 * store knows, each as durable. Every round visits them all, forwards and backwards in turns.
 */
record DatabasesWorkload(List<String> others, int jobs, int rounds) implements Benchmarks.Workload {
    private static final String FIRST = "postgresql";
    /** That of a worker. */
    private static final int BITE = 1_000;

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
                    Rates rates = all.computeIfAbsent(
                            name, any -> new Rates(new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
                    Rate rate = round(name.equals(FIRST) ? emptied(database) : servers.empty(name));
                    report.out()
                            .printf(
                                    "round %d: %s: enqueue %,.0f jobs/s, drain %,.0f%n",
                                    round, name, rate.enqueue, rate.drain);
                    report.out().printf("round %d: %s: purge %,.0f jobs/s%n", round, name, rate.purge);
                    if (round > 0) {
                        rates.enqueue.add(rate.enqueue);
                        rates.drain.add(rate.drain);
                        rates.purge.add(rate.purge);
                    }
                }
                Collections.reverse(order);
            }
        }
        print(report, all);
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
        long completed = store.count(JobQuery.all().status(JobStatus.COMPLETED));
        if (completed != jobs) {
            throw new IllegalStateException("Of " + jobs + " jobs " + completed + " are completed in the database");
        }
        Rate rate = new Rate(enqueue, drain, purge(store));
        if (database instanceof HikariDataSource pool && !pool.getJdbcUrl().contains(FIRST)) {
            pool.close();
        }
        return rate;
    }

    /** In bites, as a worker does it, of what it has kept long enough; jobs/s. */
    private double purge(JdbcJobStore store) {
        Retention nothing = new Retention(Duration.ZERO, Duration.ZERO);
        long start = System.nanoTime();
        int purged = 0;
        for (int bite = store.purge(nothing, BITE); bite > 0; bite = store.purge(nothing, BITE)) {
            purged += bite;
        }
        double rate = purged / ((System.nanoTime() - start) / 1e9);
        if (purged != jobs || store.count(JobQuery.all()) != 0) {
            throw new IllegalStateException("Of " + jobs + " jobs " + purged + " were purged");
        }
        return rate;
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

    private record Rate(double enqueue, double drain, double purge) {}

    private record Rates(List<Double> enqueue, List<Double> drain, List<Double> purge) {}
}
