package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.JobQuery;
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
                    Rates rates = all.computeIfAbsent(name, any -> new Rates(new ArrayList<>(), new ArrayList<>()));
                    Rate rate = round(name.equals(FIRST) ? emptied(database) : servers.empty(name));
                    report.out()
                            .printf(
                                    "round %d: %s: enqueue %,.0f jobs/s, drain %,.0f%n",
                                    round, name, rate.enqueue, rate.drain);
                    if (round > 0) {
                        rates.enqueue.add(rate.enqueue);
                        rates.drain.add(rate.drain);
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
        Rate rate = new Rate(noop.enqueue(noop.jobs()), noop.drain());
        long completed = store.count(JobQuery.all().status(JobStatus.COMPLETED));
        if (completed != jobs) {
            throw new IllegalStateException("Of " + jobs + " jobs " + completed + " are completed in the database");
        }
        if (database instanceof HikariDataSource pool && !pool.getJdbcUrl().contains(FIRST)) {
            pool.close();
        }
        return rate;
    }

    private static void print(Report report, Map<String, Rates> all) {
        report.out().println();
        report.out().println("| database | enqueue, jobs/s | range | drain, jobs/s | range | drain : PostgreSQL's |");
        report.out().println("| --- | --- | --- | --- | --- | --- |");
        double first = all.entrySet().stream()
                .filter(each -> each.getKey().equals(FIRST))
                .mapToDouble(each -> Figures.quantile(each.getValue().drain, 0.5))
                .sum();
        all.forEach((name, rates) -> report.out()
                .printf(
                        "| %s | %s | %s | %.2f |%n",
                        name,
                        Figures.row(rates.enqueue),
                        Figures.row(rates.drain),
                        Figures.quantile(rates.drain, 0.5) / first));
    }

    private record Rate(double enqueue, double drain) {}

    private record Rates(List<Double> enqueue, List<Double> drain) {}
}
