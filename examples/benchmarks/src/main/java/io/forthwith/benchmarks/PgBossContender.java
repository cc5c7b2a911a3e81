package io.forthwith.benchmarks;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * pg-boss. Its documentation recommends no settings for throughput. {@link #FASTEST} was the fastest of several here; others are available by
 * name. It keeps completed jobs, as Forthwith does.
 *
 * @param batch how many jobs it fetches, and settles, at once
 * @param workers how many loops in one process do so
 */
record PgBossContender(int batch, int workers) implements NodeContender {
    static final PgBossContender FASTEST = new PgBossContender(2_000, 2);

    private static final String NAME = "pgboss";
    private static final Pattern VARIANT = Pattern.compile(NAME + "-(\\d+)-(\\d+)");
    private static final int CONNECTIONS = 10;
    private static final String JOBS = "FROM job WHERE name = 'noop'";

    /** {@code pgboss-1000-2} has batches of 1,000 and two workers. */
    static Optional<PgBossContender> named(String name) {
        return Optional.of(VARIANT.matcher(name))
                .filter(Matcher::matches)
                .map(parts -> new PgBossContender(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2))));
    }

    @Override
    public String name() {
        return equals(FASTEST) ? NAME : NAME + "-" + batch + "-" + workers;
    }

    @Override
    public String module() {
        return "pgboss.mjs";
    }

    @Override
    public String packageName() {
        return "pg-boss";
    }

    @Override
    public Map<String, Object> options(Load load) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("max", connections(load));
        options.put("batchSize", load.concurrencyOr(batch));
        options.put("localConcurrency", load.concurrency() == 0 ? workers : 1);
        options.put("burstWhenBatchFull", true);
        options.put("pollingIntervalSeconds", 0.5);
        return options;
    }

    @Override
    public String afterwards() {
        return "rows kept";
    }

    /** Its default. */
    @Override
    public int connections(Load load) {
        return CONNECTIONS;
    }

    @Override
    public String hasOpenJobs() {
        return "SELECT EXISTS (SELECT " + JOBS + " AND state < 'active' AND NOT blocked) OR EXISTS (SELECT " + JOBS
                + " AND state < 'completed')";
    }

    @Override
    public String countJobs() {
        return "SELECT count(*) " + JOBS;
    }

    @Override
    public void verify(BenchmarkDatabase database, int jobs) throws SQLException {
        database.require(jobs, countJobs());
        database.require(jobs, countJobs() + " AND state = 'completed' AND retry_count = 0");
    }
}
