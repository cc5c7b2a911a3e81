package io.forthwith.benchmarks;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Graphile Worker, with the settings of its <a href="https://worker.graphile.org/docs/performance">documentation of its speed</a>; plain, or
 * batched, as it is fastest there. It deletes completed jobs.
 */
record GraphileContender(boolean batched) implements NodeContender {
    private static final int CONCURRENCY = 24;
    private static final int LOCAL_QUEUE = 500;
    private static final int MOST_JOBS_PLAIN = 20_000;
    static final String BATCHED = "graphile-batched";

    @Override
    public String name() {
        return batched ? BATCHED : "graphile";
    }

    /** Plain, it has a transaction or two for each job. */
    @Override
    public int jobs(int asked) {
        return batched ? asked : Math.min(asked, MOST_JOBS_PLAIN);
    }

    @Override
    public String module() {
        return "graphile.mjs";
    }

    @Override
    public String packageName() {
        return "graphile-worker";
    }

    @Override
    public Map<String, Object> options(Load load) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("concurrentJobs", load.concurrencyOr(CONCURRENCY));
        options.put("maxPoolSize", connections(load));
        if (batched) {
            options.put("localQueue", Map.of("size", LOCAL_QUEUE));
            options.put("completeJobBatchDelay", 0);
            options.put("failJobBatchDelay", 0);
        }
        return options;
    }

    @Override
    public String afterwards() {
        return "deletes what is done";
    }

    @Override
    public int connections(Load load) {
        return load.concurrencyOr(CONCURRENCY) + 1;
    }

    @Override
    public String hasOpenJobs() {
        return "SELECT EXISTS (SELECT FROM jobs)";
    }

    @Override
    public String countJobs() {
        return "SELECT count(*) FROM jobs";
    }

    @Override
    public void verify(BenchmarkDatabase database, int jobs) throws SQLException {
        database.require(0, countJobs());
    }
}
